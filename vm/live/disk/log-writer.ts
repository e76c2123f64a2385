/**
 * Appends to the log, one group after the other. A small group is written in this thread, and
 * synced there, too, while the disk is quick: the way to another thread and back costs more than
 * that. A large one, or any on a slow disk, must not block the machine.
 */
import type { DiskLog } from '../../disk-log/disk-log.ts';
import { type FileStep, perform } from '../../disk-log/files.ts';
import type { LogRecord } from '../../disk-log/layout.ts';
import { type Mark, NEW_FILE } from '../../disk-log/segment.ts';
import type { DiskSpace } from './disk-space.ts';
import type { LogFolder } from './log-folder.ts';

/** A group of at most so many records and bytes is small. */
const FEW_RECORDS = 16;
const FEW_BYTES = 2 ** 16;
/**
 * A disk is quick if the last sync of a small group took less than so many milliseconds, the way to
 * another thread included: the disks of three replicas on one computer take turns.
 */
const QUICK_MS = 2;

/** The log of an open disk. */
export class LogWriter {
  readonly #log: DiskLog;
  readonly #folder: LogFolder;
  readonly #space: DiskSpace;
  /** Called with how long each sync took, in seconds. */
  onSync: ((seconds: number) => void) | undefined;
  /** How long the last sync of a small group took, in milliseconds. */
  #took = 0;
  /** A segment being made ahead of time. */
  #making: Promise<void> | undefined;

  constructor(log: DiskLog, folder: LogFolder, space: DiskSpace) {
    this.#log = log;
    this.#folder = folder;
    this.#space = space;
  }

  get mark(): Mark {
    return this.#log.mark;
  }

  get hasUnneeded(): boolean {
    return this.#log.hasUnneeded;
  }

  /**
   * Makes records, each of another key, durable together. False, and nothing has happened, if there
   * is no space for them.
   */
  async append(records: readonly LogRecord[]): Promise<boolean> {
    const group = this.#log.prepare(records);
    if (!this.#space.check(group.grows)) return false;
    const isSmall = isSmallGroup(group.records, group.steps);
    for (const step of group.steps) {
      const startedAt = performance.now();
      try {
        if (isSmall && (step.do === 'write' || this.#took < QUICK_MS)) perform(step, this.#folder);
        else await this.#folder.performLater(step);
        if (step.do !== 'sync') continue;
        const took = performance.now() - startedAt;
        if (isSmall) this.#took = took;
        this.onSync?.(took / 1_000);
      } catch (error) {
        if (!canRetry(step) || !this.#space.lacked(error)) throw error;
        return false;
      }
    }
    this.#log.appended(group);
    return true;
  }

  /** Drops the segments before `first`, after a mark with it is durable. */
  drop(first: number): void {
    for (const step of this.#log.drop(first)) perform(step, this.#folder);
  }

  /** Makes the next segment ahead of time, if there is space for one. */
  makeSpare(): void {
    if (!this.#log.hasSpare) this.#making ??= this.#makeSpare();
  }

  async close(): Promise<void> {
    await this.#making;
    this.#folder.close();
  }

  async #makeSpare(): Promise<void> {
    try {
      const steps = this.#log.spareSteps();
      const bytes = steps.reduce((sum, step) => sum + (step.do === 'create' ? step.bytes : 0), 0);
      if (!this.#space.fits(bytes)) return;
      for (const step of steps) await this.#folder.performLater(step);
      this.#log.spareMade();
    } catch {
      // Whatever it is, a group that needs a segment will meet it.
    } finally {
      this.#making = undefined;
    }
  }
}

/**
 * Whether a step that found no space can be done again with what follows it. What a failed sync has
 * lost the next one may call durable, so only a file that is made anew may be synced again.
 */
function canRetry(step: FileStep): boolean {
  return step.do === 'create' || step.do === 'write' || (step.do === 'sync' && step.name === NEW_FILE);
}

/** Whether a group has few records and bytes, and begins no segment. */
function isSmallGroup(records: readonly LogRecord[], steps: readonly FileStep[]): boolean {
  if (records.length > FEW_RECORDS || steps.length > 2) return false;
  return steps.every((step) => step.do !== 'write' || step.bytes.length <= FEW_BYTES);
}
