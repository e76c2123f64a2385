/**
 * A report as text for a terminal, 80 columns wide: verdicts first, then the measures
 * (`sections.ts`).
 */
import type { CheckReport, RunReport } from '../analyze.ts';
import type { Evidence, LogRow } from '../checks/check.ts';
import { cleaned } from '../output/cleaned.ts';
import { plural } from '../output/plural.ts';
import { wrap } from '../output/text-table.ts';
import type { Hole } from '../run/load.ts';
import { sections } from './sections.ts';

/** What colours text, as picocolors does. */
export interface Colors {
  bold(text: string): string;
  dim(text: string): string;
  green(text: string): string;
  red(text: string): string;
  yellow(text: string): string;
}

const WIDTH = 80;
/** Lines of a list that are shown; the JSON report has all. */
const MOST_HOLES = 10;

/** The text of the reports, one after the other, ended by a line feed. */
export function reportText(given: readonly RunReport[], colors: Colors): string {
  const reports = cleaned(given);
  const texts = reports.map((report) => runLines(report, colors).join('\n'));
  return `${[...texts, ...(reports.length > 1 ? [overall(reports, colors)] : [])].join('\n\n')}\n`;
}

function runLines(report: RunReport, colors: Colors): string[] {
  const { holes } = report;
  return [
    colors.bold(report.path),
    colors.dim(describe(report)),
    '',
    ...verdictLines(report, colors),
    ...holeLines(holes, colors),
    ...sections(report).flatMap(({ title, head, lines, hidden }) => [
      '',
      colors.bold(title),
      ...head.map((line) => colors.dim(line)),
      ...lines,
      ...more(hidden, 'more', colors),
    ]),
    ...notApplicable(report).flatMap((text) => ['', ...wrap(text, WIDTH).map((line) => colors.dim(line))]),
  ];
}

/** What does not apply, in a sentence for each reason: the names of the checks. */
export function notApplicable({ checks }: RunReport): string[] {
  const byReason = new Map<string, string[]>();
  for (const { outcome, name, notes } of checks) {
    if (outcome !== 'not-applicable') continue;
    const reason = notes.join('; ');
    byReason.set(reason, [...(byReason.get(reason) ?? []), name]);
  }
  const parts = [...byReason].map(([reason, names]) => `${names.join(', ')} (${reason})`);
  return parts.length === 0 ? [] : [`not applicable: ${parts.join('; ')}`];
}

function describe({ manifest, events, durationUs }: RunReport): string {
  const { program, protocol, seed, stamp, finished } = manifest;
  return [
    protocol ?? program,
    ...(seed === undefined ? [] : [`seed ${seed}`]),
    ...(stamp === 'before' ? ['stamp before'] : []),
    `${plural(events, 'event')} in ${seconds(durationUs)} s`,
    ...(finished ? [] : ['not finished']),
  ].join(', ');
}

function seconds(us: number): string {
  return (us / 1e6).toFixed(3);
}

/** The worst first. Checks that cannot tell are listed briefly: a run of another kind has many. */
function verdictLines(report: RunReport, colors: Colors): string[] {
  const of = (outcome: CheckReport['outcome']) => report.checks.filter((check) => check.outcome === outcome);
  const told = [...of('violated'), ...of('holds')];
  const open = of('cannot tell')
    .flatMap(({ claim, notes }) =>
      wrap(`${claim}: ${notes.join('; ')}`, WIDTH - LABEL - 2).map(
        (line, i) => (i === 0 ? '- ' : '  ') + line,
      ),
    )
    .map((line, i) => (i === 0 ? colors.yellow('CANNOT TELL  ') : INDENT) + colors.dim(line));
  return [...told.flatMap((check) => checkLines(check, report, colors)), ...open];
}

function checkLines(check: CheckReport, report: RunReport, colors: Colors): string[] {
  const label = check.outcome.toUpperCase().padEnd(LABEL);
  const paint = check.outcome === 'holds' ? colors.green : colors.red;
  const [first, ...rest] = wrap(check.claim, WIDTH - LABEL);
  const lines = [paint(label) + first, ...rest.map((line) => INDENT + line)];
  for (const note of check.notes)
    lines.push(...wrap(note, WIDTH - LABEL).map((line) => INDENT + colors.dim(line)));
  if (check.outcome !== 'violated') return lines;
  const { evidence, count } = check;
  return [
    ...lines,
    ...evidence.flatMap((one) => evidenceLines(one, report)),
    ...more(count - evidence.length, 'more cases', colors),
  ];
}

const LABEL = 'CANNOT TELL  '.length;
const INDENT = ' '.repeat(LABEL);

/** The rows of one case, a line each, marked as belonging together. */
function evidenceLines(rows: Evidence, report: RunReport): string[] {
  const places = rows.map(({ file, line }) => `${file}:${line}`);
  const width = Math.max(...places.map((place) => place.length));
  return rows.map(
    (row, i) => `  ${i === 0 ? '-' : ' '} ${places[i]!.padEnd(width)}  ${rowText(row, report)}`,
  );
}

/** Events whose other machine is where something came from. */
const CAME_FROM = ['receive', 'append'];
/**
 * Events whose detail is for people: of a client history, what was asked and told; of a leader's
 * commit, who had the entry.
 */
const TELLING = ['call', 'commit'];

/** A row of a log in a line. */
export function rowText(row: LogRow, { startUs }: RunReport): string {
  const at = row.time_us === null ? [] : [`${seconds(row.time_us - startUs)} s`];
  const words = [...at, row.node, row.event];
  if (row.role !== null && row.event === 'role') words.push(row.role);
  if (row.index !== null) words.push(`index ${row.index}`);
  if (row.term !== null) words.push(`term ${row.term}`);
  if (row.lamport !== null) words.push(`clock ${row.lamport}`);
  if (row.message !== null) words.push(`message ${row.message}`);
  if (row.peer !== null)
    words.push(`${CAME_FROM.includes(row.event) ? 'from' : 'to'} ${row.peer.replaceAll(' ', ', ')}`);
  if (TELLING.includes(row.event) && row.detail !== null) words.push(row.detail);
  return words.join('  ');
}

function holeLines(holes: readonly Hole[], colors: Colors): string[] {
  if (holes.length === 0) return [];
  return [
    '',
    colors.yellow('What the logs do not tell:'),
    ...holes
      .slice(0, MOST_HOLES)
      .map(({ where, line, what }) => `  ${where}${line === undefined ? '' : `:${line}`}  ${what}`),
    ...more(holes.length - MOST_HOLES, 'more', colors),
  ];
}

function more(count: number, what: string, colors: Colors): string[] {
  return count > 0 ? [colors.dim(`  ... and ${count} ${what}`)] : [];
}

function overall(reports: readonly RunReport[], colors: Colors): string {
  const bad = reports.filter(({ checks }) => checks.some(({ outcome }) => outcome === 'violated')).length;
  const runs = plural(reports.length, 'run');
  return bad === 0
    ? colors.green(`${runs}: nothing is violated`)
    : colors.red(`${runs}: ${bad} with violations`);
}
