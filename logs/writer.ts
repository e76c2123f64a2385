/**
 * Writes one machine's log. `write` is cheap and never waits: rows are encoded at once and
 * collected in a bounded buffer that goes to disk in large pieces, a few times a second at least,
 * and on exit.
 *
 * The owner chooses what happens on a slow or full disk. A simulation is not in real time: it waits
 * (`wait`). A live machine must not block on its log: rows that do not fit are counted and left out
 * (`drop`), one message says so when it begins, and when the disk has recovered a row says how many
 * are missing (`fault`, kind `log`, detail `lost_rows=N`).
 *
 * Every write names its position in the file. So the exit handler may write again what is under way
 * at that moment: the same bytes at the same place.
 */
import { closeSync, write as writeCallback, writeSync } from 'node:fs';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { type EventRecord, type NodeId, writeDetail } from '../vm/index.ts';
import { LogError, reason } from './errors.ts';
import { EventEncoder } from './format/encode.ts';
import { LogFile } from './rotation.ts';

/** Where and how a log is written. */
export interface WriterOptions {
  /** The run folder. */
  readonly dir: string;
  /** The machine whose log it is; the file is `NODE.csv`. */
  readonly node: NodeId;
  /** When the buffer is full: wait for the disk, or drop rows and count them. */
  readonly whenFull: 'wait' | 'drop';
  /** The most bytes that wait for the disk. Default: 8 MiB. */
  readonly bufferBytes?: number;
  /**
   * The most bytes of this machine's log on disk; the oldest eighth is deleted when it is reached.
   * Default: no limit.
   */
  readonly limitBytes?: number;
  /** Called with a message when rows cannot be written. Default: standard error. */
  readonly onProblem?: (line: string) => void;
}

/** How long a row stays in memory, in milliseconds. */
const FLUSH_MS = 200;
/** This many bytes are written without waiting for more; fewer if the log is small. */
const CHUNK_BYTES = 256 * 1024;
/** Chunks that a log with a limit holds, at least: it is cut between them. */
const CHUNKS_PER_LOG = 64;
const BUFFER_BYTES = 8 * 1024 * 1024;

const writeAt = promisify(writeCallback);

/** One machine's log, open for writing. Continues where an earlier process left off. */
export class LogWriter {
  readonly #node: NodeId;
  readonly #waits: boolean;
  readonly #bufferBytes: number;
  readonly #chunkBytes: number;
  readonly #onProblem: (line: string) => void;
  readonly #file: LogFile;
  /** The latest rows. */
  readonly #rows = new EventEncoder();
  /** Rows not yet known to be written, oldest first; the first chunk may be being written. */
  #chunks: Uint8Array[] = [];
  /** Bytes in the chunks. */
  #bytes = 0;
  /** Rows left out since the last one that was kept. */
  #lost: number;
  /** Time of the latest row. */
  #lastUs = 0;
  #hasReported = false;
  #draining: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  /** Opens the log, creating the file if needed. Throws a `LogError` if that cannot be done. */
  constructor(options: WriterOptions) {
    this.#node = options.node;
    this.#waits = options.whenFull === 'wait';
    this.#bufferBytes = options.bufferBytes ?? BUFFER_BYTES;
    const limitBytes = options.limitBytes ?? Number.POSITIVE_INFINITY;
    this.#chunkBytes = Math.min(CHUNK_BYTES, this.#bufferBytes, limitBytes / CHUNKS_PER_LOG);
    this.#onProblem = options.onProblem ?? ((line) => void process.stderr.write(`${line}\n`));
    this.#file = new LogFile(options.dir, options.node, limitBytes);
    this.#lost = this.#file.tornRows;
    flushOnExit(this);
  }

