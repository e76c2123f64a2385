/**
 * Space on the file system of a database and its log. A full disk is no failure: what does not fit
 * waits, in order, until space has been freed.
 *
 * Writing stops before the disk is completely full: there LMDB itself writes to standard error and
 * has been seen to hang, and it needs a few pages to start and to stop. If another program takes
 * the space and LMDB hits the limit all the same, it aborts the transaction and stays as it was; a
 * partial write is reported as an input/output error. The log needs space only for a new segment.
 */
import { statfsSync } from 'node:fs';

/** This much is left free. */
const RESERVED_BYTES = 4 * 2 ** 20;
/**
 * This much must be free before writing resumes: somewhat more, so that the disk is not full again
 * at once.
 */
const ENOUGH_BYTES = 2 * RESERVED_BYTES;
/** How often the free space of a full disk is checked, in milliseconds. */
const RETRY_MS = 1_000;

/** Codes of errors: LMDB gives the system's numbers, Node their names. */
const FULL: readonly unknown[] = [28, 122, 'ENOSPC', 'EDQUOT'];
const EIO = 5;

/** A disk has filled up, or has space again; `line` is a message about it. */
export interface SpaceChange {
  readonly full: boolean;
  readonly line: string;
}

/** What is asked of a file system. Tests have their own. */
export interface FileSystem {
  /** Bytes that this process may still write where `file` is. */
  freeBytes(file: string): number;
}

const OWN: FileSystem = {
  freeBytes(file) {
    const { bavail, bsize } = statfsSync(file);
    return bavail * bsize;
  },
};

/** The space for one file. */
export class DiskSpace {
  readonly #file: string;
  readonly #fileSystem: FileSystem;
  /** Called when the disk fills up and when there is space again. */
  listener: ((news: SpaceChange) => void) | undefined;
  #isFull = false;
  #pause: Promise<void> | undefined;
  #endPause: (() => void) | undefined;

  constructor(file: string, fileSystem = OWN) {
    this.#file = file;
    this.#fileSystem = fileSystem;
  }

  get isFull(): boolean {
    return this.#isFull;
  }

  /** Whether there is space to write so many bytes now. */
  check(bytes: number): boolean {
    const free = this.#fileSystem.freeBytes(this.#file);
    if (free < bytes + (this.#isFull ? ENOUGH_BYTES : RESERVED_BYTES)) this.#fill(free, bytes);
    else if (this.#isFull) {
      this.#isFull = false;
      this.listener?.({ full: false, line: `there is space again for ${this.#file}: writing goes on` });
    }
    return !this.#isFull;
  }

  /** Whether there is space for so many bytes that can do without. */
  fits(bytes: number): boolean {
    return !this.#isFull && this.#fileSystem.freeBytes(this.#file) >= bytes + RESERVED_BYTES;
  }

  /**
   * Whether a write failed because the disk was full. If so, the disk counts as full from now on.
   */
  lacked(error: unknown): boolean {
    const code = (error as { code?: unknown } | undefined)?.code;
    const free = this.#fileSystem.freeBytes(this.#file);
    const lacking = FULL.includes(code) || (code === EIO && free < RESERVED_BYTES);
    if (lacking) this.#fill(free, 0);
    return lacking;
  }

  /** Resolves after a while, or earlier if it is `abandon`ed. All who wait share one pause. */
  pause(): Promise<void> {
    this.#pause ??= new Promise((resolve) => {
      const timer = setTimeout(() => this.#endPause!(), RETRY_MS);
      this.#endPause = () => {
        clearTimeout(timer);
        this.#pause = undefined;
        this.#endPause = undefined;
        resolve();
      };
    });
    return this.#pause;
  }

  /** Ends a pause. */
  abandon(): void {
    this.#endPause?.();
  }

  #fill(free: number, needed: number): void {
    if (this.#isFull) return;
    this.#isFull = true;
    const [left, wanted] = [free, needed + ENOUGH_BYTES].map(
      (bytes) => `${(bytes / 2 ** 20).toFixed(1)} MiB`,
    );
    this.listener?.({
      full: true,
      line: `disk full: ${left} free to write ${this.#file}; nothing is acknowledged until ${wanted} are free`,
    });
  }
}
