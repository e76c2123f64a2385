/** The screen of a run that is followed: its verdicts, and what changed last. */
import type { CheckReport, RunReport } from '../analyze.ts';
import { isExercise } from '../checks/applies.ts';
import { plural } from '../output/plural.ts';
import { clockSections, type Section } from '../report/sections.ts';
import { type Colors, notApplicable } from '../report/text.ts';

/** Something that changed, and when it was seen. */
export interface Change {
  /** Seconds since following began. */
  readonly atSeconds: number;
  readonly text: string;
}

/** A change as a line. */
export function changeLine({ atSeconds, text }: Change): string {
  return `${atSeconds.toFixed(0).padStart(6)} s  ${text}`;
}

/** The lines of the screen, cut to its size; the latest changes are dropped first. */
export function screenLines(
  path: string,
  report: RunReport,
  changes: readonly Change[],
  { rows, columns }: { readonly rows: number; readonly columns: number },
  colors: Colors,
): string[] {
  const { events, durationUs, checks } = report;
  const head = `${path}: ${plural(events, 'event')} in ${(durationUs / 1e6).toFixed(1)} s`;
  const applied = checks.filter(({ outcome }) => outcome !== 'not-applicable');
  const width = Math.max(...applied.map(({ name }) => name.length));
  const cut = (line: string) => line.slice(0, columns);
  const verdicts = [
    colors.bold(cut(head)),
    '',
    ...applied.map((check) => verdictLine(check, width, columns, colors)),
    '',
  ];
  const end = [...notApplicable(report).map(cut), cut('Ctrl-C ends')].map(colors.dim);
  const most = rows - 1 - end.length;
  // The questions of the exercise, as far as some changes fit too.
  const tables = isExercise(checks) ? clockSections(report).map((one) => tableLines(one, cut, colors)) : [];
  const shown: string[] = [];
  for (const table of tables)
    if (verdicts.length + shown.length + table.length + LEAST_CHANGES <= most) shown.push(...table);
  const lines = [
    ...verdicts,
    ...shown,
    colors.bold(cut('What changed, latest first')),
    ...changes.toReversed().map((change) => cut(changeLine(change))),
  ];
  return [...lines.slice(0, most), ...end];
}

/** Lines that are kept for what changed. */
const LEAST_CHANGES = 4;

/** A table of the clock exercise. */
function tableLines(
  { title, head, lines }: Section,
  cut: (line: string) => string,
  colors: Colors,
): string[] {
  const all = [...head.map((line) => colors.dim(cut(line))), ...lines.slice(0, MOST_MACHINES).map(cut)];
  return lines.length === 0 ? [] : [colors.bold(cut(title)), ...all, ''];
}

/** Machines that have a row in such a table. */
const MOST_MACHINES = 8;

const LABEL = 'CANNOT TELL  '.length;

function verdictLine(check: CheckReport, width: number, columns: number, colors: Colors): string {
  const { outcome, name, notes } = check;
  const paint = {
    holds: colors.green,
    violated: colors.red,
    'cannot tell': colors.yellow,
    'not-applicable': colors.dim,
  }[outcome];
  const rest = `${name.padEnd(width)}  ${notes[0] ?? ''}`.slice(0, Math.max(0, columns - LABEL));
  return paint(outcome.toUpperCase().padEnd(LABEL)) + rest;
}
