/** Making folders, and syncing their entries to disk. */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes `directory` and all above it, with this mode: by default for the owner alone. Throws the
 * system's error if that cannot be done. Node's own `recursive` option never returns where nothing
 * can be made but the parent is there, as in `/proc`.
 */
export function makeFolders(directory: string, mode = 0o700): void {
  if (existsSync(directory)) return;
  if (dirname(directory) !== directory) makeFolders(dirname(directory), mode);
  try {
    mkdirSync(directory, { mode });
  } catch (error) {
    // Another process may have made it meanwhile.
    if (!existsSync(directory)) throw error;
  }
}

/** Makes the names of the files in `directory` durable. */
export function syncFolder(directory: string): void {
  const entry = openSync(directory, 'r');
  fsyncSync(entry);
  closeSync(entry);
}
