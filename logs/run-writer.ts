/**
 * Writes a whole run of simulated machines into a new run folder: the manifest, a log per machine,
 * and the client history.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EventRecord, NodeId } from '../vm/index.ts';
import { LogError, reason } from './errors.ts';
import type { Manifest } from './format/manifest.ts';
import { createRun, finishRun, HISTORY_FILE } from './run-folder.ts';
import { LogWriter } from './writer.ts';

/** A run that is being written. */
export class RunWriter {
  readonly #dir: string;
  readonly #logs = new Map<NodeId, LogWriter>();
  #rows = 0;

  /** Makes the new folder `dir`. Throws a `LogError` if that cannot be done. */
  constructor(dir: string, manifest: Manifest) {
    createRun(dir, manifest);
    this.#dir = dir;
  }

  /** Rows so far. */
  get rows(): number {
    return this.#rows;
  }

  /** Adds a row to the log of its machine. */
  write(record: EventRecord): void {
    const { node } = record;
    let log = this.#logs.get(node);
    if (log === undefined) {
      log = new LogWriter({ dir: this.#dir, node, whenFull: 'wait' });
      this.#logs.set(node, log);
    }
    log.write(record);
    this.#rows++;
  }

  /** Flushes all logs to disk. */
  async close(): Promise<void> {
    for (const log of this.#logs.values()) await log.close();
  }

  /**
   * Closes the logs and records that the run has ended. `history`: the client history, as text.
   * Throws a `LogError` if something cannot be written.
   */
  async finish(history?: string): Promise<void> {
    await this.close();
    if (history !== undefined) {
      const path = join(this.#dir, HISTORY_FILE);
      try {
        writeFileSync(path, history);
      } catch (error) {
        throw new LogError(`cannot write ${path}: ${reason(error)}`);
      }
    }
    finishRun(this.#dir);
  }
}
