/**
 * Draws a scenario from a seed: requests and faults at random times, each fault with its end; then
 * the lab's last lines say what is expected.
 */
import { between, chance, pick, type RandomState, seedRandom } from '../../vm/index.ts';
import type { Fault } from '../../vm/sim/index.ts';
import {
  type Act,
  NO_GROUP,
  type RecordedScenario,
  type ScenarioStep,
} from '../campaign/recorded-scenario.ts';
import { USUAL_RATE } from '../campaign/write-scenario.ts';
import type { FaultName, RandomScenarios } from './lab.ts';

/** What the student's protocol is called in scenarios. */
export const MINE = 'mine';

/** Something to be done at a time, in milliseconds. */
interface Planned extends ScenarioStep {
  readonly atMs: number;
}

/** The keys that clients ask about: few, so that they meet. */
const KEYS = ['x', 'y'];
/** The time between faults that come one at a time. */
const RECOVERY_MS = 500;
/** The group of what the network is like. */
const NETWORK = 1;

/** Draws the scenario of a seed. The same seed and description give the same one. */
export function drawScenario(spec: RandomScenarios, seed: number): RecordedScenario {
  const random = seedRandom(`lab/${seed}`);
  const nodes = Array.from({ length: spec.machines }, (_, i) => `n${i + 1}`);
  const drawing = new Drawing(spec, random, nodes);
  const { steps } = drawing;
  return {
    ...{ protocol: MINE, seed, settings: {}, clocks: undefined, kind: '', kept: undefined, steps },
    rates: nodes.map(() => USUAL_RATE),
    ending: spec.ending,
    // A crash without its restart would break every promise.
    isWhole: true,
  };
}

class Drawing {
  readonly steps: readonly ScenarioStep[];
  readonly #spec: RandomScenarios;
  readonly #random: RandomState;
  readonly #nodes: readonly string[];
  #groups = NETWORK;

  constructor(spec: RandomScenarios, random: RandomState, nodes: readonly string[]) {
    this.#spec = spec;
    this.#random = random;
    this.#nodes = nodes;
    const { before, during, after } = spec;
    const middle = [...this.#requests(), ...this.#faults()].sort((a, b) => a.atMs - b.atMs);
    const end = Math.max(before + during, ...middle.map(({ atMs }) => atMs));
    const first = this.#network().map((act) => ({ atMs: 0, act, group: NETWORK }));
    this.steps = [...timed([...first, ...middle]), wait(end + after - (middle.at(-1)?.atMs ?? 0))];
  }

  #network(): Act[] {
    const { delay, loss, reorder } = this.#spec.network;
    const [low, high] = delay;
    if (low === 1 && high === 5 && loss === 0 && reorder === 0) return [];
    const delayUs = [low * 1000, high * 1000] as const;
    const settings = { delayUs, lossRate: loss, duplicateRate: 0, reorderRate: reorder };
    return [{ type: 'fault', fault: { type: 'network', settings } }];
  }

  #requests(): Planned[] {
    const { requests, commands, before, during } = this.#spec;
    return Array.from({ length: requests }, (_, i): Planned => {
      const [key, node] = [pick(this.#random, KEYS), pick(this.#random, this.#nodes)];
      const type = pick(this.#random, commands);
      const atMs = before + between(this.#random, 0, during);
      const group = ++this.#groups;
      if (type === 'get')
        return { atMs, group, act: { type: 'read', key, consistency: 'linearizable', node } };
      const command = { type, key, value: `v${i + 1}` };
      return { atMs, group, act: { type: 'submit', command, session: undefined, name: `r${i + 1}`, node } };
    });
  }

  #faults(): Planned[] {
    const { count, faults, before, during, lasts, oneAtATime } = this.#spec;
    const planned: Planned[] = [];
    let free = before;
    // What is down cannot crash.
    const busyUntil = new Map<string, number>();
    for (let i = 0; faults.length > 0 && i < count; i++) {
      const node = pick(this.#random, this.#nodes);
      const drawn = oneAtATime
        ? free + between(this.#random, 0, Math.max(1, Math.floor(during / count)))
        : before + between(this.#random, 0, during);
      const begin = Math.max(drawn, busyUntil.get(node) ?? 0);
      const end = begin + between(this.#random, ...lasts);
      busyUntil.set(node, end + 1);
      free = end + RECOVERY_MS;
      const group = ++this.#groups;
      const [start, stop] = this.#fault(pick(this.#random, faults), node);
      planned.push({ atMs: begin, act: start, group }, { atMs: end, act: stop, group });
    }
    return planned;
  }

  /** A fault and its end. */
  #fault(name: FaultName, node: string): [Act, Act] {
    const act = (fault: Fault): Act => ({ type: 'fault', fault });
    switch (name) {
      case 'crash':
        return [act({ type: 'crash', node }), act({ type: 'restart', node })];
      case 'pause':
        return [act({ type: 'pause', node }), act({ type: 'resume', node })];
      case 'cut': {
        const to = pick(
          this.#random,
          this.#nodes.filter((other) => other !== node),
        );
        return [act({ type: 'block', from: node, to }), act({ type: 'unblock', from: node, to })];
      }
      case 'partition': {
        const one = this.#nodes.filter((other) => other === node || chance(this.#random, 0.4));
        const others = this.#nodes.filter((other) => !one.includes(other));
        const groups = others.length === 0 ? [[node], one.filter((other) => other !== node)] : [one, others];
        return [act({ type: 'partition', groups }), act({ type: 'heal' })];
      }
    }
  }
}

/** What was planned, with the time between as steps of its own. */
function timed(planned: readonly Planned[]): ScenarioStep[] {
  let now = 0;
  return planned.flatMap(({ atMs, act, group }) => {
    const steps = atMs > now ? [wait(atMs - now), { act, group }] : [{ act, group }];
    now = Math.max(now, atMs);
    return steps;
  });
}

/** Time that passes. */
function wait(ms: number): ScenarioStep {
  return { act: { type: 'run', us: ms * 1000 }, group: NO_GROUP };
}
