/**
 * The measures of a report as tables of text, each under its title. A measure without rows has no
 * table.
 */
import type { RunReport } from '../analyze.ts';
import { isExercise } from '../checks/applies.ts';
import type { PairDrift } from '../measures/clocks.ts';
import type { CommitLatency, CopiesAtAnswer, CopyDelay } from '../measures/commits.ts';
import type { Election } from '../measures/elections.ts';
import type { Failover, Leadership } from '../measures/leaders.ts';
import type { LinkMeasures } from '../measures/links.ts';
import type { MachineMeasures } from '../measures/machines.ts';
import type { HeldConfiguration, LearnerCourse, Tolerance } from '../measures/members.ts';
import type { BlockedRequest, RequestMeasures } from '../measures/requests.ts';
import { type TextColumn, textTable } from '../output/text-table.ts';

/** A table of a report. */
export interface Section {
  readonly title: string;
  /** The table by its cells. */
  readonly columns: readonly SectionColumn[];
  readonly cells: readonly (readonly string[])[];
  /** The table as text: headings, and a line a row. */
  readonly head: readonly string[];
  readonly lines: readonly string[];
  /** Rows that are not shown; the JSON report has all. */
  readonly hidden: number;
}

/** What stands above a column, and how its cells are aligned. */
export type SectionColumn = Pick<TextColumn<never>, 'heading' | 'unit' | 'align'>;

/** Rows of a table that are shown. */
const MOST_ROWS = 20;
const MOST_BLOCKED = 5;

/** Rounded; what rounds to nothing has no sign. */
const decimal = (value: number | null, digits: number) =>
  value === null ? null : value.toFixed(digits).replace(/^-(0\.?0*)$/, '$1');
const whole = (value: number | null) => (value === null ? null : String(Math.round(value)));
const seconds = (us: number | null) => (us === null ? null : (us / 1e6).toFixed(3));
const ms = (us: number | null) => (us === null ? null : (us / 1e3).toFixed(us < 1e6 ? 2 : 0));

const MACHINES: readonly TextColumn<MachineMeasures>[] = [
  { heading: 'machine', align: 'left', value: ({ node }) => node },
  { heading: 'rate', unit: 'ticks/s', value: ({ rate }) => (rate === null ? null : String(rate)) },
  { heading: 'events', value: ({ events }) => whole(events) },
  { heading: 'events', unit: '/s', value: ({ eventsPerSecond }) => decimal(eventsPerSecond, 2) },
  { heading: 'starts', value: ({ starts }) => whole(starts) },
  { heading: 'final', unit: 'clock', value: ({ clock }) => whole(clock) },
  { heading: 'clock', unit: '/s', value: ({ clockPerSecond }) => decimal(clockPerSecond, 2) },
  { heading: 'drift', unit: 'clock', value: ({ drift }) => whole(drift) },
  { heading: 'drift', unit: '%', value: ({ driftPercent }) => decimal(driftPercent, 2) },
];

const JUMPS: readonly TextColumn<MachineMeasures>[] = [
  { heading: 'machine', align: 'left', value: ({ node }) => node },
  { heading: 'mean', unit: 'jump', value: ({ meanJump }) => decimal(meanJump, 2) },
  { heading: 'max', unit: 'jump', value: ({ maxJump }) => whole(maxJump) },
  { heading: 'variance', unit: 'of jumps', value: ({ jumpVariance }) => decimal(jumpVariance, 2) },
  { heading: 'gaps', unit: 'jumps > 1', value: ({ gaps }) => whole(gaps) },
  { heading: 'left out', unit: 'values', value: ({ skipped }) => whole(skipped) },
  { heading: 'mean', unit: 'queue', value: ({ meanQueue }) => decimal(meanQueue, 2) },
  { heading: 'max', unit: 'queue', value: ({ maxQueue }) => whole(maxQueue) },
];

const DRIFTS: readonly TextColumn<PairDrift>[] = [
  { heading: 'machines', align: 'left', value: ({ a, b }) => `${a} - ${b}` },
  { heading: 'final', unit: 'clock', value: ({ difference }) => whole(difference) },
  { heading: 'final', unit: '%', value: ({ percent }) => decimal(percent, 2) },
  { heading: 'mean', unit: 'apart', value: ({ meanDistance }) => decimal(meanDistance, 2) },
  { heading: 'max', unit: 'apart', value: ({ maxDistance }) => whole(maxDistance) },
];

interface KindShare {
  readonly event: string;
  readonly events: number;
  readonly percent: number;
}

