/**
 * Learners that are to be voters: they get their vote once they are stable and their data was
 * compared with the leader's, if voters are missing. In pairs, so that the number of voters stays
 * odd; alone only where it is even, or for a dead voter.
 */
import { hasMajority, isDead, isStable, learningOf, votersOf } from './health.ts';
import type { AutopilotSettings, Held, HeldReason, Proposal } from './settings.ts';
import type { Member, View } from './view.ts';
import { spread } from './zones.ts';

/** Promotes learners that are fit. */
export function promoteStable(view: View, settings: AutopilotSettings): Proposal {
  const learning = learningOf(view);
  const held = learning.flatMap((member): Held[] => {
    const reason = unfit(member, view, settings);
    return reason === undefined ? [] : [{ reason, about: member.id }];
  });
  const fit = learning.filter((member) => unfit(member, view, settings) === undefined);
  if (fit.length === 0) return { action: undefined, held };
  const voters = votersOf(view);
  const living = voters.filter((member) => !isDead(member, view, settings));
  const hold = (reason: HeldReason): Proposal => ({
    action: undefined,
    held: [...held, ...fit.map(({ id }): Held => ({ reason, about: id }))],
  });
  const room = Math.min(settings.voters - living.length, fit.length);
  if (settings.voters <= living.length) return hold('enough-voters');
  const count = living.length < voters.length ? 1 : oddCount(voters.length, room);
  if (count === 0) return hold('odd-voters');
  const chosen = spread(fit, living, count);
  if (!hasMajority([...voters, ...chosen], settings)) return hold('quorum');
  return { action: { class: 'promote', do: 'promote', ids: chosen.map(({ id }) => id) }, held };
}

/** Why a learner must wait; undefined if it need not. */
function unfit(member: Member, view: View, settings: AutopilotSettings): HeldReason | undefined {
  if (!isStable(member, view, settings)) return 'not-stable';
  return member.isChecked ? undefined : 'not-checked';
}

/** The most of `room` that make the number of voters odd. */
function oddCount(voters: number, room: number): number {
  return (voters + room) % 2 === 1 ? room : room - 1;
}
