/**
 * Dead members. A dead learner counts for nothing and is removed. A dead voter is replaced first,
 * by a stable reader or by a new replica, and removed once its replacement votes: so the cluster is
 * never smaller than it was. Where nothing can take its place it stays, unless fewer voters are
 * allowed. One at a time, and not while anything is learning.
 */
import { hasMajority, isDead, isStable, learningOf, readersOf, votersOf } from './health.ts';
import type { AutopilotSettings, HeldReason, Proposal } from './settings.ts';
import { noStart } from './starts.ts';
import type { Member, View } from './view.ts';
import { emptiest, spread } from './zones.ts';

/** Replaces or removes a dead member. */
export function replaceDead(view: View, settings: AutopilotSettings): Proposal {
  const dead = view.members
    .filter((member) => isDead(member, view, settings))
    .sort((a, b) => b.silentTicks - a.silentTicks);
  const learner = dead.find(({ role }) => role === 'learner');
  if (learner !== undefined) return remove(learner);
  const [voter] = dead;
  if (voter === undefined) return { action: undefined, held: [] };
  const hold = (reason: HeldReason): Proposal => ({
    action: undefined,
    held: [{ reason, about: voter.id }],
  });
  if (isLearning(view)) return hold('learning');
  const others = votersOf(view).filter(({ id }) => id !== voter.id);
  if (others.length < settings.voters) {
    const replacement = replace(view, settings, voter);
    if (typeof replacement !== 'string') return replacement;
    // One that is only delayed is waited for.
    if (replacement !== 'no-replacement' || others.length < settings.minVoters) return hold(replacement);
  }
  return hasMajority(others, settings) ? remove(voter) : hold('quorum');
}

function remove({ id }: Member): Proposal {
  return { action: { class: 'replace', do: 'remove', id }, held: [] };
}

/** Whether a replica is on its way to a vote. */
function isLearning(view: View): boolean {
  return learningOf(view).length > 0 || view.starting.some(({ want }) => want === 'voter');
}

/** What takes the place of a dead voter, or why nothing does. */
function replace(view: View, settings: AutopilotSettings, voter: Member): Proposal | HeldReason {
  const living = votersOf(view).filter((member) => !isDead(member, view, settings));
  const fit = readersOf(view).filter((member) => member.isChecked && isStable(member, view, settings));
  const [reader] = spread(fit, living, 1);
  if (reader !== undefined && hasMajority([...votersOf(view), reader], settings))
    return { action: { class: 'replace', do: 'promote', ids: [reader.id] }, held: [] };
  const reason = noStart(view, settings);
  if (reason !== undefined) return reason;
  const zone = emptiest(votersOf(view), living);
  return { action: { class: 'replace', do: 'start', want: 'voter', zone, instead: voter.id }, held: [] };
}
