/**
 * Committing and applying (Raft, 5.3 and 5.4.2): an entry is committed once a majority holds it
 * durably, and a leader counts copies only of entries of its own term; earlier ones are committed
 * along with them.
 */
import type { Outcome } from '../../vm/index.ts';
import { assert } from '../core/assert.ts';
import { commandsOf, tagAt } from '../core/batch.ts';
import { applyEntry, clusterIdOf, saveApplied } from '../core/sessions.ts';
import { startCheck } from './check.ts';
import type { LeaderKnowledge } from './commit-rule.ts';
import { configurationApplied, effective, entryAt, lastIndex, termAt } from './log.ts';
import type { Entry } from './messages.ts';
import { quorumValue } from './quorum.ts';
import { answerReads } from './reads.ts';
import { counted } from './recovery.ts';
import { answerWaiting } from './requests.ts';
import type { LeadingReplica, RaftReplica } from './state.ts';
import { noteApplied, noteCommitted, noteConfiguration, skippedText } from './trace.ts';

/**
 * This leader's own entries up to `index` are durable, if it still leads the term in which it wrote
 * them.
 */
export function ownEntriesDurable({ state }: RaftReplica, term: number, index: number): void {
  const { hard, leadership } = state;
  if (leadership !== undefined && hard.term === term)
    leadership.durableIndex = Math.max(leadership.durableIndex, index);
}

/**
 * Moves the leader's commit index to the highest that a majority holds, if that is of its own term
 * (5.4.2).
 */
export function advanceCommit(replica: LeadingReplica): void {
  const { state, ctx, commitRule } = replica;
  const { hard, log, leadership } = state;
  if (commitRule !== undefined) {
    commitTo(replica, ruled(commitRule(knowledgeOf(replica))));
    return;
  }
  const index = quorumValue(effective(log).halves, (voter) =>
    voter === ctx.self ? leadership.durableIndex : counted(leadership.progress[voter], ({ match }) => match),
  );
  if (index > log.commit && termAt(log, index) === hard.term) commitTo(replica, index);
}

/** The answer of somebody else's rule. */
function ruled(index: number): number {
  assert(Number.isSafeInteger(index), `the commit rule returned ${String(index)}, which is no index`);
  return index;
}

/** What this leader knows, for somebody else's rule. */
function knowledgeOf({ state, ctx }: LeadingReplica): LeaderKnowledge {
  const { hard, log, leadership } = state;
  const [voters, outgoing = []] = effective(log).halves;
  const others = Object.entries(leadership.progress);
  return {
    ...{ self: ctx.self, term: hard.term, voters, outgoing },
    ...{ commitIndex: log.commit, lastIndex: lastIndex(log), durableIndex: leadership.durableIndex },
    termOf: (index) => termAt(log, index),
    // Who is recovering may have lost what it acknowledged.
    matchIndex: Object.fromEntries(others.map(([id, one]) => [id, counted(one, ({ match }) => match)])),
  };
}

/** Moves the commit index forward, never back, and applies what is newly committed. */
export function commitTo(replica: RaftReplica, index: number): void {
  const { log } = replica.state;
  if (index <= log.commit) return;
  assert(index <= lastIndex(log), `commit ${index} beyond the log's end ${lastIndex(log)}`);
  log.commit = index;
  noteCommitted(replica);
  applyCommitted(replica);
}

/** Applies everything committed, in order, and answers the requests that wait for it. */
function applyCommitted(replica: RaftReplica): void {
  const { state, ctx } = replica;
  const { log } = state;
  const skipped: string[] = [];
  if (log.applied >= log.commit) return;
  const first = log.applied + 1;
  while (log.applied < log.commit) {
    const entry = entryAt(log, log.applied + 1)!;
    const outcomes = apply(replica, entry, skipped);
    log.applied = entry.index;
    answerWaiting(replica, entry, outcomes);
  }
  saveApplied(ctx.data, log.applied);
  noteApplied(replica, first, skipped);
  answerReads(replica);
}

/**
 * Applies an entry. Returns the outcomes of its commands, or the one of an entry that has none, and
 * adds the commands that did not run to `skipped`.
 */
function apply(replica: RaftReplica, { index, term, data }: Entry, skipped: string[]): Outcome[] {
  const { state, ctx, machine, settings } = replica;
  if (data.type !== 'commands') {
    const { outcome } = applyEntry(machine, ctx.data, { index, place: 0, term, data }, settings);
    if (data.type === 'noop' || data.type === 'config') state.cluster.id = clusterIdOf(ctx.data);
    if (data.type === 'config') {
      configurationApplied(state.log, index);
      noteConfiguration(replica, 'commit', state.log.configurations[0]!);
    }
    if (data.type === 'check') {
      // The digest is of the data as of this entry, whatever is applied in the same step.
      saveApplied(ctx.data, index);
      startCheck(replica, index);
    }
    return [outcome];
  }
  const outcomes: Outcome[] = [];
  for (const batch of data.batches) {
    const commands = commandsOf(batch);
    for (let i = 0; i < commands.length; i++) {
      const place = outcomes.length;
      const command = { type: 'command', command: commands[i], tag: tagAt(batch, i) } as const;
      const { outcome, fresh } = applyEntry(
        machine,
        ctx.data,
        { index, place, term, data: command },
        settings,
      );
      outcomes.push(outcome);
      if (fresh) ctx.applied({ index, place, term, command: fresh.command, result: fresh.result });
      else skipped.push(skippedText(index, command.tag));
    }
  }
  return outcomes;
}
