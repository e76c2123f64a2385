/** Writes the scenario of a failure, shrunk, into a file of its own. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SimulatedProtocol } from '../../replication/sim/index.ts';
import type { RecordedSeed } from './run-seed.ts';
import { shrinkScenario } from './shrink.ts';
import { writeScenario } from './write-scenario.ts';

/** A folder that cannot be written to. The message is one line. */
export class SaveError extends Error {
  override readonly name = 'SaveError';
}

/** A line that names the saved file, or says why there is none. */
export interface Saved {
  readonly line: string;
}

/** Saves the first failure of each kind; the others of a kind are most likely the same. */
export class ScenarioSaver {
  /** By seed. */
  readonly files = new Map<number, string>();
  readonly #protocol: SimulatedProtocol;
  readonly #folder: string | undefined;
  readonly #kinds = new Set<string>();

  constructor(protocol: SimulatedProtocol, folder: string | undefined) {
    this.#protocol = protocol;
    this.#folder = folder;
  }

  /**
   * Throws a `SaveError` if the file cannot be written. Undefined for a failure of a kind that was
   * saved before.
   */
  save({ result, scenario }: RecordedSeed): Saved | undefined {
    const { seed, failure } = result;
    if (this.#folder === undefined || failure === undefined || this.#kinds.has(failure.kind))
      return undefined;
    this.#kinds.add(failure.kind);
    if (scenario === undefined) return { line: 'no scenario can show it' };
    const shrunk = shrinkScenario(scenario, { [scenario.protocol]: this.#protocol });
    if (!shrunk.fails) return { line: 'it does not fail as a scenario: no file' };
    const heading = [
      `Seed ${seed} of a campaign, shrunk: ${failure.message.split('\n', 1)[0]}`,
      ...['What fails here:', ...shrunk.message.split('\n')].map((line) => line.trimEnd()),
    ];
    const file = write(
      this.#folder,
      `${scenario.protocol}-seed-${seed}`,
      writeScenario(shrunk.scenario, heading),
    );
    this.files.set(seed, file);
    return { line: `shrunk in ${shrunk.runs} runs: npx tickraft sim ${file}` };
  }
}

/** A new file; if the name is taken, one with a number behind it. */
function write(folder: string, name: string, text: string): string {
  try {
    mkdirSync(folder, { recursive: true });
    for (let copy = 1; ; copy++) {
      const file = join(folder, `${name}${copy === 1 ? '' : `-${copy}`}.scenario`);
      if (writeNew(file, text)) return file;
    }
  } catch (error) {
    throw new SaveError(`${folder}: cannot be written to (${(error as NodeJS.ErrnoException).code})`);
  }
}

function writeNew(file: string, text: string): boolean {
  try {
    writeFileSync(file, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
