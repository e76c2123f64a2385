/** A scenario with one machine fewer; those after it move up. */
import type { Fault } from '../../vm/sim/index.ts';
import { renamed } from './member-wish.ts';
import type { Act, RecordedScenario, ScenarioStep } from './recorded-scenario.ts';

const AMONG = 'run until leader among';

/**
 * Without machine number `out` (from 1), and all that has to do with it. Undefined where those that
 * must make progress by themselves would no longer be a majority.
 */
export function withoutMachine(scenario: RecordedScenario, out: number): RecordedScenario | undefined {
  const steps = scenario.steps.flatMap((step): ScenarioStep[] => {
    const act = rename(step.act, out);
    return act === undefined ? [] : [{ ...step, act }];
  });
  const gone = new RegExp(`\\bn${out}\\b ?`, 'g');
  const ending = scenario.ending
    .filter((line) => !line.startsWith(`expect recovery of n${out} `))
    .map((line) => (line.startsWith(AMONG) ? line.replace(gone, '') : line));
  const core = ending.find((line) => line.startsWith(AMONG));
  // Where the members change, it is not known of whom they would be a majority.
  if (core !== undefined && scenario.steps.some(({ act }) => act.type === 'change')) return undefined;
  if (core !== undefined && 2 * (core.match(/\bn\d+\b/g) ?? []).length <= scenario.rates.length - 1)
    return undefined;
  return {
    ...scenario,
    rates: scenario.rates.filter((_, i) => i !== out - 1),
    steps,
    ending: ending.map((line) => line.replace(/\bn(\d+)\b/g, (name) => moved(name, out) ?? 'n1')),
  };
}

/** The machine's new name; undefined for the one that was removed. */
function moved(name: string, out: number): string | undefined {
  const number = Number(name.slice(1));
  if (number === out) return undefined;
  return number < out ? name : `n${number - 1}`;
}

function rename(act: Act, out: number): Act | undefined {
  if (act.type === 'run' || act.type === 'acknowledge') return act;
  if (act.type === 'fault') {
    const fault = renameFault(act.fault, out);
    return fault && { type: 'fault', fault };
  }
  const node = moved(act.node, out);
  if (node === undefined) return undefined;
  if (act.type === 'change') {
    const wish = renamed(act.wish, (name) => moved(name, out));
    return wish && { ...act, wish, node };
  }
  if (act.type !== 'transfer') return { ...act, node };
  const to = moved(act.to, out);
  return to === undefined ? undefined : { ...act, node, to };
}

function renameFault(fault: Fault, out: number): Fault | undefined {
  if ('node' in fault) {
    const node = moved(fault.node, out);
    return node === undefined ? undefined : { ...fault, node };
  }
  if ('from' in fault) {
    const [from, to] = [moved(fault.from, out), moved(fault.to, out)];
    return from === undefined || to === undefined ? undefined : { ...fault, from, to };
  }
  if (fault.type !== 'partition') return fault;
  return {
    ...fault,
    groups: fault.groups.map((group) => group.flatMap((name) => moved(name, out) ?? [])),
  };
}
