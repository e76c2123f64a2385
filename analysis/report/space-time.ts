/**
 * The space-time diagram of a window: a line a machine, time to the right, a dot an event, a line a
 * message from its send to its receive. Drawn into any given size: `x` maps times to coordinates.
 */
import { escapeHtml } from '../output/html.ts';
import type { RoleSpan } from './roles.ts';
import { coordinate } from './scale.ts';
import type { DetailWindow, Flight, Loss, WindowRow } from './window.ts';

/** Height of one machine's lane. */
const LANE = 44;

/** Where the lanes are. */
export interface Lanes {
  /** Machines from top to bottom. */
  readonly nodes: readonly string[];
  /** Where a time in microseconds stands. */
  x(us: number): number;
}

/** A text at a moment in a machine's lane. */
export interface LaneLabel {
  readonly atUs: number;
  readonly node: string;
  readonly text: string;
}

/** Height of all lanes together. */
export function lanesHeight(count: number): number {
  return count * LANE;
}

/** The middle of a machine's lane. */
export function laneMiddle(place: number): number {
  return place * LANE + LANE / 2;
}

/** Height of the band that shows a machine's role. */
const BAND = 14;

/**
 * A band where a machine leads, stands for election or is off. That it follows or just runs is the
 * rule, and has none.
 */
export function drawRoles(spans: readonly RoleSpan[], { fromUs, toUs }: DetailWindow, lanes: Lanes): string {
  return spans
    .filter((span) => span.toUs > fromUs && span.fromUs < toUs && isRemarkable(span.state))
    .map(({ node, state, term, ...span }) => {
      const place = lanes.nodes.indexOf(node);
      if (place < 0) return '';
      const [x, end] = [lanes.x(Math.max(fromUs, span.fromUs)), lanes.x(Math.min(toUs, span.toUs))];
      const title = term === null ? `${node}: ${state}` : `${node}: ${state}, term ${term}`;
      return `<rect class="band ${stateClass(state)}" x="${coordinate(x)}" y="${laneMiddle(place) - BAND / 2}" width="${coordinate(end - x)}" height="${BAND}"><title>${escapeHtml(title)}</title></rect>`;
    })
    .join('\n');
}

function isRemarkable(state: string): boolean {
  return state !== 'follower' && state !== 'running';
}

/** The look of a state; states of protocols that are not known here look like a follower. */
export function stateClass(state: string): string {
  if (state === 'pre-candidate') return 'candidate';
  if (state === 'primary' || state === 'master') return 'leader';
  return ['leader', 'candidate', 'down', 'running'].includes(state) ? state : 'follower';
}

/** Messages first, events above them. */
export function drawSpaceTime(window: DetailWindow, lanes: Lanes): string {
  return [
    ...window.flights.map((flight) => drawFlight(flight, lanes)),
    ...window.losses.map((loss) => drawLoss(loss, lanes)),
    ...window.rows.map((row) => drawEvent(row, lanes)),
  ].join('\n');
}

/** Windows with more rows have labels only where a role changes. */
const MOST_CLOCKS = 80;

/** What is written above lanes: roles and their terms, and, if they fit, Lamport clocks. */
export function laneLabels({ rows, fromUs }: DetailWindow, spans: readonly RoleSpan[]): LaneLabel[] {
  const all = rows.length <= MOST_CLOCKS;
  const before = spans
    .filter((span) => isRemarkable(span.state) && span.fromUs < fromUs && span.toUs > fromUs)
    .map(({ node, state, term }) => ({ atUs: fromUs, node, text: withTerm(state, term) }));
  const during = rows.flatMap((row) => {
    const { atUs, node, event, role, term, lamport } = row;
    if (event === 'role' && role !== null) return [{ atUs, node, text: withTerm(role, term) }];
    return all && lamport !== null ? [{ atUs, node, text: String(lamport) }] : [];
  });
  return [...before, ...during];
}

