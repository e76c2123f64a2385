/**
 * Grades one item of a lab: its scenarios, then those drawn at random. Of what fails the shortest
 * scenario is kept.
 */
import { runScenario, type ScenarioResult } from '../../replication/scenario/index.ts';
import type { SimulatedProtocol } from '../../replication/sim/index.ts';
import { failureOf } from '../campaign/failure.ts';
import type { RecordedScenario } from '../campaign/recorded-scenario.ts';
import { recordSeed } from '../campaign/run-seed.ts';
import { shrinkScenario } from '../campaign/shrink.ts';
import { writeScenario } from '../campaign/write-scenario.ts';
import { type Lab, LabError, type LabItem, readSuite } from './lab.ts';
import { drawScenario, MINE } from './random-scenario.ts';
import { StudentHistory } from './student-history.ts';
import type { StudentProgram } from './student-program.ts';

/** A scenario in which a program fails, and what was seen there. */
export interface Counterexample {
  /** Undefined if no scenario shows it. */
  readonly scenario: string | undefined;
  /** One line: where, when, and what was seen instead. */
  readonly failure: string;
}

/** The grade of an item. */
export interface ItemResult {
  readonly id: string;
  readonly title: string;
  readonly points: number;
  readonly earned: number;
  /** Undefined if it holds. */
  readonly failure: string | undefined;
  /** Undefined if it holds, or if no scenario shows the failure. */
  readonly scenario: string | undefined;
}

/** So many failing seeds are shrunk, of which the shortest is shown. */
const MOST_SHRUNK = 3;
/** The most runs to shrink one. */
const MOST_RUNS = 300;

/** Runs a scenario with a student's program. Throws what is no scenario, or breaks at its start. */
export function runWith(protocol: SimulatedProtocol, text: string): ScenarioResult {
  return runScenario(text, { protocols: { [MINE]: protocol }, history: new StudentHistory() });
}

/** The first line of an item's counterexample. */
export function headingOf({ name }: Lab, { id, title }: LabItem): string {
  return `# ${name}, ${id}: ${title}\n`;
}

/**
 * Grades an item. `about` is called with each scenario before it runs, with undefined where a seed
 * of a campaign does; `mostRuns` is how many runs it may take to shorten one.
 */
export function gradeItem(
  lab: Lab,
  item: LabItem,
  program: StudentProgram,
  about: (scenario: string | undefined) => void,
  mostRuns = MOST_RUNS,
): ItemResult {
  const { id, title, points } = item;
  const grading = new Grading(program(item.guarantees), about, mostRuns);
  const found = grading.suite(lab, item) ?? grading.random(item) ?? grading.campaign(item);
  if (found === undefined)
    return { id, title, points, earned: points, failure: undefined, scenario: undefined };
  return { id, title, points, earned: 0, ...found, scenario: withHeading(lab, item, found) };
}

/** The result of an item whose program did not come to an end, or ended the process. */
export function brokenOff(lab: Lab, item: LabItem, failure: string, running: string | undefined): ItemResult {
  const { id, title, points } = item;
  const scenario = withHeading(lab, item, { scenario: running, failure });
  return { id, title, points, earned: 0, failure, scenario };
}

function withHeading(lab: Lab, item: LabItem, { scenario, failure }: Counterexample): string | undefined {
  if (scenario === undefined) return undefined;
  return `${headingOf(lab, item)}# What fails here: ${failure}\n${scenario.trimEnd()}\n`;
}

class Grading {
  readonly #protocol: SimulatedProtocol;
  readonly #about: (scenario: string | undefined) => void;
  readonly #mostRuns: number;

  constructor(protocol: SimulatedProtocol, about: (scenario: string | undefined) => void, mostRuns: number) {
    this.#protocol = protocol;
    this.#about = about;
    this.#mostRuns = mostRuns;
  }

