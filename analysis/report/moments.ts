/** The interesting moments of a run, and the windows around them that are kept in detail. */
import type { RunReport } from '../analyze.ts';
import type { Run } from '../run/load.ts';
import type { Mark } from './marks.ts';
import { type DetailWindow, readWindow, windowAround } from './window.ts';

/** A moment, in microseconds since the run's first event. */
interface Moment {
  readonly atUs: number;
  /** What the moment shows, in a few words. */
  readonly why: string;
}

/** A window with what it shows. */
export interface KeptWindow extends DetailWindow {
  readonly why: string;
}

/** Moments of one kind that are taken. */
const MOST_OF_A_KIND = 3;

/** The most interesting ones first: violations, failovers, elections, faults, the beginning. */
function moments({ checks, measures, startUs }: RunReport, marks: readonly Mark[]): Moment[] {
  const violations = checks.flatMap((check) => {
    const row = check.outcome === 'violated' ? check.evidence[0]?.at(-1) : undefined;
    const us = row?.time_us ?? null;
    return us === null ? [] : [{ atUs: us - startUs, why: `violated: ${check.claim}` }];
  });
  const failovers = measures.failovers
    .toSorted((a, b) => (b.tookUs ?? Number.MAX_VALUE) - (a.tookUs ?? Number.MAX_VALUE))
    .map(({ node, term, lastUs }) => ({ atUs: lastUs, why: `${node}, leader of term ${term}, is gone` }));
  const elections = measures.elections.flatMap(({ term, calledUs }) =>
    calledUs === null ? [] : [{ atUs: calledUs, why: `the election of term ${term}` }],
  );
  const faults = marks.map(({ atUs, text }) => ({ atUs, why: text }));
  const kinds = [violations, failovers, elections, faults].map((kind) => kind.slice(0, MOST_OF_A_KIND));
  return [...kinds.flat(), { atUs: 0, why: 'the beginning' }];
}

/**
 * The windows around the most interesting moments, in order: at most `most`, of about `rows` rows
 * each.
 */
export async function keepWindows(
  run: Run,
  report: RunReport,
  marks: readonly Mark[],
  { most, rows }: { readonly most: number; readonly rows: number },
): Promise<KeptWindow[]> {
  if (report.events <= rows)
    return [{ ...(await readWindow(run, 0, report.durationUs, rows)), why: 'the whole run' }];
  const kept: KeptWindow[] = [];
  for (const { atUs, why } of moments(report, marks)) {
    if (kept.length === most) break;
    if (kept.some(({ fromUs, toUs }) => atUs >= fromUs && atUs < toUs)) continue;
    const window = await windowAround(run, report, atUs, rows);
    if (!kept.some((other) => isSame(window, other))) kept.push({ ...window, why });
  }
  return kept.sort((a, b) => a.fromUs - b.fromUs);
}

/** Whether one of them shows most of what the other does. */
function isSame(a: DetailWindow, b: DetailWindow): boolean {
  const shared = Math.min(a.toUs, b.toUs) - Math.max(a.fromUs, b.fromUs);
  return 2 * shared > Math.min(a.toUs - a.fromUs, b.toUs - b.fromUs);
}
