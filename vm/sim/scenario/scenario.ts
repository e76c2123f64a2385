/**
 * The scenario language: a story about a cluster in a simulated world, one command a line, that runs the same
 * everywhere and checks itself. `README.md` is its reference.
 */
import { parseScenario } from './parse.ts';
import { ScenarioFailure, ScenarioRun } from './run.ts';
import type { Registry } from './subject.ts';

/** Where and when a scenario broke off, and what was seen instead of what was expected. */
export interface Failure {
  /** Counted from 1. */
  readonly line: number;
  /** Ticks of the cluster's fastest clock since the start, and virtual milliseconds. */
  readonly tick: number;
  readonly ms: number;
  readonly message: string;
}

/** What came of a scenario. The transcript ends where the failure is. */
export interface ScenarioResult {
  readonly transcript: string;
  readonly failure: Failure | undefined;
}

/**
 * Runs a scenario with the subjects of `registry`. The same text gives the same transcript, byte for byte. Throws
 * a `ScenarioError` for a text that is no scenario.
 */
export function runScenario(text: string, registry: Registry): ScenarioResult {
  const { subject, settings, lines } = parseScenario(text, registry);
  const run = new ScenarioRun(subject, settings);
  const { narrator } = run;
  let failure: Failure | undefined;
  for (const { number, text, action } of lines) {
    narrator.line(text);
    if (action === undefined) continue;
    try {
      action(run);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      const message = error instanceof ScenarioFailure ? error.message : `${error.name}: ${error.message}`;
      failure = { line: number, tick: run.tick, ms: run.world.now / 1000, message };
    }
    narrator.endCommand();
    if (failure !== undefined) break;
  }
  if (failure !== undefined) narrator.line(`FAILED: ${describeFailure(failure)}`);
  return { transcript: narrator.transcript, failure };
}

/** A failure in one line. */
export function describeFailure({ line, tick, ms, message }: Failure): string {
  return `line ${line}, tick ${tick} (${ms} ms): ${message}`;
}