function withTerm(role: string, term: number | null): string {
  return term === null ? role : `${role} ${term}`;
}

/** The families of messages that look different. */
export function family(kind: string | null): string {
  if (kind === null) return 'plain';
  if (/Vote|TimeoutNow/.test(kind)) return 'election';
  if (kind.startsWith('Heartbeat')) return 'beat';
  if (/^(Append|InstallSnapshot)/.test(kind)) return 'append';
  return 'other';
}

function drawFlight({ from, to, sentUs, receivedUs, kind }: Flight, lanes: Lanes): string {
  const [a, b] = [lanes.nodes.indexOf(from), lanes.nodes.indexOf(to)];
  if (a < 0 || b < 0) return '';
  const title = `${kind ?? 'message'} from ${from} to ${to}, ${(receivedUs - sentUs) / 1000} ms`;
  return line(`f ${family(kind)}${isAnswer(kind)}`, lanes, [sentUs, a], [receivedUs, b], title);
}

function drawLoss({ from, to, sentUs, lostUs, kind, cause }: Loss, lanes: Lanes): string {
  const [a, b] = [lanes.nodes.indexOf(from), lanes.nodes.indexOf(to)];
  if (a < 0 || b < 0) return '';
  const title = `${kind ?? 'message'} from ${from} to ${to} is lost${cause === null ? '' : `: ${cause}`}`;
  // Just short of the machine that it did not reach.
  const end = b + (a < b ? -0.3 : 0.3);
  const way = sentUs === null ? '' : line('f lost', lanes, [sentUs, a], [lostUs, end], title);
  return `${way}${point('e lost', lanes, lostUs, end, title)}`;
}

function isAnswer(kind: string | null): string {
  return kind?.endsWith('Reply') ? ' answer' : '';
}

function line(
  kind: string,
  lanes: Lanes,
  [us, place]: readonly [number, number],
  [endUs, endPlace]: readonly [number, number],
  title: string,
): string {
  const path = `M${coordinate(lanes.x(us))} ${coordinate(laneMiddle(place))}L${coordinate(lanes.x(endUs))} ${coordinate(laneMiddle(endPlace))}`;
  return `<path class="${kind}" d="${path}"><title>${escapeHtml(title)}</title></path>`;
}

/**
 * A dot is a line of no length with round ends: it stays round however the picture is stretched.
 */
function point(kind: string, lanes: Lanes, us: number, place: number, title: string): string {
  const path = `M${coordinate(lanes.x(us))} ${coordinate(laneMiddle(place))}h0`;
  return `<path class="${kind}" d="${path}"><title>${escapeHtml(title)}</title></path>`;
}

function drawEvent(row: WindowRow, lanes: Lanes): string {
  const place = lanes.nodes.indexOf(row.node);
  return place < 0 ? '' : point(`e ${look(row.event)}`, lanes, row.atUs, place, describeRow(row));
}

/** Events that look the same. */
export function look(event: string): string {
  switch (event) {
    case 'send':
    case 'receive':
    case 'role':
    case 'fault':
      return event;
    case 'start':
    case 'stop':
      return 'boundary';
    case 'request':
    case 'respond':
      return 'client';
    default:
      return 'own';
  }
}

/** A row in words: `0.197030 s n1 vote n5, term 1, clock 13, granted=true`. */
export function describeRow(row: Omit<WindowRow, 'atUs'> & { readonly atUs: number | null }): string {
  const { atUs, node, event, peer, kind, term, index, lamport, detail } = row;
  return [
    [
      atUs === null ? null : `${(atUs / 1e6).toFixed(6)} s`,
      node,
      event,
      kind,
      event === 'role' ? row.role : peer,
    ]
      .filter(Boolean)
      .join(' '),
    ...(term === null ? [] : [`term ${term}`]),
    ...(index === null ? [] : [`index ${index}`]),
    ...(lamport === null ? [] : [`clock ${lamport}`]),
    ...(detail === null ? [] : [detail]),
  ].join(', ');
}
