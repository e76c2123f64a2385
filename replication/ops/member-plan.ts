/** `tickraft member ... --plan`: what a change would do, by what the replicas say of themselves. */
import type { MemberChange, Members } from '../members.ts';
import { type Plan, type PlanStep, planChange } from '../raft/index.ts';
import { aligned } from './member-progress.ts';
import { type Answer, fetchStatuses } from './status.ts';

type Status = NonNullable<Answer['status']>;

/**
 * Plans a change of the members that `status` names. Asks each of them whether it can be reached.
 * Rejects with an Error that says why the change would be refused.
 */
export async function plannedChange(
  status: Status,
  change: MemberChange,
  ifConfig: number | undefined,
): Promise<Plan> {
  const answers = await fetchStatuses(status.replicas.map(({ url }) => url));
  const silent = status.replicas.filter((_, i) => answers[i]?.status === undefined).map(({ id }) => id);
  return planOf(status, change, ifConfig, silent);
}

/** The same, given the members that cannot be reached. Throws an Error instead. */
export function planOf(
  { configuration, replicas, learning = {} }: Status,
  change: MemberChange,
  ifConfig: number | undefined,
  silent: readonly string[],
): Plan {
  if (configuration === undefined) throw new Error('the replicas of this cluster cannot change');
  const { index, voters, learners, outgoing } = configuration;
  if (ifConfig !== undefined && ifConfig !== index)
    throw new Error(`it would be refused: the members are those of entry ${index}, not ${ifConfig}`);
  const urls = new Map(replicas.map(({ id, url }) => [id, url]));
  const member = (id: string, role: 'voter' | 'learner') => {
    const want = learning[id] === undefined ? role : 'voter';
    return [id, { role, want, incarnation: 0, url: urls.get(id) }] as const;
  };
  const named = (ids: readonly string[]): Members => Object.fromEntries(ids.map((id) => member(id, 'voter')));
  const members = { ...named(voters), ...Object.fromEntries(learners.map((id) => member(id, 'learner'))) };
  const from = outgoing === undefined ? { members } : { members, outgoing: named(outgoing) };
  const plan = planChange(from, index, change, silent);
  if ('refused' in plan) throw new Error(`it would be refused: ${plan.refused}`);
  return plan;
}

/** A plan as a table: a line a step. */
export function planTable({ config, steps }: Plan): string {
  const lines = aligned([
    ['step', 'voters', 'learners', 'may fail', 'may fail now', 'must not fail now'],
    ...steps.map(lineOf),
  ]);
  const last =
    steps.length === 1 ? `already so, by entry ${config}` : `from entry ${config}; nothing was changed`;
  return [...lines, last].join('\n');
}

function lineOf({ what, voters, outgoing, learners, tolerance, toleranceNow, fatal }: PlanStep): string[] {
  const both = outgoing === undefined ? voters.join(' ') : `${voters.join(' ')} and ${outgoing.join(' ')}`;
  return [
    what,
    both,
    learners.join(' ') || '-',
    `any ${tolerance}`,
    toleranceNow < 0 ? 'no majority' : `any ${toleranceNow}`,
    fatal.join(' ') || '-',
  ];
}
