/** Reads the file of a backup, a piece at a time. */
import { closeSync, openSync, readSync } from 'node:fs';
import { reason } from '../../vm/index.ts';
import { BackupError, type BackupHeader, BackupParser, type Pair } from './format.ts';

const PIECE_BYTES = 2 ** 20;

/** A backup that is open. Close it after use. */
export class BackupFile {
  readonly header: BackupHeader;
  readonly #file: string;
  readonly #fd: number;
  readonly #parser: BackupParser;
  readonly #piece = Buffer.allocUnsafe(PIECE_BYTES);
  /** Pairs that came with the header. */
  readonly #first: Pair[] = [];

  /** Reads what the backup says of itself. Throws a `BackupError`. */
  constructor(file: string) {
    this.#file = file;
    this.#parser = new BackupParser(file);
    try {
      this.#fd = openSync(file, 'r');
    } catch (error) {
      throw new BackupError(`cannot read ${file}: ${reason(error)}`);
    }
    try {
      while (this.#parser.header === undefined) {
        const pairs = this.#read();
        if (pairs === undefined) break;
        for (const pair of pairs) this.#first.push(pair);
      }
      if (this.#parser.header === undefined) this.#parser.finish();
    } catch (error) {
      this.close();
      throw error;
    }
    this.header = this.#parser.header!;
  }

  /** All pairs, once. If the file is not whole, throws a `BackupError` at the end at the latest. */
  *pairs(): Iterable<Pair> {
    yield* this.#first;
    for (let pairs = this.#read(); pairs !== undefined; pairs = this.#read()) yield* pairs;
    this.#parser.finish();
  }

  close(): void {
    closeSync(this.#fd);
  }

  /** The pairs in the next piece; undefined at the end of the file. */
  #read(): Pair[] | undefined {
    let count: number;
    try {
      count = readSync(this.#fd, this.#piece);
    } catch (error) {
      throw new BackupError(`cannot read ${this.#file}: ${reason(error)}`);
    }
    return count === 0 ? undefined : this.#parser.push(this.#piece.subarray(0, count));
  }
}
