/**
 * A copy of a run that is still being written, its client history too, of whole rows only: the
 * analysis must not meet a half-written row or a log that is renamed while it is read. Only what is
 * new is copied.
 */
import {
  closeSync,
  mkdtempSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { encodeManifest, type Manifest } from '../../logs/format/index.ts';
import { HISTORY_FILE, LogError, listLogs, openRun, reason } from '../../logs/index.ts';

const BLOCK = 1024 * 1024;
const LINE_FEED = 0x0a;

/** A log file's copy. */
interface Copy {
  name: string;
  /** Bytes copied: whole lines. */
  bytes: number;
}

/** The copy of one run. Close it when done. */
export class Mirror {
  /** The folder of the copy. */
  readonly dir = mkdtempSync(join(tmpdir(), 'tickraft-follow-'));
  readonly #source: string;
  /** By inode: a log with a limit is renamed as it grows, and stays the same file. */
  #copies = new Map<number, Copy>();
  readonly #remove = () => rmSync(this.dir, { recursive: true, force: true });

  constructor(source: string) {
    this.#source = source;
    process.on('exit', this.#remove);
  }

  /**
   * Copies what is new. Returns whether anything is, and what `run.json` says. Throws a `LogError`
   * if the run cannot be read.
   */
  update(): { readonly changed: boolean; readonly manifest: Manifest } {
    const manifest = openRun(this.#source);
    // What a running machine has not yet written is not missing: the copy is treated as a live run.
    const startedAt = manifest.startedAt ?? (manifest.finished ? undefined : new Date(0).toISOString());
    try {
      writeFileSync(
        join(this.dir, 'run.json'),
        encodeManifest({ ...manifest, ...(startedAt && { startedAt }) }),
      );
      return { changed: this.#copyLogs(), manifest };
    } catch (error) {
      if (error instanceof LogError) throw error;
      throw new LogError(`cannot follow ${this.#source}: ${reason(error)}`);
    }
  }

  close(): void {
    this.#remove();
    process.off('exit', this.#remove);
  }

  #copyLogs(): boolean {
    const logs = listLogs(this.#source).flatMap(({ paths }) => paths);
    const files = [...logs, join(this.#source, HISTORY_FILE)].flatMap((path) => {
      // A file may have been renamed since the folder was listed: the next pass finds it.
      const stat = statSync(path, { throwIfNoEntry: false });
      return stat === undefined ? [] : [{ path, inode: stat.ino }];
    });
    let changed = this.#rename(files);
    for (const { path, inode } of files) {
      const copy = this.#copies.get(inode)!;
      const bytes = append(path, join(this.dir, copy.name), copy.bytes);
      changed ||= bytes !== copy.bytes;
      copy.bytes = bytes;
    }
    return changed;
  }

  /** Gives every copy the name that its file has now, and drops those whose file is gone. */
  #rename(files: readonly { readonly path: string; readonly inode: number }[]): boolean {
    const aside = (name: string) => join(this.dir, `.${name}`);
    let changed = false;
    for (const { name } of this.#copies.values()) renameSync(join(this.dir, name), aside(name));
    const kept = new Map<number, Copy>();
    for (const { path, inode } of files) {
      const name = basename(path);
      const copy = this.#copies.get(inode);
      if (copy === undefined) writeFileSync(join(this.dir, name), '');
      else renameSync(aside(copy.name), join(this.dir, name));
      changed ||= copy?.name !== name;
      kept.set(inode, { name, bytes: copy?.bytes ?? 0 });
    }
    for (const [inode, { name }] of this.#copies) if (!kept.has(inode)) rmSync(aside(name));
    this.#copies = kept;
    return changed;
  }
}

/**
 * Appends the whole lines of `from` after its first `bytes` to `to`, which has those. Returns how
 * many bytes `to` has now.
 */
function append(from: string, to: string, bytes: number): number {
  const source = openSync(from, 'r');
  const target = openSync(to, 'r+');
  try {
    const block = Buffer.alloc(BLOCK);
    let whole = bytes;
    let position = bytes;
    for (
      let read = readSync(source, block, 0, BLOCK, position);
      read > 0;
      read = readSync(source, block, 0, BLOCK, position)
    ) {
      writeSync(target, block, 0, read, position);
      const end = block.subarray(0, read).lastIndexOf(LINE_FEED);
      if (end >= 0) whole = position + end + 1;
      position += read;
    }
    truncateSync(to, whole);
    return whole;
  } finally {
    closeSync(source);
    closeSync(target);
  }
}
