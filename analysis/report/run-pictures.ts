/** What the report shows of a run besides its measures. Bounded, whatever the size of the run. */
import type { RunReport } from '../analyze.ts';
import type { Run } from '../run/load.ts';
import { type Mark, readMarks } from './marks.ts';
import { type KeptWindow, keepWindows } from './moments.ts';
import { type RoleSpan, readRoles } from './roles.ts';
import { type JumpInterval, type Latency, readJumps, readLatencies } from './series.ts';
import { type DetailWindow, hasTimes, readWindow } from './window.ts';

/** What was asked while the run was open. */
export interface RunPictures {
  readonly report: RunReport;
  /** Whether any row has a time; without, there are no pictures over time. */
  readonly isTimed: boolean;
  readonly marks: readonly Mark[];
  readonly roles: { readonly spans: readonly RoleSpan[]; readonly all: number };
  readonly latencies: readonly Latency[];
  readonly jumps: readonly JumpInterval[];
  readonly windows: readonly KeptWindow[];
  /** A run so small that all of it is kept. */
  readonly whole?: DetailWindow;
}

/** Windows of one run that are kept in detail, and rows in each: few enough to be told apart. */
const MOST_WINDOWS = 6;
const WINDOW_ROWS = 300;
/** Rows of a run that is kept as a whole, too. */
const WHOLE_ROWS = 1_500;

/** Asks an open run. */
export async function readPictures(run: Run, report: RunReport): Promise<RunPictures> {
  const faults = await readMarks(run);
  const [roles, latencies, jumps, windows] = await Promise.all([
    readRoles(run),
    readLatencies(run),
    readJumps(run),
    keepWindows(run, report, faults, { most: MOST_WINDOWS, rows: WINDOW_ROWS }),
  ]);
  const marks = [...faults, ...violationMarks(report)].sort((a, b) => a.atUs - b.atUs);
  const isTimed = await hasTimes(run);
  const isSmall = report.events <= WHOLE_ROWS;
  const whole = isSmall ? { whole: await readWindow(run, 0, report.durationUs, WHOLE_ROWS) } : {};
  return { report, isTimed, marks, roles, latencies, jumps, windows, ...whole };
}

/** A mark for each case of a violation that is shown, at its last row. */
function violationMarks({ checks, startUs }: RunReport): Mark[] {
  return checks.flatMap((check) =>
    check.outcome !== 'violated'
      ? []
      : check.evidence.map((rows) => ({
          atUs: Math.max(0, ...rows.map(({ time_us }) => (time_us ?? startUs) - startUs)),
          shape: 'violation' as const,
          label: 'violated',
          text: `violated: ${check.claim}`,
        })),
  );
}
