/**
 * Raft with a planted bug: a patched copy of `replication/` with its folders `core/` and `raft/` in
 * a temporary folder, so that the product needs no switch for its tests. Everything else that it
 * imports, packages too, is the project's own.
 */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, normalize } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { SessionWindow } from '../../replication/core/session-window.ts';
import type { createRaft } from '../../replication/raft/raft.ts';

/**
 * One bug: in `file`, as `replication/raft/` would import it (`commit.ts`, `../core/sessions.ts`),
 * `find` (which must be there exactly once) becomes `replace`.
 */
export interface Bug {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** The folders that are copied. */
const FOLDERS = ['replication', 'replication/core', 'replication/raft', 'replication/raft/snapshot'];

/** The copy. */
export interface Planted {
  readonly createRaft: typeof createRaft;
  /** The client's side of its sessions. */
  readonly Window: typeof SessionWindow;
  dispose(): void;
}

/** Plants the bug. `dispose` removes the copy; what has been imported stays. */
export async function plantBug(...bugs: readonly Bug[]): Promise<Planted> {
  const folder = mkdtempSync(join(tmpdir(), 'tickraft-mutant-'));
  const dispose = () => rmSync(folder, { recursive: true });
  try {
    for (const inside of FOLDERS) copy(inside, folder, bugs);
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
    const load = (file: string) => import(pathToFileURL(join(folder, file)).href) as Promise<unknown>;
    const raft = (await load('replication/raft/raft.ts')) as { createRaft: typeof createRaft };
    const window = (await load('replication/core/session-window.ts')) as {
      SessionWindow: typeof SessionWindow;
    };
    return { createRaft: raft.createRaft, Window: window.SessionWindow, dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}

/** Copies the files of a folder of the project, with the bugs that are to be in them. */
function copy(inside: string, folder: string, bugs: readonly Bug[]): void {
  mkdirSync(join(folder, inside), { recursive: true });
  for (const file of readdirSync(join(ROOT, inside)).filter((name) => name.endsWith('.ts'))) {
    let source = readFileSync(join(ROOT, inside, file), 'utf8');
    const isHere = (bug: Bug) => normalize(join('replication/raft', bug.file)) === join(inside, file);
    for (const bug of bugs.filter(isHere)) source = patch(source, bug);
    writeFileSync(join(folder, inside, file), source.replace(/'(?:\.\.\/)+vm\//g, `'${ROOT}vm/`));
  }
}

function patch(source: string, { file, find, replace }: Bug): string {
  const parts = source.split(find);
  if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} times, not once: ${find}`);
  return parts.join(replace);
}