const MIX: readonly TextColumn<KindShare>[] = [
  { heading: 'event', align: 'left', value: ({ event }) => event },
  { heading: 'events', value: ({ events }) => whole(events) },
  { heading: '%', value: ({ percent }) => decimal(percent, 2) },
];

const LINKS: readonly TextColumn<LinkMeasures>[] = [
  { heading: 'link', align: 'left', value: ({ from, to }) => `${from} > ${to}` },
  { heading: 'sent', value: ({ sent }) => whole(sent) },
  { heading: 'received', value: ({ received }) => whole(received) },
  { heading: 'twice', value: ({ duplicates }) => whole(duplicates) },
  { heading: 'lost', value: ({ lost }) => whole(lost) },
  { heading: 'lost', unit: '%', value: ({ lostPercent }) => decimal(lostPercent, 2) },
  { heading: 'pending', value: ({ pending }) => whole(pending) },
  { heading: 'mean', unit: 'ms', value: ({ meanUs }) => ms(meanUs) },
  { heading: 'p99', unit: 'ms', value: ({ p99Us }) => ms(p99Us) },
  { heading: 'max', unit: 'ms', value: ({ maxUs }) => ms(maxUs) },
];

const ELECTIONS: readonly TextColumn<Election>[] = [
  { heading: 'term', value: ({ term }) => whole(term) },
  { heading: 'called', unit: 's', value: ({ calledUs }) => seconds(calledUs) },
  { heading: 'candidates', align: 'left', value: ({ candidates }) => candidates },
  { heading: 'won', unit: 's', value: ({ wonUs }) => seconds(wonUs) },
  { heading: 'leader', align: 'left', value: ({ leader }) => leader },
  { heading: 'took', unit: 'ms', value: ({ tookUs }) => ms(tookUs) },
];

const LEADERS: readonly TextColumn<Leadership>[] = [
  { heading: 'leader', align: 'left', value: ({ node }) => node },
  { heading: 'term', value: ({ term }) => whole(term) },
  { heading: 'from', unit: 's', value: ({ fromUs }) => seconds(fromUs) },
  { heading: 'to', unit: 's', value: ({ toUs }) => seconds(toUs) },
  { heading: 'ended by', align: 'left', value: ({ ended }) => ENDED[ended] },
];

const ENDED = { role: 'stepping down', stopped: 'stop or crash', end: 'the end of the log' } as const;

const FAILOVERS: readonly TextColumn<Failover>[] = [
  { heading: 'leader', align: 'left', value: ({ node }) => node },
  { heading: 'term', value: ({ term }) => whole(term) },
  { heading: 'last event', unit: 's', value: ({ lastUs }) => seconds(lastUs) },
  { heading: 'next', align: 'left', value: ({ next }) => next },
  { heading: 'elected', unit: 's', value: ({ electedUs }) => seconds(electedUs) },
  { heading: 'next write', unit: 's', value: ({ writtenUs }) => seconds(writtenUs) },
  { heading: 'failover', unit: 'ms', value: ({ tookUs }) => ms(tookUs) },
];

const REQUESTS: readonly TextColumn<RequestMeasures>[] = [
  { heading: 'request', align: 'left', value: ({ kind }) => kind },
  { heading: 'made', value: ({ requests }) => whole(requests) },
  { heading: 'done', value: ({ succeeded }) => whole(succeeded) },
  { heading: 'failed', value: ({ failed }) => whole(failed) },
  { heading: 'unanswered', value: ({ unanswered }) => whole(unanswered) },
  { heading: 'p50', unit: 'ms', value: ({ p50Us }) => ms(p50Us) },
  { heading: 'p90', unit: 'ms', value: ({ p90Us }) => ms(p90Us) },
  { heading: 'p99', unit: 'ms', value: ({ p99Us }) => ms(p99Us) },
  { heading: 'max', unit: 'ms', value: ({ maxUs }) => ms(maxUs) },
];

const BLOCKED: readonly TextColumn<BlockedRequest>[] = [
  { heading: 'machine', align: 'left', value: ({ node }) => node },
  { heading: 'request', align: 'left', value: ({ request }) => request },
  { heading: 'kind', align: 'left', value: ({ kind }) => kind },
  { heading: 'made', unit: 's', value: ({ atUs }) => seconds(atUs) },
  { heading: 'stuck', unit: 'ms', value: ({ stuckUs }) => ms(stuckUs) },
  { heading: 'outcome', align: 'left', value: ({ outcome }) => outcome },
];

