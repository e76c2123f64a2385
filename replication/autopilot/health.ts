/**
 * Who is healthy, stable and dead. A new leader has watched nobody: what it takes for stable or
 * dead it has seen itself, since it leads.
 */
import type { AutopilotSettings } from './settings.ts';
import type { Member, View } from './view.ts';

/** How many voters of so many are a majority. */
function majority(voters: number): number {
  return Math.floor(voters / 2) + 1;
}

/** Whether a member was heard from lately, in the leader's term, is up to date and can write. */
export function isHealthy(member: Member, settings: AutopilotSettings): boolean {
  const { silentTicks, isSameTerm, lag, disk } = member;
  return silentTicks <= settings.silentTicks && isSameTerm && lag <= settings.mostLag && disk === 'ok';
}

/** Whether a member has been healthy for long enough, and is not about to be stopped. */
export function isStable(member: Member, view: View, settings: AutopilotSettings): boolean {
  const seenTicks = Math.min(member.healthyTicks, view.leaderTicks);
  return isHealthy(member, settings) && !member.isDraining && seenTicks >= settings.stableTicks;
}

/** Whether a member has been silent for so long that it will not come, or not come back. */
export function isDead(member: Member, view: View, { deadTicks, startTicks }: AutopilotSettings): boolean {
  const isStarting = member.role === 'learner' && !member.isHeard;
  const longest = isStarting ? Math.max(deadTicks, startTicks) : deadTicks;
  return member.id !== view.leader && Math.min(member.silentTicks, view.leaderTicks) >= longest;
}

/** All voters. */
export function votersOf({ members }: View): readonly Member[] {
  return members.filter(({ role }) => role === 'voter');
}

/** Learners that stay learners. */
export function readersOf({ members }: View): readonly Member[] {
  return members.filter(({ role, want }) => role === 'learner' && want === 'learner');
}

/** Learners that are to be voters. */
export function learningOf({ members }: View): readonly Member[] {
  return members.filter(({ role, want }) => role === 'learner' && want === 'voter');
}

/** Whether a cluster of just these voters could commit. */
export function hasMajority(voters: readonly Member[], settings: AutopilotSettings): boolean {
  const healthy = voters.filter((voter) => isHealthy(voter, settings));
  return healthy.length >= majority(voters.length);
}
