/**
 * What a change of the members would do to a cluster, step by step, before it is made: who votes,
 * and whose failure the cluster would survive at each step. Pure.
 */
import type { NodeId } from '../../vm/index.ts';
import type { Configuration, MemberChange, Members } from '../members.ts';
import {
  abortJoint,
  areSame,
  changed,
  invalid,
  isJoint,
  isRefusal,
  leaveJoint,
  membersAfter,
  promoted,
  type Refusal,
  towards,
  votersOf,
} from './configuration.ts';
import { tolerance } from './quorum.ts';

/** A step of a change, as it leaves the cluster. */
export interface PlanStep {
  /** What happens, for people. */
  readonly what: string;
  /** The voters; of a joint configuration those of its incoming half. */
  readonly voters: readonly NodeId[];
  /** In a joint configuration: the voters before, of whom a majority is needed as well. */
  readonly outgoing: readonly NodeId[] | undefined;
  readonly learners: readonly NodeId[];
  /** How many voters may fail, whichever they are, if all are up. */
  readonly tolerance: number;
  /** The same, given those that cannot be reached now; -1 without a majority. */
  readonly toleranceNow: number;
  /** The voters whose failure alone would stop the cluster, given those. */
  readonly fatal: readonly NodeId[];
}

/** A change of the members, planned. */
export interface Plan {
  /** The log entry with the members that it starts from. */
  readonly config: number;
  /** The first is the present state. There is no other where nothing has to be changed. */
  readonly steps: readonly PlanStep[];
}

/**
 * Plans a change of `from`, the configuration of entry `config`. `silent`: the members that cannot
 * be reached now. Returns why it would be refused, if it would be.
 */
export function planChange(
  from: Configuration,
  config: number,
  change: MemberChange,
  silent: readonly NodeId[],
): Plan | Refusal {
  const following = change.do === 'abort' ? planAbort(from) : planSteps(from, config, change);
  if (isRefusal(following)) return following;
  const steps: PlanStep[] = [stepOf('now', from, silent)];
  let before = from;
  for (const configuration of following) {
    steps.push(stepOf(difference(before, configuration), configuration, silent));
    before = configuration;
  }
  return { config, steps };
}

function planAbort(from: Configuration): readonly Configuration[] | Refusal {
  return isJoint(from) ? [abortJoint(from)] : [];
}

/** The configurations that follow one another: those of the change, then those of promotions. */
function planSteps(
  from: Configuration,
  config: number,
  change: MemberChange,
): readonly Configuration[] | Refusal {
  if (isJoint(from)) return { refused: `another change of the members is under way, by entry ${config}` };
  const after = changed(from.members, [change], config + 1);
  if (isRefusal(after)) return after;
  if (areSame(after, from.members)) return [];
  const learners = Object.keys(after).filter((id) => after[id]!.role === 'learner');
  const ready = learners.filter((id) => after[id]!.want === 'voter');
  const steps = [
    ...wayTo(from.members, after),
    ...(ready.length > 0 ? wayTo(after, promoted(after, ready)) : []),
  ];
  const why = steps.map(invalid).find((reason) => reason !== undefined);
  return why === undefined ? steps : { refused: why };
}

function wayTo(from: Members, to: Members): readonly Configuration[] {
  const step = towards(from, to);
  return isJoint(step) ? [step, leaveJoint(step)] : [step];
}

function stepOf(what: string, configuration: Configuration, silent: readonly NodeId[]): PlanStep {
  const halves = votersOf(configuration);
  const voters = [...new Set(halves.flat())];
  const { members } = configuration;
  const without = (down: readonly NodeId[]) => tolerance(halves, (voter) => !down.includes(voter));
  const toleranceNow = without(silent);
  const fatal = voters.filter((id) => !silent.includes(id) && without([...silent, id]) < 0);
  return {
    what,
    voters: halves[0],
    outgoing: halves[1],
    learners: Object.keys(members)
      .filter((id) => members[id]!.role === 'learner')
      .sort(),
    tolerance: without([]),
    toleranceNow,
    fatal: toleranceNow < 0 ? [] : fatal,
  };
}

function difference(before: Configuration, after: Configuration): string {
  if (isJoint(before)) return isGivenUp(before, after) ? 'the change is given up' : 'the joint change ends';
  const [from, to] = [before.members, membersAfter(after)];
  const said = [...new Set([...Object.keys(from), ...Object.keys(to)])].sort().flatMap((id) => {
    const [was, is] = [from[id], to[id]];
    if (was === undefined) return `${id} is added as a learner`;
    if (is === undefined) return `${id} leaves`;
    if (was.role !== is.role) return is.role === 'voter' ? `${id} votes` : `${id} no longer votes`;
    if (was.url !== is.url) return `${id} is at ${is.url}`;
    if (was.want !== is.want) return is.want === 'voter' ? `${id} is to vote` : `${id} stays a learner`;
    return [];
  });
  return `${said.join(', ')}${isJoint(after) ? ' (begins: both majorities are needed)' : ''}`;
}

function isGivenUp(joint: Configuration, { members }: Configuration): boolean {
  return areSame(members, joint.outgoing ?? {});
}
