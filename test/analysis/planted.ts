import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeEvents, HEADER } from '../../logs/encode.ts';
import type { Manifest } from '../../logs/manifest.ts';
import { createRun } from '../../logs/run-folder.ts';
import type { EventRecord } from '../../vm/event.ts';
import { temporaryFolder } from '../logs/temporary.ts';

/** An event with what a test says of it; the rest is of no matter. */
export type Planted = Partial<EventRecord> & Pick<EventRecord, 'event'>;

/** A run folder with a log for each node. Times count up by a millisecond where a row has none. */
export function plantRun(logs: Record<string, readonly Planted[]>, manifest: Partial<Manifest> = {}): string {
  const dir = temporaryFolder();
  createRun(dir, {
    schemaVersion: 1,
    program: 'planted',
    machines: Object.keys(logs).map((id) => ({ id })),
    stamp: 'after',
    vector: false,
    versions: {},
    settings: {},
    finished: true,
    ...manifest,
  });
  for (const [node, rows] of Object.entries(logs)) {
    const events = rows.map((row, i) => ({ timeUs: 1000 * (i + 1), node, ...row }));
    writeFileSync(join(dir, `${node}.csv`), HEADER + encodeEvents(events));
  }
  return dir;
}