const COMMITS: readonly TextColumn<CommitLatency>[] = [
  { heading: 'leader', align: 'left', value: ({ node }) => node ?? 'all' },
  { heading: 'entries', value: ({ entries }) => whole(entries) },
  { heading: 'p50', unit: 'ms', value: ({ p50Us }) => ms(p50Us) },
  { heading: 'p90', unit: 'ms', value: ({ p90Us }) => ms(p90Us) },
  { heading: 'p99', unit: 'ms', value: ({ p99Us }) => ms(p99Us) },
  { heading: 'max', unit: 'ms', value: ({ maxUs }) => ms(maxUs) },
];

const COPIES: readonly TextColumn<CopiesAtAnswer>[] = [
  { heading: 'copies', value: ({ copies }) => whole(copies) ?? 'not known' },
  { heading: 'changes', value: ({ writes }) => whole(writes) },
  { heading: '%', value: ({ percent }) => decimal(percent, 2) },
];

const COPY_DELAYS: readonly TextColumn<CopyDelay>[] = [
  { heading: 'copies', value: ({ copies }) => whole(copies) },
  { heading: 'entries', value: ({ entries }) => whole(entries) },
  { heading: 'p50', unit: 'ms', value: ({ p50Us }) => ms(p50Us) },
  { heading: 'p99', unit: 'ms', value: ({ p99Us }) => ms(p99Us) },
  { heading: 'max', unit: 'ms', value: ({ maxUs }) => ms(maxUs) },
];

const CONFIGURATIONS: readonly TextColumn<HeldConfiguration>[] = [
  { heading: 'entry', value: ({ index }) => whole(index) },
  { heading: 'leader', align: 'left', value: ({ leader }) => leader },
  { heading: 'term', value: ({ term }) => whole(term) },
  { heading: 'from', unit: 's', value: ({ fromUs }) => seconds(fromUs) },
  { heading: 'held', unit: 'ms', value: ({ lastedUs }) => ms(lastedUs) },
  { heading: 'may fail', value: ({ mayFail }) => whole(mayFail) },
  { heading: 'members', align: 'left', value: membersText },
];

/** `n1 n2 n3 and n1 n2 n4; learns: n5`. */
function membersText({ voters, outgoing, learners }: HeldConfiguration): string {
  const joint = outgoing === null ? '' : ` with ${outgoing}`;
  return `${voters}${joint}${learners === '' ? '' : `; learns: ${learners}`}`;
}

const LEARNERS: readonly TextColumn<LearnerCourse>[] = [
  { heading: 'learner', align: 'left', value: ({ node }) => node },
  { heading: 'added', unit: 's', value: ({ addedUs }) => seconds(addedUs) },
  { heading: 'votes', unit: 's', value: ({ promotedUs }) => seconds(promotedUs) },
  { heading: 'took', unit: 'ms', value: ({ tookUs }) => ms(tookUs) },
  { heading: 'rounds', value: ({ rounds }) => whole(rounds) },
  { heading: 'checks', value: ({ checks }) => whole(checks) },
  { heading: 'repairs', value: ({ repairs }) => whole(repairs) },
  { heading: 'pages', value: ({ pages }) => whole(pages) },
  { heading: 'sent', unit: 'bytes', value: ({ bytes }) => whole(bytes) },
  { heading: 'outcome', align: 'left', value: ({ outcome }) => outcome },
];

interface ToleranceShare {
  readonly mayFail: number;
  readonly us: number;
  readonly percent: number;
}

const TOLERANCE: readonly TextColumn<ToleranceShare>[] = [
  { heading: 'may fail', value: ({ mayFail }) => (mayFail < 0 ? 'no majority' : whole(mayFail)) },
  { heading: 'time', unit: 's', value: ({ us }) => seconds(us) },
  { heading: '%', value: ({ percent }) => decimal(percent, 2) },
];

interface Rate {
  readonly what: string;
  readonly mean: number;
  readonly most: number;
}

const RATES: readonly TextColumn<Rate>[] = [
  { heading: '', align: 'left', value: ({ what }) => what },
  { heading: 'mean', unit: '/s', value: ({ mean }) => decimal(mean, 2) },
  { heading: 'peak', unit: '/s', value: ({ most }) => decimal(most, 2) },
];

/** The tables, in the order of reports. */
export function sections(report: RunReport): Section[] {
  return [...clockSections(report), ...otherSections(report)].filter(({ lines }) => lines.length > 0);
}

/**
 * The tables that answer the questions of the clock exercise: jumps, gaps, drift, queues. Where
 * there is nothing else, jumps come first.
 */
