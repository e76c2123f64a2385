/**
 * The scenario language: a test of a cluster in a simulated world, one statement a line, that runs
 * the same everywhere and checks itself. `README.md` is its reference.
 */
import type { EventRecord } from '../../vm/index.ts';
import type { Input, WorldSettings } from '../../vm/sim/index.ts';
import type { ProtocolRequest } from '../protocol.ts';
import type { KeyValueProtocol } from '../sim/protocol.ts';
import { PROTOCOLS, type Protocols } from '../sim/protocols.ts';
import { parseScenario, type Scenario } from './parse.ts';
import { ScenarioRun } from './run.ts';
import type { HistoryCheck } from './run-options.ts';
import { ScenarioFailure } from './scene.ts';

/** Where and when a scenario failed, and what was seen instead of what was expected. */
export interface Failure {
  /** Counted from 1. */
  readonly line: number;
  /** Ticks of the cluster's fastest clock since the start, and virtual milliseconds. */
  readonly tick: number;
  readonly ms: number;
  readonly message: string;
}

/** Receives the events of a scenario, as logs have them. */
export interface ScenarioRecorder {
  /** Before anything happens: the program that runs, and its world. */
  begin(program: string, settings: WorldSettings, protocol: KeyValueProtocol): void;
  event(record: EventRecord): void;
  /**
   * Something is done to the world. With these inputs a `History` of the same program and settings
   * comes to the same instants.
   */
  acted?(input: Input<ProtocolRequest>): void;
  /**
   * A line is about to be carried out, after so many simulation events. The last call, for the line
   * after the last, says how far the scenario came.
   */
  reached?(line: number, steps: number): void;
}

/** Options of a scenario's run. */
export interface ScenarioOptions {
  /** The protocols that it can name. Default: all there are. */
  readonly protocols?: Protocols;
  readonly recorder?: ScenarioRecorder | undefined;
  /** Lets it `expect linearizable`. */
  readonly history?: HistoryCheck;
}

/** The result of a scenario. The transcript ends at the failure. */
export interface ScenarioResult {
  readonly transcript: string;
  readonly failure: Failure | undefined;
}

/** A scenario that was run to its end, or to its failure. */
export interface PlayedScenario extends Pick<Scenario, 'names' | 'more'> {
  readonly run: ScenarioRun;
  readonly failure: Failure | undefined;
}

/**
 * Runs a scenario. The same text gives the same transcript, byte for byte, whether it is recorded
 * or not. Throws a `ScenarioError` for a text that is no scenario.
 */
export function runScenario(text: string, options: ScenarioOptions = {}): ScenarioResult {
  const { run, failure } = playScenario(text, options);
  if (failure !== undefined) run.narrator.line(`FAILED: ${describeFailure(failure)}`);
  return { transcript: run.narrator.transcript, failure };
}

/** Runs a scenario, for what is then to be done with its cluster. Throws as `runScenario` does. */
export function playScenario(
  text: string,
  { protocols = PROTOCOLS, recorder, history }: ScenarioOptions = {},
): PlayedScenario {
  const { settings: told, lines, names, more, ...scenario } = parseScenario(text, protocols);
  // Vector clocks are for logs; transcripts have none.
  const settings = recorder === undefined ? told : { ...told, clock: { ...told.clock, vector: true } };
  recorder?.begin(scenario.protocol.name, settings, scenario.protocol);
  const run = new ScenarioRun({
    ...{ ...scenario, settings, history },
    hear: (record) => recorder?.event(record),
    acted: (input) => recorder?.acted?.(input),
  });
  const { narrator } = run;
  let failure: Failure | undefined;
  for (const { number, text, action } of lines) {
    narrator.line(text);
    recorder?.reached?.(number, run.world.steps);
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
  recorder?.reached?.((failure?.line ?? lines.length) + 1, run.world.steps);
  return { run, names, more, failure };
}

/** A failure in one line. */
export function describeFailure({ line, tick, ms, message }: Failure): string {
  return `line ${line}, tick ${tick} (${ms} ms): ${message}`;
}
