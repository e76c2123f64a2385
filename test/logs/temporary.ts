import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const made: string[] = [];

/** A new empty folder; `removeTemporary` (for `afterAll`) takes all of them away. */
export function temporaryFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'tickraft-test-'));
  made.push(dir);
  return dir;
}

export function removeTemporary(): void {
  for (const dir of made.splice(0)) rmSync(dir, { recursive: true, force: true });
}
