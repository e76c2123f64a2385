/**
 * Makes the scenario of a failure small: leaves out faults and requests (delta debugging, Zeller
 * and Hildebrandt 2002), machines, settings and time, as long as what is left still fails in the
 * same way when it is run as a scenario.
 *
 * A failure that shows by itself may be kept with any part of the scenario. For a cluster that
 * makes no progress, the healing is kept complete: without it there is trivially none.
 */

import { runScenario, type ScenarioResult } from '../../replication/scenario/index.ts';
import type { Protocols } from '../../replication/sim/index.ts';
import { ClientHistory } from './client-history.ts';
import { failureOf } from './failure.ts';
import { NO_GROUP, type RecordedScenario, type ScenarioStep } from './recorded-scenario.ts';
import { tidy } from './tidy-steps.ts';
import { withoutMachine } from './without-machine.ts';
import { USUAL_RATE, writeScenario } from './write-scenario.ts';

/** The result of shrinking. */
export interface Shrunk {
  readonly scenario: RecordedScenario;
  /**
   * Whether it fails as a scenario in the same way as it did in the campaign. Otherwise it is as it
   * was.
   */
  readonly fails: boolean;
  /** The scenario's failure. */
  readonly message: string;
  readonly runs: number;
}

/** The most runs by default: some ten to thirty seconds. */
const MOST_RUNS = 1_500;
/** Other seeds that a smaller cluster is tried with. */
const OTHER_SEEDS = 12;

/** Shrinks a scenario of one of `protocols`. */
export function shrinkScenario(
  scenario: RecordedScenario,
  protocols: Protocols,
  mostRuns = MOST_RUNS,
): Shrunk {
  return new Shrinker(protocols, mostRuns).shrink(scenario);
}

class Shrinker {
  readonly #protocols: Protocols;
  #left: number;
  #runs = 0;
  #scenario!: RecordedScenario;
  #message = '';

  constructor(protocols: Protocols, mostRuns: number) {
    this.#protocols = protocols;
    this.#left = mostRuns;
  }