  /** Takes a row. Throws a `LogError` only from a waiting writer whose disk fails. */
  write(event: EventRecord): void {
    if (this.#closed) throw new LogError(`${this.#file.path}: closed`);
    this.#lastUs = event.timeUs;
    if (!this.#waits) this.#timer ??= setTimeout(() => this.#onTimer(), FLUSH_MS).unref();
    if (!this.#waits && this.#bytes + this.#rows.length >= this.#bufferBytes) {
      this.#lost++;
      this.#report('the disk does not keep up');
      return;
    }
    this.#noteGap();
    this.#rows.add(event);
    if (this.#rows.length < this.#chunkBytes) return;
    if (this.#waits) this.flushSync();
    else {
      this.#handOver();
      this.#drainInBackground();
    }
  }

  /**
   * Resolves when all rows so far were passed to the operating system. Rejects with a `LogError` if
   * that fails.
   */
  async flush(): Promise<void> {
    this.#handOver();
    while (this.#chunks.length > 0) await this.#drain();
  }

  /**
   * Writes all rows so far before it returns: for the last moments of a process. Throws a
   * `LogError` if that fails.
   */
  flushSync(): void {
    this.#handOver();
    try {
      for (let chunk = this.#chunks[0]; chunk !== undefined; chunk = this.#chunks[0]) {
        const { fd, position } = this.#file.roomFor(chunk.length);
        for (let done = 0; done < chunk.length; ) {
          done += writeSync(fd, chunk, done, chunk.length - done, position + done);
        }
        this.#written(chunk);
      }
    } catch (error) {
      throw this.#failure(error);
    }
  }

  /**
   * Writes what is left and closes the file. Rejects with a `LogError` if rows were lost; the file
   * is closed all the same.
   */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    try {
      this.#noteGap();
      await this.flush();
    } finally {
      openWriters.delete(this);
      closeSync(this.#file.fd);
    }
  }

  #onTimer(): void {
    this.#timer = undefined;
    this.#handOver();
    this.#drainInBackground();
  }

  /** Moves the latest rows into a chunk of their own. */
  #handOver(): void {
    if (this.#rows.length === 0) return;
    const chunk = this.#rows.take();
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
  }

  /** Adds the row that stands for those left out, if any were. */
  #noteGap(): void {
    if (this.#lost === 0) return;
    const detail = writeDetail({ lost_rows: this.#lost });
    this.#lost = 0;
    this.#rows.add({ timeUs: this.#lastUs, node: this.#node, event: 'fault', kind: 'log', detail });
  }

  #drainInBackground(): void {
    this.#drain().catch((error: Error) => {
      this.#report(error.message);
      this.#timer ??= setTimeout(() => this.#onTimer(), FLUSH_MS).unref();
    });
  }

  /** Writes chunk after chunk, never two at a time. */
  #drain(): Promise<void> {
    this.#draining ??= this.#writeChunks().finally(() => {
      this.#draining = undefined;
    });
    return this.#draining;
  }

  async #writeChunks(): Promise<void> {
    try {
      for (let chunk = this.#chunks[0]; chunk !== undefined; chunk = this.#chunks[0]) {
        const { fd, position } = this.#file.roomFor(chunk.length);
        for (let done = 0; done < chunk.length; ) {
          done += (await writeAt(fd, chunk, done, chunk.length - done, position + done)).bytesWritten;
        }
        this.#written(chunk);
      }
    } catch (error) {
      throw this.#failure(error);
    }
    this.#hasReported = false;
  }

  /**
   * The first chunk was passed to the operating system. Nothing to do if `flushSync` has recorded
   * that meanwhile.
   */
  #written(chunk: Uint8Array): void {
    if (this.#chunks[0] !== chunk) return;
    this.#chunks.shift();
    this.#bytes -= chunk.length;
    this.#file.position += chunk.length;
  }

  /** Reports once, until writing works again, that rows are not being written. */
  #report(what: string): void {
    if (this.#hasReported) return;
    this.#hasReported = true;
    this.#onProblem(`log ${basename(this.#file.path)}: ${what}; rows may be missing from here on`);
  }

  #failure(error: unknown): LogError {
    return new LogError(`cannot write ${this.#file.path}: ${reason(error)}`);
  }
}

const openWriters = new Set<LogWriter>();
let hooked = false;

/** Unless the process is killed, its rows are written when it ends. */
function flushOnExit(writer: LogWriter): void {
  openWriters.add(writer);
  if (hooked) return;
  hooked = true;
  process.on('exit', () => {
    for (const open of openWriters) {
      try {
        open.flushSync();
      } catch (error) {
        process.stderr.write(`${(error as Error).message}\n`);
      }
    }
  });
}
