/**
 * The plots of a run, each on the same time axis: which there are, and what each is about. A plot
 * without data is left out.
 */
import type { RunReport } from '../analyze.ts';
import { escapeHtml } from '../output/html.ts';
import { plural } from '../output/plural.ts';
import { faultSigns, frame, type View } from './frame.ts';
import { type LanesPlot, rolesPlot } from './lanes-plot.ts';
import { type Line, type LinePlot, linePlot } from './line-plot.ts';
import type { Mark, MarkShape } from './marks.ts';
import { membersPlot, toleranceLine } from './members-plot.ts';
import type { RunPictures } from './run-pictures.ts';
import { duration, secondsLabel } from './scale.ts';
import { stateClass } from './space-time.ts';

/** A plot with its title. */
export interface Plot {
  readonly title: string;
  /** What is to be seen, in a sentence or two. */
  readonly about: string;
  readonly picture: string;
  /** Names of the lines, if it has lines. */
  readonly lines?: readonly string[];
  /** Signs and bands that it has. */
  readonly shapes?: readonly MarkShape[];
  readonly bands?: readonly string[];
  /** The same in words, as markup. */
  readonly list?: string;
}

/** Where the plots of a run lie. */
export function plotArea(pictures: RunPictures, nodes: readonly string[]): LanesPlot {
  const { durationUs, measures } = pictures.report;
  const intervalUs = measures.throughput[0]?.atUs ?? 1;
  return { nodes, view: { fromUs: 0, toUs: Math.max(1, durationUs) }, marks: pictures.marks, intervalUs };
}

/** All plots of numbers and roles, in the order of the page. */
export function plots(pictures: RunPictures, area: LanesPlot): Plot[] {
  const each = [
    faults,
    leadership,
    members,
    tolerance,
    clocks,
    behind,
    jumps,
    queues,
    latency,
    throughput,
    copies,
  ];
  return each.flatMap((plot) => plot(pictures, area) ?? []);
}

type Draw = (pictures: RunPictures, area: LanesPlot) => Plot | undefined;

const FAULTS_HEIGHT = 30;
/** Through so many intervals without a value a line may go on. */
const MOST_SILENT = 8;

const faults: Draw = ({ marks }, { view }) => {
  if (marks.length === 0) return undefined;
  const inside = faultSigns(marks, view);
  const label = `${marks.length} marks of faults: ${marks
    .slice(0, 20)
    .map(({ text }) => text)
    .join('; ')}`;
  return {
    title: 'Faults',
    about: 'What was done to machines and to the network. A line goes through all pictures.',
    picture: frame({ view, height: FAULTS_HEIGHT, label, side: [], inside, marks: [] }),
    shapes: marks.map(({ shape }) => shape),
    list: faultList(marks),
  };
};

/** Faults as text, for readers without a pointer. */
function faultList(marks: readonly Mark[]): string {
  const rows = marks.map(
    ({ atUs, text }) =>
      `<tr><td>${secondsLabel(atUs, 1000)}</td><td class="left">${escapeHtml(text)}</td></tr>`,
  );
  return `<details><summary>in words</summary><table><thead><tr><th scope="col">time</th><th scope="col" class="left">what happened</th></tr></thead><tbody>${rows.join('')}</tbody></table></details>`;
}

const leadership: Draw = ({ roles, report }, area) => {
  const { spans, all } = roles;
  if (spans.every(({ state, fromUs, toUs }) => state === 'running' || fromUs === toUs)) return undefined;
  const { elections, failovers } = report.measures;
  const split = elections.filter((election) => election.split).length;
  const took = failovers.flatMap(({ tookUs }) => tookUs ?? []);
  const about = [
    `Who had which role when. ${plural(elections.length, 'election')}, of them without a winner: ${split}.`,
    took.length === 0
      ? ''
      : `The longest failover took ${duration(Math.max(...took))}, from the last event of a leader to the next acknowledged change.`,
    all > spans.length ? `${all - spans.length} shorter spans of ${all} are left out.` : '',
  ];
  return {
    title: 'Leadership',
    about: about.filter(Boolean).join(' '),
    picture: rolesPlot(spans, area, 'Who led when, a line a machine'),
    bands: spans.filter(({ node }) => area.nodes.includes(node)).map(({ state }) => stateClass(state)),
  };
};

const members: Draw = ({ roles, report }, area) => {
  const off = roles.spans.filter(({ state }) => state === 'down');
  const drawn = membersPlot(report.measures.configurations, off, area);
  if (drawn === undefined) return undefined;
  const joints = report.measures.configurations.filter(({ joint }) => joint);
  const about = [
    'Who belonged to the cluster when, as the leader counts.',
    joints.length === 0
      ? ''
      : `The longest joint configuration held for ${duration(Math.max(...joints.map(({ lastedUs }) => lastedUs)))}.`,
  ];
  return { title: 'Members', about: about.filter(Boolean).join(' '), ...drawn };
};

const tolerance: Draw = ({ report }, area) => {
  const line = toleranceLine(report.measures.tolerance, report.durationUs);
  const about =
    'How many more voters may fail, whichever they are, before some half of them has no majority; -1: it has none.';
  return linesPlot('Failure tolerance', about, [line], area, { unit: 'voters' });
};