  /** The first scenario of the lab that fails, up to the line where it does. */
  suite(lab: Lab, { scenarios }: LabItem): Counterexample | undefined {
    for (const name of scenarios) {
      const text = readSuite(lab, name);
      const failure = this.#failure(text);
      if (failure !== undefined) return this.#counterexample(text, failure);
    }
    return undefined;
  }

  /** The shortest of the first few failing scenarios that are drawn. */
  random({ random: spec }: LabItem): Counterexample | undefined {
    const found: string[] = [];
    for (let seed = 1; spec !== undefined && seed <= spec.seeds && found.length < MOST_SHRUNK; seed++) {
      const scenario = drawScenario(spec, seed);
      const text = writeScenario(scenario);
      const failure = this.#failure(text);
      if (failure === undefined) continue;
      found.push(failure.line === 0 ? text : this.#shrink(scenario, text, failure));
    }
    return this.#shortest(found);
  }

  /** The first failing seed of a campaign. */
  campaign({ campaign }: LabItem): Counterexample | undefined {
    for (let seed = 1; seed <= (campaign?.seeds ?? 0); seed++) {
      this.#about(undefined);
      const { result, scenario } = recordSeed(this.#protocol, seed);
      if (result.failure === undefined) continue;
      const [failure = ''] = result.failure.message.split('\n', 1);
      if (scenario === undefined) return { scenario: undefined, failure: `seed ${seed}: ${failure}` };
      const shrunk = shrinkScenario(scenario, { [MINE]: this.#protocol }, this.#mostRuns);
      return this.#shortest([writeScenario(shrunk.scenario)]);
    }
    return undefined;
  }

  #shortest(found: readonly string[]): Counterexample | undefined {
    const [text] = found.toSorted((a, b) => lines(a) - lines(b) || a.length - b.length);
    if (text === undefined) return undefined;
    return this.#counterexample(text, this.#failure(text));
  }

  #shrink(scenario: RecordedScenario, text: string, { line, message }: Failed): string {
    const isAtTheEnd = line > lines(text) - scenario.ending.length;
    // What fails before the end does so by itself.
    const { kind } = failureOf('unsafe', message);
    const whole = isAtTheEnd ? scenario : { ...scenario, kind, ending: [] };
    const shrunk = shrinkScenario(whole, { [MINE]: this.#protocol }, this.#mostRuns);
    return shrunk.fails ? writeScenario(shrunk.scenario) : text;
  }

  /**
   * The scenario up to the line where it fails. `failure`: what was seen there. A program without
   * hidden state repeats it.
   */
  #counterexample(text: string, failure: Failed | undefined): Counterexample {
    const kept = text.split('\n').slice(0, failure?.line || undefined);
    const scenario = kept.join('\n').trimEnd();
    const again = this.#failure(scenario)?.message;
    // Where operations are told, they are in the story.
    const what = (failure?.message ?? 'nothing').split('\n', 1)[0]!.replace(/:$/, '');
    if (again !== undefined && again === failure?.message) return { scenario, failure: what };
    return {
      scenario,
      failure: `not the same when it runs again (${what}): use ctx.random and ctx.now, and keep everything in the state`,
    };
  }

  #failure(text: string): Failed | undefined {
    this.#about(text);
    try {
      const { failure } = runWith(this.#protocol, text);
      return failure && { line: failure.line, message: failure.message };
    } catch (error) {
      // A mistake of the lab, not of the program.
      if (error instanceof Error && error.name === 'ScenarioError')
        throw new LabError(
          `a scenario of the lab cannot be read, line ${(error as { line?: number }).line}: ${error.message}`,
        );
      return { line: 0, message: describeThrown(error) };
    }
  }
}

/** Where a scenario failed: its line, counted from 1; 0 if it never began. */
interface Failed {
  readonly line: number;
  readonly message: string;
}

function lines(text: string): number {
  return text.trimEnd().split('\n').length;
}

function describeThrown(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : `threw ${String(error)}`;
}
