/**
 * What a log asks of the files in one directory, as steps that are values: whoever carries them out
 * decides whether to wait for each or to let others wait. A crash between two of them, or in the
 * middle of one, is what a log must survive.
 *
 * What has been written is durable once its file is synced; a name, once the directory is.
 */

/** The files of one directory. Each function throws if it fails. */
export interface Files {
  list(): readonly string[];
  read(name: string): Uint8Array;
  /** Makes a file of so many zero bytes, all of which take space, in place of one of that name. */
  create(name: string, bytes: number): void;
  /** Writes into a file from byte `at` on. Returns how many bytes it has written. */
  write(name: string, at: number, bytes: Uint8Array): number;
  /** Makes what has been written into a file durable. */
  sync(name: string): void;
  /** Gives a file another name, in place of a file that has it. */
  rename(from: string, to: string): void;
  remove(name: string): void;
  /** Makes the names of all files durable. */
  syncDirectory(): void;
}

/** One call of `Files` that changes something. */
export type FileStep =
  | { readonly do: 'create'; readonly name: string; readonly bytes: number }
  | { readonly do: 'write'; readonly name: string; readonly at: number; readonly bytes: Uint8Array }
  | { readonly do: 'sync'; readonly name: string }
  | { readonly do: 'rename'; readonly from: string; readonly to: string }
  | { readonly do: 'remove'; readonly name: string }
  | { readonly do: 'syncDirectory' };

/** Carries out a step. Throws what the file system throws, and if less was written than asked. */
export function perform(step: FileStep, files: Files): void {
  switch (step.do) {
    case 'create':
      files.create(step.name, step.bytes);
      return;
    case 'write':
      checkWritten(step.bytes, files.write(step.name, step.at, step.bytes));
      return;
    case 'sync':
      files.sync(step.name);
      return;
    case 'rename':
      files.rename(step.from, step.to);
      return;
    case 'remove':
      files.remove(step.name);
      return;
    case 'syncDirectory':
      files.syncDirectory();
      return;
  }
}

/** Throws if only some of `bytes` were written. */
export function checkWritten(bytes: Uint8Array, written: number): void {
  if (written !== bytes.length) throw new Error(`wrote ${written} of ${bytes.length} bytes`);
}
