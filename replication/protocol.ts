/**
 * The contract of a replication protocol: a program whose requests are the ones below, and which
 * can be inspected. Hosts, scenarios, invariants and pictures use this and nothing else, so that
 * another protocol can replace Raft without a change outside its folder.
 */
import type { NodeId, Program } from '../vm/index.ts';
import type { ConfigurationView, MemberChange } from './members.ts';
import type { Batch, Consistency, SessionLimits, SessionOwner, SessionTag } from './replication.ts';
import type { StateMachine } from './state-machine.ts';

/** What a client may ask of a protocol. */
export type ProtocolRequest =
  /** Answered with the state machine's result once applied. */
  | { readonly type: 'submit'; readonly command: unknown; readonly tag?: SessionTag | undefined }
  /** Several commands of one client. Answered with a list of the `Outcome` of each. */
  | { readonly type: 'submit-batch'; readonly batch: Batch }
  /** Answered with the new session's id. `nonce` makes the id unguessable. */
  | {
      readonly type: 'open-session';
      readonly nonce: string;
      readonly owner?: SessionOwner | undefined;
    }
  | { readonly type: 'read'; readonly query: unknown; readonly consistency: Consistency }
  /**
   * Transfers leadership to `to`, or to the most up-to-date peer. Answered with the new leader's
   * id.
   */
  | { readonly type: 'transfer'; readonly to?: NodeId | undefined }
  /**
   * Takes the replica that is asked out of use as a leader, or into use again: while it is drained
   * it hands leadership over, now and whenever it is elected. Answered with who leads then, `null`
   * if that is not known; `Rejected` if nobody could take over.
   */
  | { readonly type: 'drain'; readonly drained: boolean }
  | SetPolicy
  | ChangeMembers;

/** What operators want of a cluster, by name; the protocol does not interpret it. */
export type Policy = Readonly<Record<string, string | number | boolean>>;

/**
 * Changes what operators want of the cluster: what is given replaces what there was, and `null`
 * takes it back. Answered with the `Policy` after that. It is replicated as commands are, so it
 * survives leaders; asking twice does no more than asking once.
 */
export interface SetPolicy {
  readonly type: 'set-policy';
  readonly changes: PolicyChanges;
}

/** Changes of a policy. */
export type PolicyChanges = Readonly<Record<string, string | number | boolean | null>>;

/**
 * Changes the members, all of it or nothing. Answered with a `MembersChanged` once a configuration
 * with the changes is committed, which for a promotion is one that says that it is wanted. Asking
 * twice does no more than asking once.
 */
export interface ChangeMembers {
  readonly type: 'change-members';
  readonly changes: readonly MemberChange[];
  /** Refused unless the present configuration is that of this entry. Default: any. */
  readonly ifConfig?: number | undefined;
  /** Also if most of the voters afterwards are not heard from now. Default: false. */
  readonly force?: boolean | undefined;
  /** Who asks, and the plan that it is a part of, for the log. */
  readonly by?: string | undefined;
  readonly plan?: string | undefined;
}

/** The answer to a change of the members. */
export interface MembersChanged {
  /** The entry that has the configuration. */
  readonly config: number;
  /** Nothing had to be changed. */
  readonly already?: true;
}

/** A log entry, as seen from outside. */
export interface LogEntryView {
  readonly index: number;
  readonly term: number;
  /** A short word for pictures: `noop`, `session`, or the command. */
  readonly label: string;
  /** Equal for equal entries: what invariants compare. */
  readonly content: unknown;
  /** The members from this entry on, if it says who they are. */
  readonly configuration?: ConfigurationView | undefined;
}

/** What can be seen of a replica. */
export interface ReplicaView {
  readonly role: string;
  readonly term: number;
  readonly votedFor: NodeId | undefined;
  /**
   * Whether its votes and acknowledgements count. `new`: its disk was empty when it started; it is
   * new or has lost everything. `recovering`: it has lost something, and neither votes nor counts
   * until it has been brought up to date.
   */
  readonly recovery: 'new' | 'recovering' | 'normal';
  readonly leader: NodeId | undefined;
  /** Whether it hands leadership over whenever it has it. Default: no. */
  readonly drained?: boolean;
  readonly commit: number;
  readonly applied: number;
  /** Index of the entry before the first one in memory (0 with a whole log), and its term. */
  readonly baseIndex: number;
  readonly baseTerm: number;
  readonly lastIndex: number;
  readonly lastTerm: number;
  /**
   * Which peers granted or refused this replica's vote or pre-vote; empty when it asks for none.
   */
  readonly votes: Readonly<Record<NodeId, boolean>>;
  /** The tick of its own clock at which its election timeout ends; undefined for a leader. */
  readonly electionAt: number | undefined;
  /**
   * The members that it counts by. Undefined where the protocol cannot change them: they are the
   * machines of the run.
   */
  readonly configuration?: ConfigurationView | undefined;
  /** Of a leader: what each learner that is to vote is doing (`catching-up`, `checking`, ...). */
  readonly learning?: Readonly<Record<NodeId, string>> | undefined;
  /** The digest of its data that it was last asked for, and the entry as of which it was taken. */
  readonly checked?: { readonly index: number; readonly digest: string } | undefined;
}

/**
 * What a protocol guarantees with its settings, whatever crashes and however the network behaves.
 * Checks hold it to that and to no more, and lessons show what it lacks.
 */
export interface Guarantees {
  /**
   * At most one leader in a term: two logs with an entry of the same index and term are equal up to
   * it. False where there are no terms.
   */
  readonly oneLeaderPerTerm: boolean;
  /**
   * An acknowledged command survives the loss of any minority: all replicas apply the same commands
   * in the same order, and none is taken back.
   */
  readonly durable: boolean;
  /**
   * What a read gives that asks for `linearizable`: just that, or a value that the key has had
   * somewhere, if not the last one acknowledged.
   */
  readonly reads: 'linearizable' | 'eventual';
  /** A command of a session runs once, however often it is sent. */
  readonly once: boolean;
  /** Once nothing fails any more, all replicas come to have the same data. */
  readonly converges: boolean;
  /** How many replicas, of so many, serve clients while all others are down or cut off. */
  readonly servedBy: (replicas: number) => number;
  /** They also do while links to the others come and go. */
  readonly servedWhileOthersFlap: boolean;
  /** A client session stays open until these limits end it. */
  readonly sessions: SessionLimits;
}

/**
 * A replication protocol: `S` its state, `M` its messages. It replicates a state machine with
 * commands `C`, results `R`, queries `Q` and answers `A`: callers take their types from it.
 */
export interface Protocol<S, M, C = unknown, R = unknown, Q = unknown, A = unknown>
  extends Program<S, M, ProtocolRequest> {
  readonly machine: StateMachine<C, R, Q, A>;
  readonly guarantees: Guarantees;
  /** The role that orders commands, as `ReplicaView.role` names it; undefined if there is none. */
  readonly leaderRole: string | undefined;
  /**
   * Those fields of its state that are ticks of the machine's clock, wherever they are in it: what
   * matters of them is how long ago they are, or how far ahead. Default: unknown, so that a state
   * is never what an earlier one was.
   */
  readonly timeFields?: readonly string[];
  view(state: S): ReplicaView;
  /** Entry `index` (baseIndex < index <= lastIndex), or undefined outside. Costs O(1). */
  entry(state: S, index: number): LogEntryView | undefined;
}
