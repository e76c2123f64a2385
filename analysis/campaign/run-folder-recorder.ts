/** Records what happens in a scenario in a run folder, which `tickraft analyze` reads. */
import { basename } from 'node:path';
import { type Manifest, SCHEMA_VERSION } from '../../logs/format/index.ts';
import { packageVersion, RunWriter } from '../../logs/index.ts';
import type { ScenarioRecorder } from '../../replication/scenario/index.ts';
import type { EventRecord } from '../../vm/index.ts';
import type { WorldSettings } from '../../vm/sim/index.ts';

/**
 * The recorder of one run of the scenario in `file`. The same scenario gives the same folder, byte
 * for byte.
 */
export class RunFolderRecorder implements ScenarioRecorder {
  readonly #dir: string;
  readonly #file: string;
  #writer: RunWriter | undefined;

  constructor(dir: string, file: string) {
    this.#dir = dir;
    this.#file = file;
  }

  /** Makes the folder. Throws a `LogError` if that cannot be done. */
  begin(program: string, settings: WorldSettings): void {
    this.#writer = new RunWriter(this.#dir, manifestOf(program, settings, this.#file));
  }

  event(record: EventRecord): void {
    this.#writer?.write(record);
  }

  /**
   * Ends the run, with what its clients asked and were told. Throws a `LogError` if it cannot be
   * written.
   */
  async finish(history: string): Promise<void> {
    await this.#writer?.finish(history);
  }
}

function manifestOf(program: string, { seed, machines, clock }: WorldSettings, file: string): Manifest {
  return {
    schemaVersion: SCHEMA_VERSION,
    program,
    protocol: program,
    machines: machines.map(({ id, ticksPerSecond }) => ({ id, ticksPerSecond })),
    seed,
    ...clock,
    versions: { tickraft: packageVersion() },
    settings: { mode: 'simulated', scenario: basename(file) },
    finished: false,
  };
}