const clocks: Draw = (pictures, area) => {
  const lines = machineLines(pictures, area.nodes, ({ clock }) => clock);
  const about = 'Lamport clocks, at the end of each interval.';
  return linesPlot('Clocks', about, lines, area, { unit: 'clock' });
};

const behind: Draw = (pictures, area) => {
  const furthest = new Map<number, number>();
  let most = 0;
  for (const { atUs, clock } of pictures.report.measures.timeline) {
    most = Math.max(most, clock ?? 0);
    furthest.set(atUs, most);
  }
  const lines = machineLines(pictures, area.nodes, ({ atUs, clock }) =>
    clock === null ? null : clock - furthest.get(atUs)!,
  );
  const about = 'Each clock less the furthest one: 0 is the machine that is ahead.';
  return linesPlot('Drift of clocks', about, lines, area, { unit: 'clock' });
};

/** Greater jumps than this need powers of ten. */
const MOST_LINEAR = 50;

const jumps: Draw = ({ jumps: rows, roles }, area) => {
  const lines = area.nodes.map((node) => ({
    name: node,
    points: rows.filter((row) => row.node === node).map((row) => [row.atUs, row.maxJump] as const),
    breaks: offSpans(roles.spans, node),
  }));
  const isLog = rows.some(({ maxJump }) => maxJump > MOST_LINEAR);
  const about = `The greatest jump of each clock in each interval: 1, or more when a message brings a later clock.${isLog ? ' By powers of ten.' : ''}`;
  return linesPlot('Jumps of clocks', about, lines, area, { unit: 'jump', isLog, mostSilent: MOST_SILENT });
};

const queues: Draw = (pictures, area) => {
  const lines = machineLines(pictures, area.nodes, ({ maxQueue }) => maxQueue);
  const about = 'The most messages and requests that waited in an inbox after an event, in each interval.';
  return linesPlot('Queues', about, lines, area, { unit: 'waiting' });
};

const latency: Draw = ({ latencies }, area) => {
  const of = (name: string, key: Exclude<keyof (typeof latencies)[number], 'atUs'>): Line => ({
    name,
    points: latencies.map((row) => [row.atUs, row[key]] as const),
  });
  const lines = [
    of('messages, median', 'messageP50Us'),
    of('messages, 99th percentile', 'messageP99Us'),
    of('requests, median', 'requestP50Us'),
    of('requests, 99th percentile', 'requestP99Us'),
  ];
  const about =
    'How long messages took from send to receive, and requests from row to answer, by the clocks of the machines. By powers of ten.';
  const how = { unit: 'time', isLog: true, isTime: true, mostSilent: MOST_SILENT };
  return linesPlot('Latency', about, lines, area, how);
};

const throughput: Draw = ({ report }, area) => {
  const rows = report.durationUs === 0 ? [] : report.measures.throughput;
  const of = (name: string, key: Exclude<keyof (typeof rows)[number], 'atUs'>): Line => ({
    name,
    points: rows.map((row) => [row.atUs, row[key] === 0 ? null : row[key]] as const),
  });
  const lines = [
    of('events', 'eventsPerSecond'),
    of('messages', 'messagesPerSecond'),
    of('requests', 'requestsPerSecond'),
    of('acknowledged changes', 'writesPerSecond'),
    of('failed requests', 'failuresPerSecond'),
  ];
  const about = 'Of all machines together, a second. By powers of ten; a line ends where nothing happened.';
  return linesPlot('Throughput', about, lines, area, { unit: 'per second', isLog: true });
};

const copies: Draw = ({ report }, area) => {
  const rows = report.measures.copiesOverTime;
  const lines = [
    { name: 'mean', points: rows.map(({ atUs, meanCopies }) => [atUs, meanCopies] as const) },
    { name: 'least', points: rows.map(({ atUs, minCopies }) => [atUs, minCopies] as const) },
  ];
  const about = 'How many machines had a change in their logs when it was acknowledged.';
  return linesPlot('Degree of replication', about, lines, area, { unit: 'copies', mostSilent: MOST_SILENT });
};

/** A line for each machine out of its intervals, broken where it was off. */
function machineLines(
  { report, roles }: RunPictures,
  nodes: readonly string[],
  value: (row: RunReport['measures']['timeline'][number]) => number | null,
): Line[] {
  return nodes.map((node) => ({
    name: node,
    points: report.measures.timeline
      .filter((row) => row.node === node)
      .map((row) => [row.atUs, value(row)] as const),
    breaks: offSpans(roles.spans, node),
  }));
}

function offSpans(spans: RunPictures['roles']['spans'], node: string): View[] {
  return spans.filter((span) => span.node === node && span.state === 'down' && span.toUs > span.fromUs);
}

/** Lines that have no points are left out. */
function linesPlot(
  title: string,
  about: string,
  all: readonly Line[],
  { view, marks, intervalUs }: LanesPlot,
  how: Pick<LinePlot, 'unit' | 'isLog' | 'isTime' | 'mostSilent'>,
): Plot | undefined {
  const lines = all.filter(({ points }) => points.some(([, value]) => value !== null));
  if (lines.length === 0) return undefined;
  const names = lines.map(({ name }) => name);
  const label = `${title} over time: ${names.join(', ')}. ${about}`;
  return { title, about, picture: linePlot({ lines, view, marks, intervalUs, label, ...how }), lines: names };
}