  shrink(scenario: RecordedScenario): Shrunk {
    this.#scenario = scenario;
    if (!this.#try(scenario)) return { scenario, fails: false, message: '', runs: this.#runs };
    this.#whileSmaller(() => {
      this.#whileSmaller(() => {
        this.#leaveOutGroups();
        this.#leaveOutMachines();
        if (this.#scenario.isWhole !== true) this.#leaveOutSteps();
      });
      this.#simplify();
      this.#shorten();
    });
    return { scenario: this.#scenario, fails: true, message: this.#message, runs: this.#runs };
  }

  #whileSmaller(pass: () => void): void {
    for (let size = Number.POSITIVE_INFINITY; this.#left > 0 && this.#size < size; ) {
      size = this.#size;
      pass();
    }
  }

  get #size(): number {
    return writeScenario(this.#scenario).length;
  }

  /** Takes the scenario if it fails in the same way. */
  #try(candidate: RecordedScenario): boolean {
    if (this.#left <= 0) return false;
    this.#left--;
    this.#runs++;
    const scenario = { ...candidate, steps: tidy(candidate.steps, candidate.rates.length) };
    const lines = writeScenario(scenario).trimEnd().split('\n').length;
    const failure = run(writeScenario(scenario), this.#protocols)?.failure;
    if (failure === undefined || !isSame(scenario, failure, lines)) return false;
    this.#scenario = scenario.ending.length > 0 ? scenario : upTo(scenario, failure.line);
    this.#message = failure.message;
    return true;
  }

  #leaveOutGroups(): void {
    const groups = [...new Set(this.#scenario.steps.map(({ group }) => group))].filter(
      (group) => group !== NO_GROUP && group !== this.#scenario.kept,
    );
    this.#leaveOut(groups, (out) => this.#scenario.steps.filter(({ group }) => !out.has(group)));
  }

  #leaveOutSteps(): void {
    const steps = this.#scenario.steps.filter(({ group }) => group !== this.#scenario.kept);
    this.#leaveOut(steps, (out) => this.#scenario.steps.filter((step) => !out.has(step)));
  }

  /**
   * Leaves out as many as it can: halves first, then smaller and smaller runs of them, from the
   * end.
   */
  #leaveOut<T>(all: readonly T[], without: (out: ReadonlySet<T>) => readonly ScenarioStep[]): void {
    let kept = all;
    for (let size = Math.ceil(all.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
      for (let end = kept.length; end > 0; end -= size) {
        const out = new Set(kept.slice(Math.max(0, end - size), end));
        if (this.#try({ ...this.#scenario, steps: without(out) })) kept = kept.filter((one) => !out.has(one));
      }
    }
  }

  /**
   * A cluster with fewer machines draws other delays and losses, so a few other seeds are tried.
   */
  #leaveOutMachines(): void {
    for (let machine = this.#scenario.rates.length; machine >= 1; machine--) {
      if (this.#scenario.rates.length <= 3) return;
      const smaller = withoutMachine(this.#scenario, machine);
      if (smaller === undefined) continue;
      const seeds = [smaller.seed, ...Array.from({ length: OTHER_SEEDS }, (_, i) => i + 1)];
      seeds.some((seed) => this.#try({ ...smaller, seed }));
    }
  }

  /** Default settings and equal clocks are shorter. */
  #simplify(): void {
    for (const name of Object.keys(this.#scenario.settings)) {
      const settings = Object.fromEntries(
        Object.entries(this.#scenario.settings).filter(([other]) => other !== name),
      );
      this.#try({ ...this.#scenario, settings });
    }
    const { slowest, fastest } = this.#scenario.clocks ?? { slowest: 0, fastest: Number.POSITIVE_INFINITY };
    for (const rate of [USUAL_RATE, 50].filter((one) => one >= slowest && one <= fastest)) {
      if (this.#scenario.rates.every((one) => one === rate)) break;
      if (this.#try({ ...this.#scenario, rates: this.#scenario.rates.map(() => rate) })) break;
    }
  }

  /** Shorter times, in rounder numbers. */
  #shorten(): void {
    for (let at = 0; at < this.#scenario.steps.length; at++) {
      const { act } = this.#scenario.steps[at]!;
      if (act.type !== 'run') continue;
      const rounder = [0, 1_000_000, 100_000, 10_000, 1_000].map((unit) => round(act.us, unit));
      for (const us of [...new Set(rounder)].filter((us) => us < act.us || us % 1_000 === 0)) {
        const count = this.#scenario.steps.length;
        if (us === act.us || !this.#try({ ...this.#scenario, steps: withTime(this.#scenario.steps, at, us) }))
          continue;
        if (this.#scenario.steps.length < count) at--;
        break;
      }
    }
  }
}

function round(us: number, unit: number): number {
  return unit === 0 ? 0 : Math.floor(us / unit) * unit;
}

function withTime(steps: readonly ScenarioStep[], at: number, us: number): readonly ScenarioStep[] {
  return steps.map((step, i) => (i === at ? { ...step, act: { type: 'run', us } } : step));
}

function run(text: string, protocols: Protocols): ScenarioResult | undefined {
  try {
    return runScenario(text, { protocols, history: new ClientHistory() });
  } catch {
    // What was left out was needed to understand the rest.
    return undefined;
  }
}

/**
 * Where a scenario has an ending, that is what must fail; otherwise it must fail before its end, in
 * the same way.
 */
function isSame(
  scenario: RecordedScenario,
  { line, message }: { line: number; message: string },
  lines: number,
): boolean {
  if (scenario.ending.length === 0) return failureOf('unsafe', message).kind === scenario.kind;
  if (scenario.expected !== undefined)
    return line === lines && message.startsWith(`expected ${scenario.expected}, `);
  return line > lines - scenario.ending.length && message.startsWith('expected ');
}

/** Without what comes after the line in which it failed. */
function upTo(scenario: RecordedScenario, line: number): RecordedScenario {
  const { steps } = scenario;
  let count = steps.length;
  while (count > 0 && linesOf({ ...scenario, steps: steps.slice(0, count - 1) }) >= line) count--;
  return { ...scenario, steps: steps.slice(0, count) };
}

function linesOf(scenario: RecordedScenario): number {
  return writeScenario(scenario).trimEnd().split('\n').length;
}
