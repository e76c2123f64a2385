/**
 * Files that lose power: of what was not synced, any sectors may be there afterwards and any may
 * not, in whatever order they were written, and of the changes of names any first part.
 */
import type { Files } from '../../../vm/disk-log/files.ts';

/** What is there after a crash as a whole or not at all. */
const SECTOR_BYTES = 512;

interface File {
  bytes: Uint8Array;
  synced: Uint8Array;
  /** The sectors that were written since, and whether its length was changed. */
  dirty: Set<number>;
  isLengthDirty: boolean;
}

/**
 * Which of the unsynced parts, in the order of `unsynced`, survive, and how many changes of names.
 */
export interface Kept {
  readonly parts: readonly boolean[];
  readonly names: number;
}

type Names = Map<string, File>;

/** A change of names: one goes, one comes, or both. */
interface NameChange {
  readonly without?: string;
  readonly name?: string;
  readonly file: File;
}

export class SimulatedFiles implements Files {
  #names: Names = new Map();
  #durable: Names = new Map();
  /** Changes of names since the directory was synced. */
  #changes: NameChange[] = [];
  /** How many bytes the next write writes; undefined: all. */
  shortWrite: number | undefined;

  list(): readonly string[] {
    return [...this.#names.keys()];
  }

  read(name: string): Uint8Array {
    return this.#file(name).bytes.slice();
  }

  create(name: string, bytes: number): void {
    const file = {
      bytes: new Uint8Array(bytes),
      synced: new Uint8Array(),
      dirty: new Set<number>(),
      isLengthDirty: true,
    };
    this.#change({ name, file });
  }

  write(name: string, at: number, bytes: Uint8Array): number {
    const file = this.#file(name);
    const count = this.shortWrite ?? bytes.length;
    this.shortWrite = undefined;
    if (at + count > file.bytes.length) throw new Error(`a write behind the end of ${name}`);
    file.bytes.set(bytes.subarray(0, count), at);
    for (let sector = Math.floor(at / SECTOR_BYTES); sector * SECTOR_BYTES < at + count; sector++)
      file.dirty.add(sector);
    return count;
  }

  sync(name: string): void {
    const file = this.#file(name);
    file.synced = file.bytes.slice();
    file.dirty.clear();
    file.isLengthDirty = false;
  }

  rename(from: string, to: string): void {
    this.#change({ without: from, name: to, file: this.#file(from) });
  }

  remove(name: string): void {
    this.#change({ without: name, file: this.#file(name) });
  }

  syncDirectory(): void {
    this.#durable = new Map(this.#names);
    this.#changes = [];
  }

  /** Changes a byte, as a bad sector does. */
  flip(name: string, at: number, bit: number): void {
    this.#file(name).bytes[at]! ^= 1 << bit;
  }

  /** Puts other bytes in the place of a file's. */
  replace(name: string, bytes: Uint8Array): void {
    this.#names.set(name, { bytes, synced: bytes.slice(), dirty: new Set(), isLengthDirty: false });
  }

  /** How many parts of files, and how many changes of names, are not synced. */
  get unsynced(): { readonly parts: number; readonly names: number } {
    const parts = this.#files().reduce((sum, file) => sum + file.dirty.size + Number(file.isLengthDirty), 0);
    return { parts, names: this.#changes.length };
  }

  /** What is there after a loss of power, of which these survive. */
  crash({ parts, names }: Kept): SimulatedFiles {
    const left = new Map<File, File>();
    let part = 0;
    for (const file of this.#files()) {
      const keepsLength = !file.isLengthDirty || parts[part++]!;
      const bytes = new Uint8Array(keepsLength ? file.bytes.length : file.synced.length);
      bytes.set(file.synced.subarray(0, bytes.length));
      for (const sector of file.dirty) {
        const at = sector * SECTOR_BYTES;
        if (parts[part++] && keepsLength) bytes.set(file.bytes.subarray(at, at + SECTOR_BYTES), at);
      }
      left.set(file, { bytes, synced: bytes.slice(), dirty: new Set(), isLengthDirty: false });
    }
    const after = new Map(this.#durable);
    for (const change of this.#changes.slice(0, names)) apply(change, after);
    const crashed = new SimulatedFiles();
    for (const [name, file] of after) crashed.#names.set(name, left.get(file)!);
    crashed.#durable = new Map(crashed.#names);
    return crashed;
  }

  /** The same files with the same parts unsynced. */
  clone(): SimulatedFiles {
    const copies = new Map<File, File>();
    for (const file of this.#files()) {
      const { bytes, synced, dirty, isLengthDirty } = file;
      copies.set(file, {
        bytes: bytes.slice(),
        synced: synced.slice(),
        dirty: new Set(dirty),
        isLengthDirty,
      });
    }
    const copy = new SimulatedFiles();
    copy.#names = copied(this.#names, copies);
    copy.#durable = copied(this.#durable, copies);
    copy.#changes = this.#changes.map((change) => ({ ...change, file: copies.get(change.file)! }));
    return copy;
  }

  #change(change: NameChange): void {
    apply(change, this.#names);
    this.#changes.push(change);
  }

  #file(name: string): File {
    const file = this.#names.get(name);
    if (file === undefined) throw new Error(`no file ${name}`);
    return file;
  }

  /** All files that have a name now or may have one after a crash. */
  #files(): File[] {
    return [
      ...new Set([
        ...this.#durable.values(),
        ...this.#changes.map(({ file }) => file),
        ...this.#names.values(),
      ]),
    ];
  }
}

function apply({ without, name, file }: NameChange, names: Names): void {
  if (without !== undefined) names.delete(without);
  if (name !== undefined) names.set(name, file);
}

function copied(names: Names, copies: ReadonlyMap<File, File>): Names {
  return new Map([...names].map(([name, file]) => [name, copies.get(file)!]));
}

/** The most parts of which every subset is tried. */
const MOST_EXHAUSTED = 8;

/**
 * What may survive a crash: every subset of few parts; of many, each first and each last part of
 * them, all but one, and one alone; each with every first part of the changes of names.
 */
export function* waysToCrash(files: SimulatedFiles): Iterable<Kept> {
  const { parts, names } = files.unsynced;
  for (let kept = 0; kept <= names; kept++)
    for (const some of subsets(parts)) yield { parts: some, names: kept };
}

function* subsets(count: number): Iterable<boolean[]> {
  const all = Array.from({ length: count }, (_, i) => i);
  if (count <= MOST_EXHAUSTED) {
    for (let mask = 0; mask < 2 ** count; mask++) yield all.map((i) => ((mask >> i) & 1) === 1);
    return;
  }
  yield all.map(() => true);
  for (let at = 0; at < count; at++) {
    yield all.map((i) => i < at);
    yield all.map((i) => i >= at && at > 0);
    yield all.map((i) => i !== at);
    yield all.map((i) => i === at);
  }
}
