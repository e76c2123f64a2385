/** A report as text for a terminal, 90 columns wide. */
import type { CheckReport, RunReport } from './analyze.ts';
import { type Evidence, type LogRow, plural } from './check.ts';
import type { Hole } from './load.ts';
import type { Election } from './measures/elections.ts';
import type { MachineMeasures } from './measures/machines.ts';
import { type TextColumn, textTable, wrap } from './text-table.ts';

/** What colours text, as picocolors does. */
export interface Colors {
  bold(text: string): string;
  dim(text: string): string;
  green(text: string): string;
  red(text: string): string;
  yellow(text: string): string;
}

const WIDTH = 90;
/** Lines of a list that are shown; the JSON report has all. */
const MOST_ELECTIONS = 20;
const MOST_HOLES = 10;

const decimal = (value: number | null, digits: number) => (value === null ? null : value.toFixed(digits));
const whole = (value: number | null) => (value === null ? null : String(value));
const seconds = (us: number | null) => (us === null ? null : (us / 1e6).toFixed(3));

const MACHINES: readonly TextColumn<MachineMeasures>[] = [
  { heading: 'machine', align: 'left', value: ({ node }) => node },
  { heading: 'rate', unit: 'ticks/s', value: ({ rate }) => whole(rate) },
  { heading: 'events', value: ({ events }) => whole(events) },
  { heading: 'events', unit: '/s', value: ({ eventsPerSecond }) => decimal(eventsPerSecond, 2) },
  { heading: 'final', unit: 'clock', value: ({ clock }) => whole(clock) },
  { heading: 'mean', unit: 'jump', value: ({ meanJump }) => decimal(meanJump, 2) },
  { heading: 'max', unit: 'jump', value: ({ maxJump }) => whole(maxJump) },
  { heading: 'drift', unit: 'clock', value: ({ drift }) => whole(drift) },
  { heading: 'mean', unit: 'queue', value: ({ meanQueue }) => decimal(meanQueue, 2) },
  { heading: 'max', unit: 'queue', value: ({ maxQueue }) => whole(maxQueue) },
  { heading: 'starts', value: ({ starts }) => whole(starts) },
];

const ELECTIONS: readonly TextColumn<Election>[] = [
  { heading: 'term', value: ({ term }) => whole(term) },
  { heading: 'called', unit: 's', value: ({ calledUs }) => seconds(calledUs) },
  { heading: 'candidates', align: 'left', value: ({ candidates }) => candidates },
  { heading: 'won', unit: 's', value: ({ wonUs }) => seconds(wonUs) },
  { heading: 'leader', align: 'left', value: ({ leader }) => leader },
  { heading: 'took', unit: 'ms', value: ({ tookUs }) => decimal(tookUs === null ? null : tookUs / 1000, 1) },
];

/** The text of the reports, one after the other, ended by a line feed. */
export function reportText(reports: readonly RunReport[], colors: Colors): string {
  const texts = reports.map((report) => runLines(report, colors).join('\n'));
  return `${[...texts, ...(reports.length > 1 ? [overall(reports, colors)] : [])].join('\n\n')}\n`;
}

function runLines(report: RunReport, colors: Colors): string[] {
  const { machines, elections, checks, holes } = report;
  const table = <T>(columns: readonly TextColumn<T>[], rows: readonly T[]) => {
    const lines = textTable(columns, rows);
    return lines.map((line, i) => (i < 2 ? colors.dim(line) : line));
  };
  return [
    colors.bold(report.path),
    colors.dim(describe(report)),
    '',
    ...table(MACHINES, machines),
    ...(elections.length === 0 ? [] : ['', ...table(ELECTIONS, elections.slice(0, MOST_ELECTIONS))]),
    ...more(elections.length - MOST_ELECTIONS, 'more terms', colors),
    '',
    ...checks.flatMap((check) => checkLines(check, report, colors)),
    ...holeLines(holes, colors),
  ];
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

function checkLines(check: CheckReport, report: RunReport, colors: Colors): string[] {
  const label = check.outcome.toUpperCase().padEnd(LABEL);
  const paint = { holds: colors.green, violated: colors.red, 'cannot tell': colors.yellow }[check.outcome];
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

function rowText(row: LogRow, { startUs }: RunReport): string {
  const words = [`${seconds(row.time_us - startUs)} s`, row.node, row.event];
  if (row.role !== null && row.event === 'role') words.push(row.role);
  if (row.term !== null) words.push(`term ${row.term}`);
  if (row.lamport !== null) words.push(`clock ${row.lamport}`);
  if (row.message !== null) words.push(`message ${row.message}`);
  if (row.peer !== null)
    words.push(`${row.event === 'receive' ? 'from' : 'to'} ${row.peer.replaceAll(' ', ', ')}`);
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
