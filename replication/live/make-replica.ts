/** Makes a replica with its protocol and its disk, and what operators are told of it. */
import type { LiveError } from '../../vm/index.ts';
import { type Belonging, type DataOwner, DurableDisk, VolatileDisk } from '../../vm/live/disk/index.ts';
import { CHOICES, nameOfRun, type ProtocolName, type ProtocolSettings } from '../choice/index.ts';
import type { Protocol } from '../protocol.ts';
import type { Timing } from '../raft/timing.ts';
import type { StateMachine } from '../state-machine.ts';
import type { AutopilotOptions } from './autopilot/options.ts';
import { withBarrier } from './barrier.ts';
import { checkFounders, foundersId } from './founders.ts';
import { Exporter } from './http/exporter.ts';
import type { Vitals } from './http/vitals.ts';
import { type Attendant, LIVE_PROTOCOLS } from './protocols/index.ts';
import { MAX_IN_FLIGHT, Replica } from './replica.ts';
import type { ReplicaOptions } from './replica-options.ts';

/** Options of a replica. */
export interface MakeOptions<C, R, Q, A>
  extends Pick<
    ReplicaOptions<C, R, Q, A, unknown, unknown>,
    'replicas' | 'cluster' | 'secret' | 'server' | 'rate' | 'record' | 'onNotice'
  > {
  readonly id: string;
  readonly machine: StateMachine<C, R, Q, A>;
  readonly protocol: ProtocolName;
  readonly settings: ProtocolSettings;
  /** Its data directory. Default: everything is in memory. */
  readonly data: string | undefined;
  /** Of a new data directory: the cluster that the replica is to be added to. */
  readonly joins?: Belonging | undefined;
  readonly timing: Timing | undefined;
  /** How many connections of clients there are. */
  readonly clients: () => number;
  readonly autopilot?: AutopilotOptions | undefined;
  readonly onFailure: (error: LiveError) => void;
}

/** A replica, and what operators are told of it. */
export interface ObservedReplica<C, R, Q, A> {
  readonly replica: Replica<C, R, Q, A, unknown, unknown>;
  readonly vitals: () => Vitals;
  readonly exporter: Exporter;
  readonly autopilot: Attendant['autopilot'];
}

/** Makes a replica. Throws a `LiveError` if it cannot start from what is on its disk. */
export function makeReplica<C, R, Q, A>({
  id,
  machine,
  protocol: name,
  settings,
  data,
  joins,
  timing,
  clients,
  autopilot = {},
  ...options
}: MakeOptions<C, R, Q, A>): ObservedReplica<C, R, Q, A> {
  const { rate, replicas, secret } = options;
  const live = LIVE_PROTOCOLS[name];
  const owner = { id, cluster: nameOfRun(options.cluster, name) };
  const made = live.create(withBarrier(machine), { rate, timing, settings, replicas });
  const isFixed = CHOICES[name].lacks.members !== undefined;
  const protocol = isFixed ? foundedBy(replicas, owner, data, made) : made;
  const exporter = new Exporter(() => vitals());
  const disk =
    data === undefined
      ? new VolatileDisk(joins)
      : DurableDisk.open(data, owner, { nameRecord: protocol.nameRecord, fresh: joins ?? {} });
  disk.onSync((seconds) => exporter.note('disk_sync_seconds', seconds));
  const replica = new Replica({
    ...options,
    ...{ protocol, self: id, cluster: owner.cluster, disk },
    onStep: (state) => attendant.step(state),
    onRoundTrip: (peer, seconds) => exporter.note('peer_round_trip_seconds', seconds, peer),
  });
  const attendant = live.attend({
    ...{ self: id, rate, secret, data, autopilot, mostPending: MAX_IN_FLIGHT },
    isDiskFull: () => disk.isFull,
    state: () => replica.state,
    status: () => replica.status(),
    policy: () => replica.policy(),
    setPolicy: (changes) => replica.setPolicy(changes),
    changeMembers: (request) => replica.changeMembers(request),
    transfer: (to) => replica.transfer(to),
    note: (event, fields) => replica.note(event, fields),
    took: (what, seconds) => exporter.note(what, seconds),
    onNotice: (line) => options.onNotice?.(line),
  });
  const vitals = (): Vitals => ({ ...replica.vitals(), ...attendant.vitals(), clients: clients() });
  return { replica, vitals, exporter, autopilot: attendant.autopilot };
}

/**
 * The protocol, in a cluster that is just that of its founders. Throws a `LiveError` if the data is
 * of others.
 */
function foundedBy<C, R, Q, A>(
  replicas: MakeOptions<C, R, Q, A>['replicas'],
  owner: DataOwner,
  data: string | undefined,
  protocol: Protocol<unknown, unknown, C, R, Q, A>,
): Protocol<unknown, unknown, C, R, Q, A> {
  const clusterId = foundersId(owner.cluster, replicas);
  if (data !== undefined) checkFounders(data, owner, clusterId);
  return { ...protocol, clusterId: () => clusterId };
}
