/**
 * Checks: before a learner may vote, its data is compared with its leader's. The entry `check` has
 * every replica take a digest of its data as of that entry, page by page and a few pages a tick,
 * from a frozen view. A learner says with its answers to the leader which check it has made, and
 * repeats it to every later leader until it is a voter: so a promotion outlives the leader that
 * began it.
 */
import { assert } from '../core/assert.ts';
import { effective } from './log.ts';
import type { Checked } from './messages.ts';
import { sha256 } from './snapshot/digest.ts';
import { digestOf, readPage } from './snapshot/pages.ts';
import type { RaftReplica } from './state.ts';
import { noteDigest } from './trace.ts';

/** How much of the data a tick reads, so that heartbeats are not late: pages of so many bytes. */
const PAGES_PER_TICK = 4;
const PAGE_BYTES = 2 ** 16;

/** The check entry at `index` has been applied, and nothing after it. */
export function startCheck(replica: RaftReplica, index: number): void {
  dropCheck(replica);
  replica.ctx.snapshots.freeze(viewName(index));
  replica.state.check = { index, next: '', digest: '' };
}

/** Goes on with the check under way: called every tick. */
export function advanceCheck(replica: RaftReplica): void {
  const { state, ctx } = replica;
  for (let page = 0; page < PAGES_PER_TICK && state.check?.next !== undefined; page++) {
    const { index, next: from, digest } = state.check;
    const view = ctx.snapshots.frozen(viewName(index));
    assert(view !== undefined, `no view of the data as of ${index}`);
    const { pairs, next } = readPage(view, from, { bytes: PAGE_BYTES });
    state.check = { index, next, digest: sha256(digest + digestOf(pairs)) };
    if (next === undefined) {
      ctx.snapshots.release(viewName(index));
      noteDigest(replica, state.check);
    }
  }
}

/** Forgets the check: its data has been replaced, or another check begins. */
export function dropCheck({ state, ctx }: RaftReplica): void {
  if (state.check?.next !== undefined) ctx.snapshots.release(viewName(state.check.index));
  state.check = undefined;
}

/** What a learner says of its check in every answer to a leader; undefined for all others. */
export function checkedNote({ state, ctx }: RaftReplica): { readonly checked: Checked } | undefined {
  const { check, log } = state;
  if (check === undefined || effective(log).configuration.members[ctx.self]?.role !== 'learner') {
    return undefined;
  }
  const { index, next, digest } = check;
  return { checked: next === undefined ? { index, digest } : { index } };
}

function viewName(index: number): string {
  return `check/${index}`;
}
