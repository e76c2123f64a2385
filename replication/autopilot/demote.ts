/**
 * More voters than there are to be: the surplus becomes readers, all in one change. Those that are
 * not healthy first, then those of the zones with most voters; never the leader. A member that is
 * silent for a while, as in a rolling restart, is no surplus.
 */
import { hasMajority, isHealthy, learningOf, votersOf } from './health.ts';
import type { AutopilotSettings, HeldReason, Proposal } from './settings.ts';
import type { View } from './view.ts';
import { thin } from './zones.ts';

/** Demotes voters beyond the number that there is to be. */
export function demoteSurplus(view: View, settings: AutopilotSettings): Proposal {
  const voters = votersOf(view);
  const surplus = voters.length - settings.voters;
  if (surplus <= 0) return { action: undefined, held: [] };
  const hold = (reason: HeldReason): Proposal => ({ action: undefined, held: [{ reason }] });
  if (learningOf(view).length > 0) return hold('learning');
  const others = voters.filter(({ id }) => id !== view.leader);
  const failed = others.filter((member) => !isHealthy(member, settings)).slice(0, surplus);
  const rest = voters.filter((member) => !failed.includes(member));
  const healthy = rest.filter(({ id }) => id !== view.leader);
  const chosen = [...failed, ...thin(healthy, rest, surplus - failed.length)];
  if (
    !hasMajority(
      voters.filter((member) => !chosen.includes(member)),
      settings,
    )
  )
    return hold('quorum');
  return { action: { class: 'demote', do: 'demote', ids: chosen.map(({ id }) => id) }, held: [] };
}
