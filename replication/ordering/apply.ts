/** Committing and applying: in the order of the log, everywhere alike. */
import { type Outcome, writeDetail } from '../../vm/index.ts';
import { assert } from '../core/assert.ts';
import { commandsOf, tagAt } from '../core/batch.ts';
import { applyEntry, saveApplied } from '../core/sessions.ts';
import { type Entry, entryAt, lastIndex } from './log.ts';
import { answerWaiting } from './requests.ts';
import type { OrderingReplica } from './state.ts';

/** Moves the commit index forward, never back, and applies what is newly committed. */
export function commitTo(replica: OrderingReplica, index: number): void {
  const { state, ctx } = replica;
  const { log } = state;
  if (index <= log.commit) return;
  assert(index <= lastIndex(log), `commit ${index} beyond the log's end ${lastIndex(log)}`);
  log.commit = index;
  ctx.note('commit', { index });
  const first = log.applied + 1;
  while (log.applied < log.commit) {
    const entry = entryAt(log, log.applied + 1)!;
    const outcomes = apply(replica, entry);
    log.applied = entry.index;
    answerWaiting(replica, entry, outcomes);
  }
  saveApplied(ctx.data, log.applied);
  ctx.note('apply', { index: log.applied, detail: writeDetail({ first }) });
}

/** Applies an entry. Returns the outcomes of its commands, or the one of an entry that has none. */
function apply({ ctx, machine, settings }: OrderingReplica, { index, term, data }: Entry): Outcome[] {
  if (data.type !== 'commands')
    return [applyEntry(machine, ctx.data, { index, place: 0, term, data }, settings).outcome];
  const outcomes: Outcome[] = [];
  for (const batch of data.batches) {
    commandsOf(batch).forEach((command, i) => {
      const place = outcomes.length;
      const one = { type: 'command', command, tag: tagAt(batch, i) } as const;
      const { outcome, fresh } = applyEntry(machine, ctx.data, { index, place, term, data: one }, settings);
      outcomes.push(outcome);
      if (fresh) ctx.applied({ index, place, term, command: fresh.command, result: fresh.result });
    });
  }
  return outcomes;
}
