/**
 * Who belongs to the cluster that is shown, as its leader counts; without a leader, as the machine
 * with the latest configuration does.
 */
import type { ReplicaView } from '../../../replication/index.ts';
import type { NodeId } from '../../../vm/index.ts';
import { type AnyWorld, machineNames } from './run.ts';
import type { Action, Timeline } from './timeline.ts';

/** The most machines of a world, removed ones included. */
export const MAX_MACHINES = 12;

/** What a machine is, where it is no plain voter. */
export interface Membership {
  /** `coming` and `going` vote in one half of a joint configuration only. */
  readonly kind: 'learner' | 'coming' | 'going' | 'outside';
  readonly words: string;
}

/** The members as one machine counts them. */
export interface SeenMembers {
  readonly by: NodeId;
  readonly view: ReplicaView;
  readonly configuration: NonNullable<ReplicaView['configuration']>;
}

/** The view of the leader of the highest term, or of whom has the latest configuration. */
export function seenMembers({ world, protocol }: Timeline): SeenMembers | undefined {
  const seen = [...world.nodes.values()].flatMap(({ id, status, machine }): SeenMembers[] => {
    const view = status === 'up' ? protocol?.view(machine.state.program) : undefined;
    return view?.configuration === undefined ? [] : [{ by: id, view, configuration: view.configuration }];
  });
  const leads = ({ view }: SeenMembers) => Number(view.role === protocol?.leaderRole);
  const rank = (a: SeenMembers, b: SeenMembers) =>
    leads(b) - leads(a) || b.view.term - a.view.term || b.configuration.index - a.configuration.index;
  return seen.sort(rank)[0];
}

/** What a machine is; undefined for a plain voter, and where nobody says. */
export function membershipOf(node: NodeId, seen: SeenMembers | undefined): Membership | undefined {
  if (seen === undefined) return undefined;
  const { voters, learners, outgoing } = seen.configuration;
  const isOld = outgoing?.includes(node) === true;
  if (voters.includes(node)) {
    return outgoing === undefined || isOld ? undefined : { kind: 'coming', words: 'coming in' };
  }
  if (isOld) return { kind: 'going', words: 'going out' };
  if (!learners.includes(node)) return { kind: 'outside', words: 'no member' };
  const phase = seen.view.learning?.[node];
  return { kind: 'learner', words: phase === undefined ? 'learner' : `learner, ${phase}` };
}

/** The members in a sentence; undefined while they are the machines that the run began with. */
export function describeMembers(seen: SeenMembers | undefined): string | undefined {
  if (seen === undefined || seen.configuration.index === 0) return undefined;
  const { index, voters, learners, outgoing } = seen.configuration;
  const votes =
    outgoing === undefined
      ? `${voters.join(' ')} ${voters.length === 1 ? 'votes' : 'vote'}`
      : `joint, a majority of ${outgoing.join(' ')} and one of ${voters.join(' ')} decide together`;
  const others =
    learners.length === 0 ? '' : `; ${learners.join(' ')} only ${learners.length === 1 ? 'learns' : 'learn'}`;
  return `Members as ${seen.by} counts (entry ${index}): ${votes}${others}.`;
}

/** The name of the next machine. */
export function nextMachine(world: AnyWorld): NodeId {
  for (let i = world.nodes.size; ; i++) {
    const name = machineNames(i + 1).at(-1)!;
    if (!world.nodes.has(name)) return name;
  }
}

type Change = Extract<
  Extract<Action, { type: 'request' }>['body'],
  { type: 'change-members' }
>['changes'][number];

/** A client asks the leader, or else any machine that is up, to change the members. */
export function askToChange(timeline: Timeline, change: Change): Action {
  const { world } = timeline;
  const up = [...world.nodes.values()].find(({ status }) => status === 'up')?.id;
  const node = seenMembers(timeline)?.by ?? up ?? [...world.nodes.keys()][0]!;
  return { type: 'request', node, body: { type: 'change-members', changes: [change] } };
}