export function clockSections({ measures, checks }: RunReport): Section[] {
  const { machines, drifts } = measures;
  const isTold = machines.some(({ clock, meanQueue }) => clock !== null || meanQueue !== null);
  const jumps = section('Jumps of clocks, and queues', JUMPS, isTold ? machines : []);
  const each = section('Machines', MACHINES, machines);
  const pairs = section('Clocks in pairs', DRIFTS, drifts);
  return isExercise(checks) ? [jumps, each, pairs] : [each, jumps, pairs];
}

function otherSections({ measures, durationUs }: RunReport): Section[] {
  const { links, elections, leaders, failovers, requests, blocking } = measures;
  return [
    section('Events by kind', MIX, kinds(measures.mix)),
    section('Messages by link', LINKS, links),
    section(electionTitle(elections), ELECTIONS, elections),
    section('Leaders', LEADERS, leaders),
    section('Failovers, from the last event of a leader to the next write', FAILOVERS, failovers),
    section('Requests', REQUESTS, requests),
    section('Requests that were stuck longest', BLOCKED, blocking, MOST_BLOCKED),
    section('Commit latency', COMMITS, measures.commits),
    section('Copies of a change when it was acknowledged', COPIES, measures.copies),
    section('Time until so many machines had an entry', COPY_DELAYS, measures.copyDelays),
    section('Members, by the configurations of leaders', CONFIGURATIONS, measures.configurations),
    section('Learners, and the time to promote them', LEARNERS, measures.learners),
    section('How many more voters could fail', TOLERANCE, shares(measures.tolerance, durationUs)),
    section('Throughput', RATES, durationUs === 0 ? [] : rates(measures.throughput)),
  ];
}

function section<T>(
  title: string,
  columns: readonly TextColumn<T>[],
  rows: readonly T[],
  most = MOST_ROWS,
): Section {
  const shown = rows.slice(0, most);
  const lines = textTable(columns, shown);
  const head = columns.some(({ unit }) => unit !== undefined) ? 2 : 1;
  return {
    title,
    columns: columns.map(({ value: _, ...column }) => column),
    cells: shown.map((row) => columns.map((column) => column.value(row) ?? '-')),
    head: lines.slice(0, head),
    lines: lines.slice(head),
    hidden: rows.length - shown.length,
  };
}

function electionTitle(elections: readonly Election[]): string {
  const split = elections.filter((election) => election.split).length;
  return `Elections: ${elections.length}, of them without a winner: ${split}`;
}

/** The mix of events of the whole run. */
function kinds(mix: RunReport['measures']['mix']): KindShare[] {
  const counts = new Map<string, number>();
  for (const { event, events } of mix) counts.set(event, (counts.get(event) ?? 0) + events);
  const total = mix.reduce((sum, { events }) => sum + events, 0);
  return [...counts]
    .map(([event, events]) => ({ event, events, percent: (100 * events) / total }))
    .sort((a, b) => b.events - a.events);
}

/** How long so many could fail, the fewest first. */
function shares(rows: readonly Tolerance[], endUs: number): ToleranceShare[] {
  const times = new Map<number, number>();
  for (const [i, { atUs, mayFail }] of rows.entries()) {
    const untilUs = rows[i + 1]?.atUs ?? endUs;
    times.set(mayFail, (times.get(mayFail) ?? 0) + untilUs - atUs);
  }
  const allUs = Math.max(1, endUs - (rows[0]?.atUs ?? 0));
  return [...times]
    .map(([mayFail, us]) => ({ mayFail, us, percent: (100 * us) / allUs }))
    .sort((a, b) => a.mayFail - b.mayFail);
}

/** Mean and greatest rate over the intervals; what never happened is left out. */
function rates(series: RunReport['measures']['throughput']): Rate[] {
  const of = (what: string, values: readonly number[]): Rate => ({
    what,
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
    most: Math.max(...values),
  });
  return [
    of(
      'events',
      series.map(({ eventsPerSecond }) => eventsPerSecond),
    ),
    of(
      'messages',
      series.map(({ messagesPerSecond }) => messagesPerSecond),
    ),
    of(
      'requests',
      series.map(({ requestsPerSecond }) => requestsPerSecond),
    ),
    of(
      'acknowledged changes',
      series.map(({ writesPerSecond }) => writesPerSecond),
    ),
    of(
      'failed requests',
      series.map(({ failuresPerSecond }) => failuresPerSecond),
    ),
  ].filter(({ most }) => most > 0);
}
