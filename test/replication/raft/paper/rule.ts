/** How a sentence of the paper becomes a test. */

import type { RaftMessage } from '../../../../replication/raft/messages.ts';
import { createRaft } from '../../../../replication/raft/raft.ts';
import type { RaftSettings } from '../../../../replication/raft/settings.ts';
import type { WorldSettings } from '../../../../vm/sim/settings.ts';
import { type Bug, plantBug } from '../../../support/mutant-raft.ts';
import { type Beginning, entries, OneReplica, type Sent } from '../../../support/one-replica.ts';
import { Cluster } from '../../../support/simulated.ts';

/** What a rule is tested with: one replica, or a simulated cluster. */
export interface Raft {
  replica(beginning?: Beginning): OneReplica;
  cluster(size: number, settings?: Partial<RaftSettings>, world?: Partial<WorldSettings>): Cluster;
}

function raftOf(create: typeof createRaft): Raft {
  return {
    replica: (beginning) => new OneReplica(create, beginning),
    cluster: (size, settings, world) => new Cluster(size, settings, world, create),
  };
}

/**
 * A rule of the paper. `broken` is a Raft that breaks it: then the same test must fail.
 */
export function rule(sentence: string, holds: (raft: Raft) => void, broken?: Bug): void {
  test(sentence, () => holds(raftOf(createRaft)));
  if (broken === undefined) return;
  test(`  (and this test fails if the rule is broken: ${sentence})`, async () => {
    const { createRaft: mutant, dispose } = await plantBug(broken);
    try {
      expect(() => holds(raftOf(mutant))).toThrow();
    } finally {
      dispose();
    }
  });
}

// Messages, by what a test wants to say with them.

type Message<T extends RaftMessage['type']> = Extract<RaftMessage, { type: T }>;

/** A request for a vote by a candidate whose log ends in `last`, given as index and term. */
export function requestVote(
  term: number,
  last: readonly [index: number, term: number] = [0, 0],
  kind: 'campaign' | 'preVote' | 'transfer' = 'campaign',
): Message<'RequestVote'> {
  const [lastIndex, lastTerm] = last;
  return {
    type: 'RequestVote',
    ...{ term, lastIndex, lastTerm },
    preVote: kind === 'preVote',
    transfer: kind === 'transfer',
  };
}

export function voteReply(term: number, granted: boolean, preVote = false): Message<'RequestVoteReply'> {
  return { type: 'RequestVoteReply', term, granted, preVote };
}

/** An append of entries of these terms after `previous`, given as index and term. */
export function appendEntries(
  term: number,
  previous: readonly [index: number, term: number] = [0, 0],
  terms: readonly number[] = [],
  commit = 0,
): Message<'AppendEntries'> {
  const [prevIndex, prevTerm] = previous;
  return {
    type: 'AppendEntries',
    ...{ term, prevIndex, prevTerm, commit },
    entries: entries(prevIndex + 1, ...terms),
    round: 0,
  };
}

/** A follower's word that its log is the leader's up to `index`. */
export function accepted(term: number, index: number): Message<'AppendEntriesReply'> {
  return { type: 'AppendEntriesReply', term, success: true, index, hint: undefined, round: 0 };
}

/**
 * A follower's refusal of an append after `index`; its log has `hint.term` there, from `hint.index`
 * on.
 */
export function refused(
  term: number,
  index: number,
  hint: { readonly term: number; readonly index: number } | undefined,
): Message<'AppendEntriesReply'> {
  return { type: 'AppendEntriesReply', term, success: false, index, hint, round: 0 };
}

/** Of what was sent, the messages of a type, to one peer or to all. */
export function only<T extends RaftMessage['type']>(
  sent: readonly Sent[],
  type: T,
  to?: string,
): Message<T>[] {
  const isWanted = (one: Sent) => one.body.type === type && (to === undefined || one.to === to);
  return sent.filter(isWanted).map(({ body }) => body as Message<T>);
}

/** Who got a message of a type. */
export function receivers(sent: readonly Sent[], type: RaftMessage['type']): string[] {
  return sent.filter(({ body }) => body.type === type).map(({ to }) => to);
}
