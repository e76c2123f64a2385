/**
 * Where the leader is. One that is about to be stopped, or cannot write, hands over; one outside of
 * the zone that the leader should be in does so once it has led for a while, and not to and fro.
 */
import { compareKeys } from '../../vm/index.ts';
import { isStable, votersOf } from './health.ts';
import type { AutopilotSettings, Proposal } from './settings.ts';
import type { Member, View } from './view.ts';

/** Moves leadership where it should be. */
export function placeLeader(view: View, settings: AutopilotSettings): Proposal {
  const leader = view.members.find(({ id }) => id === view.leader);
  const isUnfit = leader === undefined || leader.isDraining || leader.disk === 'full';
  const { leaderZone } = settings;
  const isAway = leaderZone !== undefined && leader?.zone !== leaderZone;
  if (!isUnfit && !isAway) return { action: undefined, held: [] };
  const stable = votersOf(view).filter(
    (member) => member.id !== view.leader && isStable(member, view, settings),
  );
  const inZone = stable.filter(({ zone }) => zone === leaderZone);
  const [successor] = [...(isUnfit && inZone.length === 0 ? stable : inZone)].sort(byLag);
  if (successor === undefined) return { action: undefined, held: [{ reason: 'no-successor' }] };
  if (!isUnfit && view.leaderTicks < settings.leadTicks)
    return { action: undefined, held: [{ reason: 'cool-down' }] };
  return { action: { class: 'lead', do: 'transfer', to: successor.id }, held: [] };
}

function byLag(a: Member, b: Member): number {
  return a.lag - b.lag || compareKeys(a.id, b.id);
}
