/**
 * What a leader knows of each follower, and how that changes: every change of mode is one of the
 * functions below (dissertation, 10.2.1; the modes are those of etcd's raft).
 */
import type { Checked, Held } from './messages.ts';

/** How far a snapshot has been sent to a follower. */
export interface SnapshotProgress {
  /** The last entry that it covers. */
  readonly index: number;
  /**
   * What the follower has asked for and not been sent: a page from this key on, and what it holds
   * of it.
   */
  readonly wanted: { readonly from: string; readonly held: readonly Held[] } | undefined;
  /** When it was last sent a page (ticks). */
  readonly sentAt: number | undefined;
  /** The last page whose answers are outdated. */
  readonly answered: number;
}

/**
 * What a leader knows of a follower (dissertation, 10.2.1; the states are those of etcd's raft).
 */
export interface Progress {
  /** The highest index known to be equal in the follower's log. */
  match: number;
  /** The next entry to send. */
  next: number;
  /**
   * `probe`: one append at a time until logs are known to agree. `replicate`: pipelined.
   * `snapshot`: what it needs is compacted away, so it gets the data.
   */
  mode: 'probe' | 'replicate' | 'snapshot';
  snapshot: SnapshotProgress | undefined;
  /** How many pages it has been sent in this term. */
  pages: number;
  /** What it has been sent of the snapshot under way: pages with contents, and their bytes. */
  shipped: { readonly pages: number; readonly bytes: number };
  /**
   * Of a follower that is recovering: which incarnation of it, and the index that it and a majority
   * must have.
   */
  recovering: { readonly incarnation: number; readonly index: number } | undefined;
  /** Appends with entries that have no answer yet: the last index of each. */
  inFlight: number[];
  /** When it was last heard from, and last sent to (ticks). */
  heardAt: number;
  sentAt: number;
  /** The commit index that it was last sent. */
  toldCommit: number;
  /** The latest read round that it was sent, and the latest that it answered in this term. */
  toldRound: number;
  round: number;
  /** The entry from which on the data must be that it is sent in a snapshot; 0: any. */
  installFrom: number;
  /** Of a learner: the check that it says it has made, and how far it has come if it is to vote. */
  checked: Checked | undefined;
  learning: Learning | undefined;
  /** Whether it is not to be given leadership; undefined until it has answered in this term. */
  drained: boolean | undefined;
  /**
   * Of one that was removed: the round whose answer shows that it knows, and until when it has to
   * hear of it.
   */
  leaving: { readonly round: number; readonly until: number } | undefined;
}

/** How far a learner has come that is to vote (`learners.ts`). */
export interface Learning {
  /**
   * `repairing`: its copy differed, and is being replaced. `ready`: it may vote. `stalled`: it does
   * not catch up. `differs`: its copy differed again and again.
   */
  readonly phase: 'catching-up' | 'checking' | 'repairing' | 'ready' | 'stalled' | 'differs';
  /** The round of catching up, counted from 1, and the entry that ends it. */
  readonly round: number;
  readonly target: number;
  /** When the round began, or the check was asked for (ticks). */
  readonly since: number;
  /** The entry that asks for the check. */
  readonly check: number | undefined;
  /** How often its copy was replaced. */
  readonly repairs: number;
}

const NOTHING = { pages: 0, bytes: 0 };

/**
 * The progress of a follower of which nothing is known yet: it is probed from entry `next` on, and
 * counts as heard from at `now`.
 */
export function newProgress(next: number, now: number): Progress {
  return {
    match: 0,
    next,
    mode: 'probe',
    snapshot: undefined,
    pages: 0,
    shipped: NOTHING,
    recovering: undefined,
    inFlight: [],
    heardAt: now,
    sentAt: Number.NEGATIVE_INFINITY,
    toldCommit: 0,
    toldRound: 0,
    round: 0,
    installFrom: 0,
    checked: undefined,
    learning: undefined,
    drained: undefined,
    leaving: undefined,
  };
}

/**
 * Its log may differ from ours: it gets one append at a time, from entry `next` on, until they
 * agree.
 */
function becomeProbe(progress: Progress, next: number): void {
  progress.mode = 'probe';
  progress.snapshot = undefined;
  progress.inFlight = [];
  progress.next = next;
}

/** Its log is equal to ours up to `match`: appends are pipelined. */
function becomeReplicate(progress: Progress): void {
  progress.mode = 'replicate';
  progress.next = progress.match + 1;
  progress.inFlight = [];
}

/** What it needs is compacted away: it gets the data instead. */
export function becomeSnapshot(progress: Progress): void {
  progress.mode = 'snapshot';
  progress.inFlight = [];
}

/** It has lost entries: what was known of its log no longer holds. */
export function becomeUnknown(progress: Progress, next: number): void {
  progress.match = 0;
  // Its copy, too, if that was checked.
  progress.checked = undefined;
  if (progress.learning?.phase !== 'catching-up') progress.learning = undefined;
  becomeProbe(progress, next);
}

/** It has installed our data as of entry `index`. */
export function installed(progress: Progress, index: number): void {
  progress.match = Math.max(progress.match, index);
  progress.shipped = NOTHING;
  becomeProbe(progress, progress.match + 1);
}

/** It has accepted an append whose last entry is `index`. */
export function accepted(progress: Progress, index: number): void {
  progress.match = Math.max(progress.match, index);
  progress.next = Math.max(progress.next, progress.match + 1);
  // Answers come in order; one also covers earlier appends whose answers were lost.
  progress.inFlight = progress.inFlight.filter((last) => last > progress.match);
  if (progress.mode === 'probe') becomeReplicate(progress);
}

/** It has refused what follows entry `index`; `guess` is where the logs may agree. */
export function refused(progress: Progress, index: number, guess: number): void {
  becomeProbe(progress, Math.max(progress.match + 1, Math.min(guess, index)));
}

/** It was heard from: it answered read round `round`. */
export function heard(progress: Progress, round: number, now: number): void {
  progress.heardAt = now;
  progress.round = Math.max(progress.round, round);
}
