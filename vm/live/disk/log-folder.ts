/**
 * The files of a log in a folder of their own, which is made with the first of them. A step can be
 * carried out in this thread, or in the system's pool of threads while this one goes on.
 *
 * Files are filled with real zeros: a file that is only made longer takes no space yet, and would
 * have to be given it with each write.
 */
import {
  closeSync,
  existsSync,
  fdatasync,
  fdatasyncSync,
  fsync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  write,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';
import { checkWritten, type FileStep, type Files, perform } from '../../disk-log/files.ts';
import type { Codec } from '../../disk-log/layout.ts';
import { syncFolder } from './folders.ts';

const writeLater = promisify(write);
const dataSyncLater = promisify(fdatasync);
const syncLater = promisify(fsync);

/** Zeros written at once. */
const ZEROS = Buffer.alloc(2 ** 18);

/** What the log leaves to its host. */
export const CODEC: Codec = {
  crc32,
  encode: (text) => Buffer.from(text),
  decode: (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(),
};

/** The folder of a log. */
export class LogFolder implements Files {
  readonly #folder: string;
  /** The files that are open, by their names. */
  readonly #open = new Map<string, number>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  list(): readonly string[] {
    return existsSync(this.#folder) ? readdirSync(this.#folder) : [];
  }

  read(name: string): Uint8Array {
    return readFileSync(this.#path(name));
  }

  create(name: string, bytes: number): void {
    const fd = this.#make(name);
    try {
      // The write before the one that finds no space may be a short one.
      for (let left = bytes; left > 0; ) left -= writeSync(fd, ZEROS.subarray(0, left));
    } catch (error) {
      this.#giveUp(name);
      throw error;
    }
  }

  write(name: string, at: number, bytes: Uint8Array): number {
    return writeSync(this.#descriptor(name), bytes, 0, bytes.length, at);
  }

  sync(name: string): void {
    fdatasyncSync(this.#descriptor(name));
  }

  rename(from: string, to: string): void {
    this.#close(to);
    renameSync(this.#path(from), this.#path(to));
    const fd = this.#open.get(from);
    this.#open.delete(from);
    if (fd !== undefined) this.#open.set(to, fd);
  }

  remove(name: string): void {
    this.#close(name);
    unlinkSync(this.#path(name));
  }

  syncDirectory(): void {
    syncFolder(this.#folder);
  }

  /** Carries out a step; what takes long does not block this thread. */
  async performLater(step: FileStep): Promise<void> {
    switch (step.do) {
      case 'create': {
        const fd = this.#make(step.name);
        return this.#createLater(step.name, fd, step.bytes);
      }
      case 'write': {
        const { name, at, bytes } = step;
        const { bytesWritten } = await writeLater(this.#descriptor(name), bytes, 0, bytes.length, at);
        return checkWritten(bytes, bytesWritten);
      }
      case 'sync':
        return dataSyncLater(this.#descriptor(step.name));
      case 'syncDirectory': {
        const fd = openSync(this.#folder, 'r');
        try {
          return await syncLater(fd);
        } finally {
          closeSync(fd);
        }
      }
      default:
        return perform(step, this);
    }
  }

  close(): void {
    for (const name of [...this.#open.keys()]) this.#close(name);
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }

  #descriptor(name: string): number {
    const known = this.#open.get(name);
    if (known !== undefined) return known;
    const fd = openSync(this.#path(name), 'r+');
    this.#open.set(name, fd);
    return fd;
  }

  #close(name: string): void {
    const fd = this.#open.get(name);
    this.#open.delete(name);
    if (fd !== undefined) closeSync(fd);
  }

  /** An empty file, open. */
  #make(name: string): number {
    if (!existsSync(this.#folder)) {
      mkdirSync(this.#folder, { mode: 0o700 });
      syncFolder(dirname(this.#folder));
    }
    this.#close(name);
    const fd = openSync(this.#path(name), 'w+', 0o600);
    this.#open.set(name, fd);
    return fd;
  }

  async #createLater(name: string, fd: number, bytes: number): Promise<void> {
    try {
      for (let left = bytes; left > 0; ) left -= (await writeLater(fd, ZEROS.subarray(0, left))).bytesWritten;
    } catch (error) {
      this.#giveUp(name);
      throw error;
    }
  }

  /** A file that cannot be filled must not keep the space that it has. */
  #giveUp(name: string): void {
    this.#close(name);
    rmSync(this.#path(name), { force: true });
  }
}
