/** The screen of a run that is followed: its verdicts, and what changed last. */
import type { CheckReport, RunReport } from '../analyze.ts';
import { plural } from '../check.ts';
import type { Colors } from '../report-text.ts';

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

/** The lines of the screen, no wider and no more than it has room for; the latest changes go first if there is not. */
export function screenLines(
  path: string,
  report: RunReport,
  changes: readonly Change[],
  { rows, columns }: { readonly rows: number; readonly columns: number },
  colors: Colors,
): string[] {
  const { events, durationUs, checks } = report;
  const head = `${path}: ${plural(events, 'event')} in ${(durationUs / 1e6).toFixed(1)} s`;
  const width = Math.max(...checks.map(({ name }) => name.length));
  const cut = (line: string) => line.slice(0, columns);
  const lines = [
    colors.bold(cut(head)),
    '',
    ...checks.map((check) => verdictLine(check, width, columns, colors)),
    '',
    colors.bold(cut('What changed, latest first')),
    ...changes.toReversed().map((change) => cut(changeLine(change))),
  ];
  return [...lines.slice(0, rows - 2), colors.dim(cut('Ctrl-C ends'))];
}

const LABEL = 'CANNOT TELL  '.length;

function verdictLine(check: CheckReport, width: number, columns: number, colors: Colors): string {
  const { outcome, name, notes } = check;
  const paint = { holds: colors.green, violated: colors.red, 'cannot tell': colors.yellow }[outcome];
  const rest = `${name.padEnd(width)}  ${notes[0] ?? ''}`.slice(0, Math.max(0, columns - LABEL));
  return paint(outcome.toUpperCase().padEnd(LABEL)) + rest;
}
