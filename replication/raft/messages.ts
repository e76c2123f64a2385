/** The messages between replicas, and log entries. */
import type { Outcome, Value } from '../../vm/index.ts';
import type { Configuration } from '../members.ts';
import type { PolicyChanges, ProtocolRequest } from '../protocol.ts';
import type { Batch, SessionOwner } from '../replication.ts';

/** What a log entry does when it is applied. */
export type EntryData =
  /**
   * A new leader's first entry: it commits the entries of earlier terms (Raft dissertation, 3.6.2
   * and 6.4). Where the cluster has no id yet, it carries one; the first that is applied counts.
   */
  | { readonly type: 'noop'; readonly clusterId?: string | undefined }
  /** Opens a client session. */
  | { readonly type: 'session'; readonly nonce: string; readonly owner?: SessionOwner | undefined }
  /** Commands: all that reached the leader in one step, by the batches that they came in. */
  | { readonly type: 'commands'; readonly batches: readonly Batch[] }
  /** Who belongs to the cluster from here on (`effective.ts`). */
  | ConfigurationEntry
  /** All replicas take a digest of their data as of this entry (`check.ts`). */
  | { readonly type: 'check' }
  /** Changes what operators want of the cluster. */
  | { readonly type: 'policy'; readonly changes: PolicyChanges };

/** The data of an entry that says who belongs to the cluster. */
export interface ConfigurationEntry extends Configuration {
  readonly type: 'config';
  /** The cluster's id, if it has one. */
  readonly cluster?: string | undefined;
  /** The index of the configuration that this one was made from. */
  readonly on: number;
  /** Who asked for it, and the plan that it is a part of; both may be empty. */
  readonly by: string;
  readonly plan: string;
}

/**
 * A log entry. Frozen: shared by log, messages and clones. Two entries with one index and term are
 * equal.
 */
export interface Entry {
  readonly index: number;
  readonly term: number;
  readonly data: EntryData;
}

/** A candidate's question, or a pre-candidate's. */
export type RequestVote = Extract<RaftMessage, { type: 'RequestVote' }>;

/** The messages of the paper's Figure 2, and the few that the dissertation adds. */
export type RaftMessage =
  | {
      readonly type: 'RequestVote';
      /** The candidate's term; in a pre-vote, the term it would campaign in. */
      readonly term: number;
      readonly lastIndex: number;
      readonly lastTerm: number;
      /** Only asks whether a campaign could win (dissertation, 9.6). */
      readonly preVote: boolean;
      /**
       * The leader asked for this campaign: voters need not protect it (dissertation, 3.10 and
       * 4.2.3).
       */
      readonly transfer: boolean;
    }
  | {
      readonly type: 'RequestVoteReply';
      /** The voter's term; in a granted pre-vote, the term asked for. */
      readonly term: number;
      readonly granted: boolean;
      readonly preVote: boolean;
    }
  | {
      readonly type: 'AppendEntries';
      readonly term: number;
      readonly prevIndex: number;
      readonly prevTerm: number;
      /** Empty in a heartbeat. */
      readonly entries: readonly Entry[];
      readonly commit: number;
      /**
       * How far the follower has acknowledged this leader's log: a follower whose log is shorter
       * has lost entries.
       */
      readonly acknowledged?: number | undefined;
      /**
       * The leader's count of read rounds, echoed in the reply: proof that it still led when the
       * round began.
       */
      readonly round: number;
      /** Present where it only announces a commit: a success is not answered. */
      readonly quiet?: true;
    }
  | {
      readonly type: 'AppendEntriesReply';
      readonly term: number;
      readonly success: boolean;
      /**
       * With success: the last index that the request proved equal. Without: the request's
       * prevIndex.
       */
      readonly index: number;
      /** Without success: where the leader should look next. */
      readonly hint: ConflictHint | undefined;
      readonly round: number;
      /**
       * Present if the follower is recovering, so that its answer counts only for its own progress:
       * its incarnation (`recovery.ts`).
       */
      readonly recovering?: number;
      /** Of a learner: the check that it has made or is making of its data (`check.ts`). */
      readonly checked?: Checked;
      /** Present if it is not to be given leadership (`drain.ts`). */
      readonly drained?: true;
    }
  | {
      readonly type: 'InstallSnapshot';
      readonly term: number;
      /** The last entry that the snapshot stands for. */
      readonly index: number;
      readonly lastTerm: number;
      /** Counts the pages to this follower in this term; its answer repeats it. */
      readonly page: number;
      /**
       * The page: all pairs of the data from key `from` on, in order; `next` is the first key after
       * them, if there is one. A page from a key to itself holds nothing: it only asks what the
       * follower needs.
       */
      readonly from: string;
      readonly pairs: readonly Pair[];
      readonly next: string | undefined;
      /** Instead of `pairs`: they are the ones that the follower has said it holds. */
      readonly same: Held | undefined;
      readonly round: number;
    }
  | {
      readonly type: 'InstallSnapshotReply';
      readonly term: number;
      readonly index: number;
      readonly page: number;
      /** Where the next page must begin; undefined once everything up to `index` is here. */
      readonly next: string | undefined;
      /** What the follower holds from there on: what is the same need not be sent. */
      readonly held: readonly Held[];
      readonly round: number;
      readonly recovering?: number;
    }
  /** To a recovering replica: this incarnation of it is normal again. */
  | { readonly type: 'Recovered'; readonly term: number; readonly incarnation: number }
  /** Campaign now (dissertation, 3.10). */
  | { readonly type: 'TimeoutNow'; readonly term: number }
  /**
   * A request that a replica passes on to the leader; `id` is the sender's, who may send it again
   * as another `attempt`.
   */
  | {
      readonly type: 'Forward';
      readonly term: number;
      readonly id: string;
      readonly attempt: number;
      readonly body: ForwardBody;
    }
  | {
      readonly type: 'ForwardReply';
      readonly term: number;
      readonly id: string;
      /** The latest attempt that this answers. */
      readonly attempt: number;
      readonly outcome: Outcome;
      /** The entry whose outcome this is. */
      readonly index?: number | undefined;
    };

/** A key of the replicated data, and its value. */
export type Pair = readonly [key: string, value: Value];

/**
 * A page of pairs that a follower holds, up to and with the key `last`; `digest` is that of the
 * pairs (`snapshot/pages.ts`).
 */
export interface Held {
  readonly last: string;
  readonly digest: string;
}

/** The digest of a replica's data as of the entry `index`; without one while it is being made. */
export interface Checked {
  readonly index: number;
  readonly digest?: string | undefined;
}

/** What is forwarded: changes as they are; a read only asks for the index it must wait for. */
export type ForwardBody =
  /**
   * Answered with a list of the `Outcome` of each command. `single`: the replica that passes it on
   * was asked for one command, and answers with that one's outcome.
   */
  | { readonly type: 'submit'; readonly batch: Batch; readonly single: boolean }
  | Extract<ProtocolRequest, { type: 'open-session' | 'transfer' | 'set-policy' | 'change-members' }>
  | {
      readonly type: 'read-index' /** Whether the leader may answer by its lease. */;
      readonly lease: boolean;
    };

/**
 * Where a follower's log stops agreeing (Raft, end of 5.3): the conflicting term and its first
 * index there.
 */
export interface ConflictHint {
  /** The term of the follower's entry at prevIndex; 0 if its log is too short to have one. */
  readonly term: number;
  /** The first index of that term in the follower's log, or the index after its last. */
  readonly index: number;
}
