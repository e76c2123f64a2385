/** The members of a cluster: who they are, how a caller changes them, and how they are shown. */
import type { NodeId } from '../vm/index.ts';

/** What a member does: a voter counts in every quorum, a learner only takes what is committed. */
export type MemberRole = 'voter' | 'learner';

/** A member of a cluster. */
export interface Member {
  readonly role: MemberRole;
  /** What it is to be. A learner that is to vote is promoted once its copy has been checked. */
  readonly want: MemberRole;
  /**
   * The index of the entry that added it, 0 for a founder: an id can come back, this never does.
   */
  readonly incarnation: number;
  /** `http://host:port`. */
  readonly url?: string | undefined;
  /** Where it runs, for placement. */
  readonly zone?: string | undefined;
  /** The member that leaves when this one is promoted. */
  readonly replaces?: NodeId | undefined;
}

/** Members by their ids. */
export type Members = Readonly<Record<NodeId, Member>>;

/** Who belongs to a cluster: the whole of it, never a difference. */
export interface Configuration {
  readonly members: Members;
  /** There while two configurations hold at once (joint consensus): the members before. */
  readonly outgoing?: Members | undefined;
  /** In a joint configuration: voters of the outgoing half that are learners when it ends. */
  readonly next?: readonly NodeId[] | undefined;
  /** Those that this configuration has removed: they are still told so. */
  readonly leaving?: Members | undefined;
}

/** One change of the members. */
export type MemberChange =
  /** Adds a learner. With the role `voter` it is promoted once it has caught up and was checked. */
  | ({ readonly do: 'add'; readonly role: MemberRole } & Address)
  /** A learner is to vote, once it has caught up and was checked. */
  | { readonly do: 'promote'; readonly id: NodeId }
  /** A voter becomes a learner; a learner stays one. */
  | { readonly do: 'demote'; readonly id: NodeId }
  | { readonly do: 'remove'; readonly id: NodeId }
  /** Adds `with`, which takes the place of `id` when it is promoted. */
  | { readonly do: 'replace'; readonly id: NodeId; readonly with: Address }
  /** Another address or zone. */
  | ({ readonly do: 'update' } & Address)
  /** A joint change that has not ended goes back to the members before. By itself only. */
  | { readonly do: 'abort' };

/** A member and where to reach it. */
export interface Address {
  readonly id: NodeId;
  readonly url?: string | undefined;
  readonly zone?: string | undefined;
}

/** The members as one replica counts them. */
export interface ConfigurationView {
  /** The log entry that has them; 0 for the list that the replica was started with. */
  readonly index: number;
  readonly voters: readonly NodeId[];
  readonly learners: readonly NodeId[];
  /** In a joint configuration: the voters before. Undefined otherwise. */
  readonly outgoing: readonly NodeId[] | undefined;
}
