/**
 * What the live host needs of a protocol besides `Protocol` itself: how it is made for real time,
 * and who attends to a replica that runs it. `index.ts` lists the protocols that there are.
 */
import type { EventFields, EventKind, NodeId } from '../../../vm/index.ts';
import type { ProtocolName, ProtocolSettings } from '../../choice/index.ts';
import type { ChangeMembers, MembersChanged, Policy, PolicyChanges, Protocol } from '../../protocol.ts';
import type { Timing } from '../../raft/timing.ts';
import type { ReplicaAddress, ReplicaStatus } from '../../replication.ts';
import type { StateMachine } from '../../state-machine.ts';
import type { AutopilotOptions } from '../autopilot/options.ts';
import type { AutopilotRequest } from '../autopilot/request.ts';
import type { Note } from '../http/leader-watch.ts';
import type { ProtocolVitals } from '../http/vitals.ts';

/** What a protocol is made with. */
export interface LiveRun {
  /** Ticks a second. */
  readonly rate: number;
  readonly timing: Timing | undefined;
  readonly settings: ProtocolSettings;
  /** The replicas that the cluster is founded with. */
  readonly replicas: readonly ReplicaAddress[];
}

/** A protocol as live replicas run it. */
export interface LiveProtocol {
  readonly name: ProtocolName;
  /** Makes it. `settings` are those that it has (`choice.ts`). */
  create<C, R, Q, A>(machine: StateMachine<C, R, Q, A>, run: LiveRun): Protocol<unknown, unknown, C, R, Q, A>;
  /** Begins to attend to a replica. */
  attend(replica: Attended): Attendant;
}

/** A replica of it, as who attends to it sees it. */
export interface Attended {
  readonly self: NodeId;
  readonly rate: number;
  readonly secret: string | undefined;
  /** Its data directory; undefined if everything is in memory. */
  readonly data: string | undefined;
  readonly autopilot: AutopilotOptions;
  /** How many requests it takes at once. */
  readonly mostPending: number;
  readonly isDiskFull: () => boolean;
  /** Its state as it is now, which nobody here changes. */
  readonly state: () => unknown;
  readonly status: () => ReplicaStatus;
  readonly policy: () => Policy;
  readonly setPolicy: (changes: PolicyChanges) => Promise<Policy>;
  readonly changeMembers: (request: Omit<ChangeMembers, 'type'>) => Promise<MembersChanged>;
  readonly transfer: (to: NodeId) => Promise<NodeId>;
  /** Writes a row of the event log. */
  readonly note: (event: EventKind, fields: EventFields) => void;
  /** Notes how long something took. */
  readonly took: Note;
  readonly onNotice: (line: string) => void;
}

/** Watches one replica, and tells operators what only its protocol knows. */
export interface Attendant {
  /** A step has ended. Costs a few comparisons. */
  step(state: unknown): void;
  vitals(): ProtocolVitals;
  /** Undefined where the protocol has no autopilot. */
  readonly autopilot: AutopilotDesk | undefined;
}

/** What operators may ask of an autopilot. */
export interface AutopilotDesk {
  status(): object;
  /** Rejects with a `ReplicationError`. */
  change(request: AutopilotRequest): Promise<object>;
}
