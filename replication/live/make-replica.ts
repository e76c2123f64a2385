/** Makes a Raft replica with its disk, and what operators are told of it. */
import { randomUUID } from 'node:crypto';
import { type Belonging, DurableDisk, VolatileDisk } from '../../vm/live/disk/index.ts';
import { createRaft, type RaftMessage, type RaftState } from '../raft/index.ts';
import { effective } from '../raft/log.ts';
import { liveTiming, type Timing } from '../raft/timing.ts';
import type { StateMachine } from '../state-machine.ts';
import { withBarrier } from './barrier.ts';
import { Exporter } from './http/exporter.ts';
import { followersOf, RaftWatch } from './http/raft-watch.ts';
import type { Vitals } from './http/vitals.ts';
import { Replica, type ReplicaOptions } from './replica.ts';

/** Options of a Raft replica. */
export interface RaftReplicaOptions<C, R, Q, A>
  extends Pick<
    ReplicaOptions<C, R, Q, A, RaftState, RaftMessage>,
    'replicas' | 'cluster' | 'secret' | 'server' | 'rate' | 'record' | 'onFailure' | 'onNotice'
  > {
  readonly id: string;
  readonly machine: StateMachine<C, R, Q, A>;
  /** Its data directory. Default: everything is in memory. */
  readonly data: string | undefined;
  /** Of a new data directory: the cluster that the replica is to be added to. */
  readonly joins?: Belonging | undefined;
  readonly timing: Timing | undefined;
  /** How many connections of clients there are. */
  readonly clients: () => number;
}

/** A replica, and what operators are told of it. */
export interface ObservedReplica<C, R, Q, A> {
  readonly replica: Replica<C, R, Q, A, RaftState, RaftMessage>;
  readonly vitals: () => Vitals;
  readonly exporter: Exporter;
}

/** Makes a replica. Throws a `LiveError` if it cannot start from what is on its disk. */
export function makeReplica<C, R, Q, A>({
  id,
  machine,
  data,
  joins,
  timing,
  clients,
  ...options
}: RaftReplicaOptions<C, R, Q, A>): ObservedReplica<C, R, Q, A> {
  const { cluster, rate, replicas } = options;
  const protocol = createRaft(withBarrier(machine), {
    ...liveTiming(rate, timing),
    newClusterId: randomUUID(),
    addresses: Object.fromEntries(replicas.map(({ id, url }) => [id, url])),
  });
  const exporter = new Exporter(() => vitals());
  const watch = new RaftWatch((name, seconds) => exporter.note(name, seconds));
  const owner = { id, cluster };
  const disk =
    data === undefined
      ? new VolatileDisk(joins)
      : DurableDisk.open(data, owner, { nameRecord: protocol.nameRecord, fresh: joins ?? {} });
  disk.onSync((seconds) => exporter.note('disk_sync_seconds', seconds));
  const replica = new Replica({
    ...options,
    protocol,
    self: id,
    disk,
    onStep: (state) => watch.step(state),
    onRoundTrip: (peer, seconds) => exporter.note('peer_round_trip_seconds', seconds, peer),
  });
  const vitals = (): Vitals => ({
    ...replica.vitals(),
    isReceiving: replica.state.snapshot.receiving !== undefined,
    configuration: effective(replica.state.log).configuration,
    configIndex: effective(replica.state.log).index,
    followers: followersOf(replica.state, rate),
    leaderChanges: watch.leaderChanges,
    clients: clients(),
  });
  return { replica, vitals, exporter };
}
