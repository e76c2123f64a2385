/**
 * The file under a log writer: opened new or where an earlier process left off, and, with a limit,
 * replaced by a fresh one whenever it has an eighth of the limit.
 */
import {
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import type { NodeId } from '../vm/index.ts';
import { LogError, reason } from './errors.ts';
import { HEADER } from './format/encode.ts';
import { currentPath, olderNumbers, olderPath } from './segments.ts';

/** A log with a limit is kept in so many parts, the current one included. */
const PARTS = 8;

/** An open log file. Its owner writes at `position` and moves it on. */
export class LogFile {
  readonly path: string;
  readonly #dir: string;
  readonly #node: NodeId;
  readonly #partBytes: number;
  fd: number;
  /** Bytes in the current file. */
  position: number;
  /**
   * 1 if the last process to write here was killed in the middle of a row, which has been cut off;
   * else 0.
   */
  tornRows = 0;

  /** Throws a `LogError` if the file cannot be opened or holds something else. */
  constructor(dir: string, node: NodeId, limitBytes = Number.POSITIVE_INFINITY) {
    this.path = currentPath(dir, node);
    this.#dir = dir;
    this.#node = node;
    this.#partBytes = limitBytes / PARTS;
    try {
      this.fd = openSync(this.path, existsSync(this.path) ? 'r+' : 'wx+');
    } catch (error) {
      throw new LogError(`cannot write ${this.path}: ${reason(error)}`);
    }
    this.position = this.#resume();
  }

  /** Where the next `bytes` go. Begins a new part if they do not fit into the current one. */
  roomFor(bytes: number): { readonly fd: number; readonly position: number } {
    if (this.position > HEADER.length && this.position + bytes > this.#partBytes) this.#rotate();
    return this;
  }

  /** Checks the existing file, cuts off a torn row, and returns where to continue. */
  #resume(): number {
    const { size } = fstatSync(this.fd);
    const header = Buffer.alloc(Math.min(size, HEADER.length));
    readSync(this.fd, header, 0, header.length, 0);
    if (!HEADER.startsWith(header.toString('latin1'))) {
      closeSync(this.fd);
      throw new LogError(`${this.path} exists already and is not a log of this version`);
    }
    if (size < HEADER.length) return writeSync(this.fd, HEADER, 0);
    const end = wholeRows(this.fd, size);
    if (end === size) return size;
    this.tornRows = 1;
    ftruncateSync(this.fd, end);
    return end;
  }

  #rotate(): void {
    const older = olderNumbers(this.#dir, this.#node);
    // The path may be free already, after an earlier attempt that failed later.
    if (existsSync(this.path))
      renameSync(this.path, olderPath(this.#dir, this.#node, (older.at(-1) ?? 0) + 1));
    const fd = openSync(this.path, 'wx+');
    closeSync(this.fd);
    this.fd = fd;
    this.position = writeSync(fd, HEADER, 0);
    for (const number of older.slice(0, -(PARTS - 2))) rmSync(olderPath(this.#dir, this.#node, number));
  }
}

/** How many of a file's bytes are whole lines. */
function wholeRows(fd: number, size: number): number {
  const block = Buffer.alloc(64 * 1024);
  for (let end = size; end > 0; end -= block.length) {
    const start = Math.max(0, end - block.length);
    const length = readSync(fd, block, 0, end - start, start);
    const at = block.subarray(0, length).lastIndexOf(0x0a);
    if (at >= 0) return start + at + 1;
  }
  return 0;
}
