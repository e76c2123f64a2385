/** Pages of reports, made without files. */
import { analyzeRun } from '../../../analysis/analyze.ts';
import { ReportPage } from '../../../analysis/report/page.ts';
import { pageScript } from '../../../analysis/report/page-script.ts';
import { type RunPictures, readPictures } from '../../../analysis/report/run-pictures.ts';
import type { RunSource } from '../../../analysis/run/load.ts';
import { temporaryFolder } from '../../logs/temporary.ts';
import { recordRaft } from '../../support/recorded-raft.ts';

/** What the report shows of a run. */
export async function look(dir: string | RunSource): Promise<RunPictures> {
  let pictures: RunPictures | undefined;
  await analyzeRun(dir, undefined, async (run, report) => {
    pictures = await readPictures(run, report);
  });
  return pictures!;
}

/** The page about these runs. */
export function pageOf(...runs: readonly RunPictures[]): string {
  const page = new ReportPage(pageScript());
  for (const run of runs) page.add(run);
  return page.text();
}

/** Five replicas with clients, and with faults as often as that. */
export async function busyRun(events: number, faultEveryUs: number): Promise<RunPictures> {
  const dir = `${temporaryFolder()}/run`;
  await recordRaft(dir, { seed: 1, machines: 5, events, load: 2, faultEveryUs });
  return look(dir);
}
