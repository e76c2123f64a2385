import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CheckReport } from '../../../analysis/analyze.ts';
import { applicability } from '../../../analysis/checks/applies.ts';
import { CHECKS } from '../../../analysis/checks/index.ts';
import { loadRun } from '../../../analysis/run/load.ts';
import { encodeEvents, HEADER } from '../../../logs/format/encode.ts';
import type { Manifest } from '../../../logs/format/manifest.ts';
import { createRun } from '../../../logs/run-folder.ts';
import type { EventRecord } from '../../../vm/event.ts';
import { temporaryFolder } from '../../logs/temporary.ts';

/** An event with what a test says of it; the rest is of no matter. */
export type Planted = Partial<EventRecord> & Pick<EventRecord, 'event'>;

/** A run folder with a log for each node. Times count up by a millisecond where a row has none. */
export function plantRun(logs: Record<string, readonly Planted[]>, manifest: Partial<Manifest> = {}): string {
  const dir = temporaryFolder();
  createRun(dir, {
    schemaVersion: 2,
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

/**
 * What a check finds in planted logs, as `analyzeRun` reports it; the other checks are not asked.
 */
export async function check(
  name: string,
  logs: Record<string, readonly Planted[]>,
  manifest: Partial<Manifest> = {},
): Promise<CheckReport> {
  const { claim, run: ask } = CHECKS.find((one) => one.name === name)!;
  const run = await loadRun(plantRun(logs, manifest));
  try {
    const reason = (await applicability(run))(name);
    if (reason !== undefined) return { name, claim, outcome: 'not-applicable', notes: [reason] };
    return { name, claim, ...(await ask(run)) };
  } finally {
    run.database.close();
  }
}

/** The places of the rows of each case. */
export function places(report: CheckReport): string[][] {
  if (report.outcome !== 'violated') throw new Error(`${report.name}: ${report.outcome}`);
  return report.evidence.map((rows) => rows.map(({ file, line }) => `${file}:${line}`));
}
