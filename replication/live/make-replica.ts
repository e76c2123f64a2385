/** Makes a Raft replica with its disk, and what operators are told of it. */
import { randomUUID } from 'node:crypto';
import { type Belonging, DurableDisk, VolatileDisk } from '../../vm/live/disk/index.ts';
import { shellWord } from '../ops/shell-word.ts';
import { createRaft, type RaftMessage, type RaftState } from '../raft/index.ts';
import { effective } from '../raft/log.ts';
import { liveTiming, type Timing } from '../raft/timing.ts';
import type { ReplicaAddress } from '../replication.ts';
import type { StateMachine } from '../state-machine.ts';
import type { AutopilotOptions } from './autopilot/options.ts';
import { Pilot } from './autopilot/pilot.ts';
import { withBarrier } from './barrier.ts';
import { Exporter } from './http/exporter.ts';
import { followersOf, RaftWatch } from './http/raft-watch.ts';
import type { Vitals } from './http/vitals.ts';
import { LostMajority } from './lost-majority.ts';
import { MAX_IN_FLIGHT, Replica } from './replica.ts';
import type { ReplicaOptions } from './replica-options.ts';

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
  readonly autopilot?: AutopilotOptions | undefined;
}

/** A replica, and what operators are told of it. */
export interface ObservedReplica<C, R, Q, A> {
  readonly replica: Replica<C, R, Q, A, RaftState, RaftMessage>;
  readonly vitals: () => Vitals;
  readonly exporter: Exporter;
  readonly pilot: Pilot;
}

/** Makes a replica. Throws a `LiveError` if it cannot start from what is on its disk. */
export function makeReplica<C, R, Q, A>({
  id,
  machine,
  data,
  joins,
  timing,
  clients,
  autopilot = {},
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
    onStep(state) {
      watch.step(state);
      pilot.step(state);
      lostMajority.step(state);
    },
    onRoundTrip: (peer, seconds) => exporter.note('peer_round_trip_seconds', seconds, peer),
  });
  const lostMajority = new LostMajority({
    ...{ self: id, rate, secret: options.secret },
    members: () => replica.status().replicas,
    onLost: (lost) => options.onNotice?.(adviceFor(id, data, lost, replica.status().replicas)),
  });
  const pilot = new Pilot({
    ...{ self: id, rate, provisioner: autopilot.provisioner, defaults: autopilot.defaults },
    mostPending: MAX_IN_FLIGHT,
    state: () => replica.state,
    members: () => replica.status().replicas,
    isDiskFull: () => disk.isFull,
    policy: () => replica.policy(),
    setPolicy: (changes) => replica.setPolicy(changes),
    changeMembers: (request) => replica.changeMembers(request),
    transfer: (to) => replica.transfer(to),
    note: (fields) => replica.note('decision', fields),
    onNotice: (line) => options.onNotice?.(line),
  });
  const vitals = (): Vitals => ({
    ...replica.vitals(),
    isReceiving: replica.state.snapshot.receiving !== undefined,
    configuration: effective(replica.state.log).configuration,
    configIndex: effective(replica.state.log).index,
    followers: followersOf(replica.state, rate),
    leaderChanges: watch.leaderChanges,
    clients: clients(),
    autopilot: pilot.vitals(),
  });
  return { replica, vitals, exporter, pilot };
}

/** What to do when so many have lost their data that no leader can be elected. */
function adviceFor(
  id: string,
  data: string | undefined,
  lost: readonly string[],
  replicas: readonly ReplicaAddress[],
): string {
  const url = replicas.find((one) => one.id === id)?.url;
  const why = `no leader can be elected: ${lost.join(' and ')} lost the data, and the others are no majority`;
  if (data === undefined) return why;
  const command = `npx tickraft recover --data ${shellWord(data)} --id ${id} --force-members ${id}=${url}`;
  return `${why}; this replica is whole: if no other comes back, stop all and run ${command}`;
}
