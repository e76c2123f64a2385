/**
 * Raft with a planted bug: a patched copy of `replication/` with its folders `core/` and `raft/` in
 * a temporary folder, so that the product needs no switch for its tests. Everything else that it
 * imports, packages too, is the project's own.
 */
import { join, normalize } from 'node:path';
import type { SessionWindow } from '../../replication/core/session-window.ts';
import type { createRaft } from '../../replication/raft/raft.ts';
import { type Bug, compile, plant, ROOT } from './mutant.ts';

export type { Bug } from './mutant.ts';

/** The folders that are copied. */
const FOLDERS = ['replication', 'replication/core', 'replication/raft', 'replication/raft/snapshot'];

/** The copy. */
export interface Planted {
  readonly createRaft: typeof createRaft;
  /** The client's side of its sessions. */
  readonly Window: typeof SessionWindow;
  dispose(): void;
}

/**
 * Plants bugs, whose files are named as `replication/raft/` would import them (`commit.ts`,
 * `../core/sessions.ts`). `dispose` removes the copy; what has been imported stays.
 */
export async function plantBug(...bugs: readonly Bug[]): Promise<Planted> {
  const placed = bugs.map((bug) => ({ ...bug, file: normalize(join('replication/raft', bug.file)) }));
  const { load, dispose } = plant(FOLDERS, placed, ({ name, text }) =>
    compile({ name, text: text.replace(/'(?:\.\.\/)+vm\//g, `'${ROOT}vm/`) }),
  );
  try {
    const raft = (await load('replication/raft/raft.js')) as { createRaft: typeof createRaft };
    const window = (await load('replication/core/session-window.js')) as {
      SessionWindow: typeof SessionWindow;
    };
    return { createRaft: raft.createRaft, Window: window.SessionWindow, dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}
