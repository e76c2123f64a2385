/**
 * Raft with a bug planted in it: a patched copy of `replication/raft/` in a temporary folder, so that the
 * product needs no switch for its own tests. All else that it imports is the project's own.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { createRaft } from '../../replication/raft/raft.ts';

/** One bug: in `file` of `replication/raft/`, `find` (which must be there exactly once) becomes `replace`. */
export interface Bug {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const RAFT = join(ROOT, 'replication/raft');

/** Plants the bug. `dispose` removes the copy; what has been imported lives on. */
export async function plantBug(
  ...bugs: readonly Bug[]
): Promise<{ readonly createRaft: typeof createRaft; dispose(): void }> {
  const folder = mkdtempSync(join(tmpdir(), 'tickraft-mutant-'));
  const dispose = () => rmSync(folder, { recursive: true });
  try {
    for (const file of readdirSync(RAFT).filter((name) => name.endsWith('.ts'))) {
      let source = readFileSync(join(RAFT, file), 'utf8');
      for (const bug of bugs.filter((one) => one.file === file)) source = patch(source, bug);
      writeFileSync(join(folder, file), source.replaceAll("'../", `'${join(ROOT, 'replication')}/`));
    }
    const module = (await import(pathToFileURL(join(folder, 'raft.ts')).href)) as {
      createRaft: typeof createRaft;
    };
    return { createRaft: module.createRaft, dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}

function patch(source: string, { file, find, replace }: Bug): string {
  const parts = source.split(find);
  if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} times, not once: ${find}`);
  return parts.join(replace);
}
