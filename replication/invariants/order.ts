/** What a replica never goes back on: from one step to the next, and over a restart. */
import type { ReplicaView } from '../protocol.ts';
import type { Report } from './violations.ts';

/**
 * What never falls while a replica runs, and in which order its indexes are. `durable`: what is
 * committed is never lost.
 */
export function checkOrder(before: ReplicaView, view: ReplicaView, durable: boolean, report: Report): void {
  if (view.term < before.term) report('never-falls', undefined, `the term was ${before.term}`);
  if (durable && view.commit < before.commit)
    report('never-falls', undefined, `the commit index was ${before.commit}`);
  if (durable && view.applied < before.applied)
    report('never-falls', undefined, `${before.applied} entries were applied`);
  if (view.term === before.term && before.votedFor !== undefined && view.votedFor !== before.votedFor) {
    report(
      'one-vote-a-term',
      undefined,
      `voted for ${before.votedFor}, then for ${view.votedFor ?? 'nobody'}`,
    );
  }
  if (view.applied > view.commit || view.commit > view.lastIndex) {
    const message = `applied ${view.applied}, committed ${view.commit}, though the log ends at ${view.lastIndex}`;
    report('state-machine-safety', view.applied, message);
  }
}

/**
 * What of a view is on disk as soon as it is durable; where data may be flushed later, what is
 * applied is not.
 */
export const LOGGED = ['term', 'lastIndex', 'lastTerm'] as const;

/**
 * What a restart must keep of the last view that was durable: the fields `kept` are as they were,
 * if nothing was written after it.
 */
export function checkRestart(
  durable: ReplicaView,
  kept: readonly (keyof ReplicaView)[],
  view: ReplicaView,
  report: Report,
): void {
  if (view.term < durable.term) {
    report('never-falls', undefined, `term ${durable.term} was durable before the restart`);
  }
  const { votedFor } = durable;
  if (view.term === durable.term && votedFor !== undefined && view.votedFor !== votedFor) {
    report('one-vote-a-term', undefined, `lost its durable vote for ${votedFor} over the restart`);
  }
  for (const what of kept) {
    if (view[what] === durable[what]) continue;
    report('durability', undefined, `${what} was ${durable[what]} before the restart, now ${view[what]}`);
  }
  if (view.applied < view.baseIndex) {
    const message = `its data stands for ${view.applied} entries, and its log begins after ${view.baseIndex}`;
    report('durability', view.applied, message);
  }
}
