/**
 * Many futures of one instant. All that is drawn from there on comes out differently in each: the
 * delays and losses of messages, and the timeouts that begin later.
 */
import type { KeyValueProtocol } from '../../../replication/sim/index.ts';
import type { NodeId } from '../../../vm/index.ts';
import { type AnyWorld, openRun, protocolOf, type Run } from '../run/run.ts';
import type { Timeline } from '../run/timeline.ts';

/** What is asked of a future, at its end. */
export type Condition =
  | { readonly type: 'leads'; readonly node: NodeId }
  | { readonly type: 'led' }
  /** Whoever leads, or else the machine with the latest log, has this entry. */
  | { readonly type: 'kept'; readonly index: number; readonly term: number; readonly label: string };

/** What to find out. */
export interface Sampling {
  readonly run: Run;
  /** The instants, as numbers of simulation events. */
  readonly instants: readonly number[];
  /** How many futures of each. */
  readonly futures: number;
  /** How far each goes, in virtual microseconds. */
  readonly horizonUs: number;
  readonly conditions: readonly Condition[];
}

/** In how many futures of an instant each of the conditions holds. */
export interface Sample {
  readonly steps: number;
  readonly counts: readonly number[];
}

/** How far futures go, in average delays of a message: some elections. */
const HORIZON_DELAYS = 300;
/** About how many of the latest entries it is asked whether they are kept. */
const MOST_ENTRIES = 3;

/** The futures of each instant, one after the other. */
export function* sample({ run, instants, futures, horizonUs, conditions }: Sampling): Generator<Sample> {
  const protocol = protocolOf(run)!;
  const history = openRun({ ...run, steps: Math.max(...instants) });
  for (const steps of instants) {
    history.seek(steps);
    const counts = conditions.map(() => 0);
    for (let future = 0; future < futures; future++) {
      const world = history.world.clone();
      world.reseed(future);
      world.advance(horizonUs);
      conditions.forEach((condition, i) => {
        if (holds(condition, world, protocol)) counts[i]!++;
      });
    }
    yield { steps, counts };
  }
}

function holds(condition: Condition, world: AnyWorld, protocol: KeyValueProtocol): boolean {
  const seen = ranked(world, protocol);
  const first = seen[0];
  const isLed = first?.view.role === protocol.leaderRole;
  switch (condition.type) {
    case 'leads':
      return isLed && first?.node === condition.node;
    case 'led':
      return isLed;
    case 'kept': {
      const { index, term } = condition;
      if (first === undefined) return false;
      if (first.view.baseIndex >= index) return true;
      const entry = protocol.entry(world.node(first.node).machine.state.program, index);
      return entry?.term === term;
    }
  }
}

/** The machines that are up: who leads first, then by the end of their logs. */
function ranked(world: AnyWorld, protocol: KeyValueProtocol) {
  const up = [...world.nodes.values()].filter(({ status }) => status === 'up');
  const leads = (role: string) => Number(role === protocol.leaderRole);
  return up
    .map(({ id: node, machine }) => ({ node, view: protocol.view(machine.state.program) }))
    .sort(
      ({ view: a }, { view: b }) =>
        leads(b.role) - leads(a.role) ||
        b.term * leads(b.role) - a.term * leads(a.role) ||
        b.lastTerm - a.lastTerm ||
        b.lastIndex - a.lastIndex,
    );
}

/** How far the futures of a world go, in virtual microseconds. */
export function horizonOf({ settings }: AnyWorld): number {
  const [low, high] = settings.network.delayUs;
  return ((low + high) / 2) * HORIZON_DELAYS;
}

/** What can be asked here: who leads, and what becomes of the latest entries. */
export function conditionsOf({ world, protocol }: Timeline): readonly Condition[] {
  if (protocol === undefined) return [];
  const entries = new Map<string, Condition>();
  for (const { status, machine } of world.nodes.values()) {
    if (status !== 'up') continue;
    const { lastIndex, baseIndex } = protocol.view(machine.state.program);
    for (let index = Math.max(baseIndex + 1, lastIndex - MOST_ENTRIES + 1); index <= lastIndex; index++) {
      const { term, label } = protocol.entry(machine.state.program, index)!;
      if (label !== 'noop') entries.set(`${index} ${term}`, { type: 'kept', index, term, label });
    }
  }
  const leads =
    protocol.leaderRole === undefined
      ? []
      : [...world.nodes.keys()].map((node) => ({ type: 'leads', node }) as const);
  return [...leads, ...(leads.length > 0 ? [{ type: 'led' } as const] : []), ...entries.values()];
}

/** A condition in words. */
export function conditionText(condition: Condition): string {
  switch (condition.type) {
    case 'leads':
      return `${condition.node} leads`;
    case 'led':
      return 'somebody leads';
    case 'kept':
      return `entry ${condition.index} (${condition.label}, term ${condition.term}) is kept`;
  }
}
