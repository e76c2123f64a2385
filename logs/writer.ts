/**
 * Writes one machine's log. `write` is cheap and never waits: rows gather in a bounded buffer that goes to disk
 * a few times a second, and on exit.
 *
 * What a slow or full disk means is the owner's choice. A simulation has no real time to keep: it waits
 * (`wait`). A live machine must not stand still for its log: rows that do not fit are counted and left out
 * (`drop`), one line says so when it begins, and when the disk is back a row says how many are missing
 * (`fault`, kind `log`, detail `lost_rows=N`).
 *
 * Every write names its position in the file. So the exit handler may write again what is under way at that
 * moment: the same bytes at the same place.
 */
import { closeSync, write as writeCallback, writeSync } from 'node:fs';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import type { NodeId } from '../vm/clock.ts';
import type { EventRecord } from '../vm/event.ts';
import { encodeEvents } from './encode.ts';
import { LogError, reason } from './errors.ts';
import { LogFile } from './log-file.ts';

/** Where and how a log is written. */
export interface WriterOptions {
  readonly dir: string;
  readonly node: NodeId;
  /** What happens when the buffer is full: see above. */
  readonly whenFull: 'wait' | 'drop';
  /** Most bytes that wait for the disk. 8 MiB unless told. */
  readonly bufferBytes?: number;
  /** Most bytes of this machine's log on disk; the oldest eighth goes when it is reached. Unlimited unless told. */
  readonly limitBytes?: number;
  /** Hears, in one line, that rows are not being written. Standard error unless told. */
  readonly onProblem?: (line: string) => void;
}

/** Rows that wait to be encoded, at most; encoding so few takes under a millisecond. */
const BATCH_ROWS = 256;
/** How long a row stays in memory, in milliseconds. */
const FLUSH_MS = 200;
/** A waiting writer writes when so many bytes have gathered. */
const WAIT_BYTES = 256 * 1024;
const BUFFER_BYTES = 8 * 1024 * 1024;

const writeAt = promisify(writeCallback);

/** One machine's log, open for writing. Goes on where an earlier process left off. */
export class LogWriter {
  readonly #node: NodeId;
  readonly #waits: boolean;
  readonly #bufferBytes: number;
  readonly #onProblem: (line: string) => void;
  readonly #file: LogFile;
  #batch: EventRecord[] = [];
  /** Encoded and not yet known to be written, oldest first; the first may be under way. */
  #chunks: Buffer[] = [];
  #bytes = 0;
  /** Rows left out since the last one that was kept. */
  #lost: number;
  /** Time of the latest batch's first row. */
  #lastUs = 0;
  #troubled = false;
  #draining: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  /** Opens the log, creating the file if needed. Throws a `LogError` if that cannot be done. */
  constructor(options: WriterOptions) {
    this.#node = options.node;
    this.#waits = options.whenFull === 'wait';
    this.#bufferBytes = options.bufferBytes ?? BUFFER_BYTES;
    this.#onProblem = options.onProblem ?? ((line) => void process.stderr.write(`${line}\n`));
    this.#file = new LogFile(options.dir, options.node, options.limitBytes);
    this.#lost = this.#file.tornRows;
    flushOnExit(this);
  }

  /** Takes a row. Throws a `LogError` only from a waiting writer whose disk fails. */
  write(event: EventRecord): void {
    if (this.#closed) throw new LogError(`${this.#file.path}: closed`);
    this.#batch.push(event);
    if (this.#batch.length >= BATCH_ROWS) this.#encode();
    if (!this.#waits) this.#timer ??= setTimeout(() => this.#onTimer(), FLUSH_MS).unref();
    else if (this.#bytes >= Math.min(WAIT_BYTES, this.#bufferBytes)) this.flushSync();
  }

  /** Resolves when all rows so far are with the operating system. Rejects with a `LogError` if that fails. */
  async flush(): Promise<void> {
    this.#encode();
    while (this.#chunks.length > 0) await this.#drain();
  }

  /** Writes all rows so far before it returns: for the last moments of a process. Throws a `LogError` if that fails. */
  flushSync(): void {
    this.#encode();
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

  /** Writes what is left and closes the file. Rejects with a `LogError` if rows were lost; the file is closed all the same. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    try {
      while (this.#chunks.length > 0) await this.#drain();
      if (this.#lost > 0 && this.#batch.length === 0) this.#batch.push(this.#gap());
      await this.flush();
    } finally {
      openWriters.delete(this);
      closeSync(this.#file.fd);
    }
  }

  #onTimer(): void {
    this.#timer = undefined;
    this.#encode();
    this.#drainInBackground();
  }

  /** Moves the batch into the buffer, or counts it as lost. */
  #encode(): void {
    const batch = this.#batch;
    if (batch.length === 0) return;
    this.#batch = [];
    this.#lastUs = batch[0]!.timeUs;
    if (this.#bytes >= this.#bufferBytes && !this.#waits) {
      this.#lost += batch.length;
      this.#trouble('the disk does not keep up');
      return;
    }
    if (this.#lost > 0) batch.unshift(this.#gap());
    const chunk = Buffer.from(encodeEvents(batch));
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (!this.#waits) this.#drainInBackground();
  }

  /** The row that stands for those left out. */
  #gap(): EventRecord {
    const detail = `lost_rows=${this.#lost}`;
    this.#lost = 0;
    return { timeUs: this.#lastUs, node: this.#node, event: 'fault', kind: 'log', detail };
  }

  #drainInBackground(): void {
    this.#drain().catch((error: Error) => {
      this.#trouble(error.message);
      this.#timer ??= setTimeout(() => this.#onTimer(), FLUSH_MS).unref();
    });
  }

  /** Writes chunk after chunk; one at a time, whoever asks. */
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
    this.#troubled = false;
  }

  /** The first chunk is with the operating system. Nothing to do if `flushSync` came in between and has said so already. */
  #written(chunk: Buffer): void {
    if (this.#chunks[0] !== chunk) return;
    this.#chunks.shift();
    this.#bytes -= chunk.length;
    this.#file.position += chunk.length;
  }

  /** Says once, until all is well again, that rows are not being written. */
  #trouble(what: string): void {
    if (this.#troubled) return;
    this.#troubled = true;
    this.#onProblem(`log ${basename(this.#file.path)}: ${what}; rows may be missing from here on`);
  }

  #failure(error: unknown): LogError {
    return new LogError(`cannot write ${this.#file.path}: ${reason(error)}`);
  }
}

const openWriters = new Set<LogWriter>();
let hooked = false;

/** However a process ends short of being killed, its rows are written. */
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
