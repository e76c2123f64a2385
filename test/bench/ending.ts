/** Cleans up after a run, however it ends: kills its processes and removes its folders. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const actions = new Set<() => void>();
let hooked = false;

/**
 * Does `action` when this process ends, the latest first. Returns the way to do it now, instead.
 */
export function atEnd(action: () => void): () => void {
  hook();
  actions.add(action);
  return () => {
    if (actions.delete(action)) action();
  };
}

/**
 * A new folder for temporary files, with its way to remove it; at the latest it goes when this
 * process ends.
 */
export function temporaryFolder(): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'tickraft-bench-'));
  return { path, remove: atEnd(() => rmSync(path, { recursive: true, force: true, maxRetries: 3 })) };
}

function hook(): void {
  if (hooked) return;
  hooked = true;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130));
  process.on('exit', () => {
    for (const action of [...actions].reverse()) action();
  });
}
