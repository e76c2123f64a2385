/** The picture: machines on a ring, the links between them, and the messages on their way. */

import type { ReplicaView } from '../../replication/index.ts';
import { type NodeId, readDetail } from '../../vm/index.ts';
import { type Arrival as AnyArrival, linkName, type SimNode } from '../../vm/sim/index.ts';
import { isOpen } from './groups.ts';
import { membershipOf, type SeenMembers, seenMembers } from './members.ts';
import type { Shown } from './playback.ts';
import { type AnyWorld, longestElection } from './run.ts';
import { type Point, ring, roleOf, signOf } from './style.ts';
import type { Timeline } from './timeline.ts';

export type Arrival = AnyArrival<unknown>;

const RING = 158;
const NODE = 38;
/** The space that a machine needs above its middle, for a crown, and below, for its role. */
const ABOVE = 72;
const BELOW = 88;
/** Messages keep to one side of their link, so that both directions can be told apart. */
const LANE = 9;
/**
 * For how much virtual time a lost message stays marked, in parts of the preset's longest delay.
 */
const LOST_SHOWN = 1.5;

interface DiagramProps {
  readonly shown: Shown;
  readonly playing: boolean;
  readonly selected: Arrival | undefined;
  onSelect(arrival: Arrival): void;
}

export function Diagram({ shown, playing, selected, onSelect }: DiagramProps) {
  const { timeline } = shown;
  const { world } = timeline;
  const nodes = [...world.nodes.values()];
  const seen = seenMembers(timeline);
  const points = ring(
    nodes.map(({ id }) => id),
    RING,
  );
  const heights = [...points.values()].map(({ y }) => y);
  const top = Math.min(...heights) - ABOVE;
  const height = Math.max(...heights) + BELOW - top;
  const arrivals = world.inFlight.toSorted((a, b) => a.order - b.order);
  return (
    <svg
      class={playing ? 'diagram playing' : 'diagram'}
      viewBox={`-240 ${top} 480 ${height}`}
      aria-labelledby="diagram-title"
    >
      <title id="diagram-title">{`${nodes.length} machines and ${arrivals.length} messages between them`}</title>
      <Links world={world} points={points} />
      {nodes.map((simNode) => (
        <MachineShape
          key={simNode.id}
          timeline={timeline}
          simNode={simNode}
          seen={seen}
          point={points.get(simNode.id)!}
        />
      ))}
      <Clogs world={world} points={points} />
      <Lost timeline={timeline} points={points} />
      {arrivals.map((arrival) => (
        <Message
          key={arrival.order}
          world={world}
          arrival={arrival}
          points={points}
          isSelected={arrival.order === selected?.order}
          onSelect={onSelect}
        />
      ))}
    </svg>
  );
}

function Links({ world, points }: { world: AnyWorld; points: ReadonlyMap<NodeId, Point> }) {
  const nodes = [...points.keys()];
  return nodes.flatMap((a, i) =>
    nodes.slice(i + 1).map((b) => {
      const open = isOpen(world, a, b) && isOpen(world, b, a);
      const [from, to] = [points.get(a)!, points.get(b)!];
      return (
        <line
          key={`${a} ${b}`}
          class={open ? 'link' : 'link cut'}
          {...{ x1: from.x, y1: from.y, x2: to.x, y2: to.y }}
        />
      );
    }),
  );
}

function MachineShape({
  timeline,
  simNode,
  seen,
  point,
}: {
  timeline: Timeline;
  simNode: SimNode<unknown, unknown, unknown>;
  seen: SeenMembers | undefined;
  point: Point;
}) {
  const { machine, status, id } = simNode;
  const view = status === 'up' ? timeline.protocol?.view(machine.state.program) : undefined;
  const role = roleOf(status, view);
  const member = membershipOf(id, seen);
  const waiting = status === 'down' ? 0 : machine.state.inbox.length;
  return (
    <g class={`machine ${role} ${member?.kind ?? 'voter'}`} transform={`translate(${point.x} ${point.y})`}>
      <Outline role={role} />
      {(member?.kind === 'coming' || member?.kind === 'going') && <circle class="half" r={NODE - 9} />}
      <Countdown view={view} ticks={machine.state.ticks} longest={longestElection(timeline.setup)} />
      <text class="name" y="-4">
        {id}
      </text>
      <text class="clock" y="18">
        {machine.state.lamport}
      </text>
      <text class="role" y={NODE + 24}>
        {view === undefined ? role : `${role} · ${view.term}`}
      </text>
      {member !== undefined && (
        <text class="member" y={NODE + 41}>
          {member.words}
        </text>
      )}
      {waiting > 0 && (
        <g class="inbox" transform={`translate(${NODE - 4} ${-NODE + 2})`}>
          <path d="M-15 -10 H15 V10 H-15 Z M-15 -10 L0 2 L15 -10" />
          <text class="count" x="19" y="6">
            {waiting}
          </text>
        </g>
      )}
    </g>
  );
}

/** A shape for every role, not only a colour. */
function Outline({ role }: { role: string }) {
  switch (role) {
    case 'leader':
    case 'primary':
    case 'master':
      return (
        <>
          <circle class="body" r={NODE} />
          <circle class="inner" r={NODE - 5} />
          <path class="crown" d="M-19 -42 L-23 -62 L-10 -52 L0 -66 L10 -52 L23 -62 L19 -42 Z" />
        </>
      );
    case 'candidate':
    case 'pre-candidate':
      return <polygon class="body" points={hexagon(NODE + 3)} />;
    case 'down':
      return <rect class="body" x={-NODE + 4} y={-NODE + 4} width={2 * NODE - 8} height={2 * NODE - 8} />;
    default:
      return <circle class="body" r={NODE} />;
  }
}

function hexagon(radius: number): string {
  return [...ring(['0', '1', '2', '3', '4', '5'], radius).values()].map(({ x, y }) => `${x},${y}`).join(' ');
}

/** What is left of the election timer, as an arc around the machine. */
function Countdown({
  view,
  ticks,
  longest,
}: {
  view: ReplicaView | undefined;
  ticks: number;
  longest: number;
}) {
  if (view?.electionAt === undefined) return null;
  const left = Math.max(0, Math.min(1, (view.electionAt - ticks) / longest));
  return (
    <circle
      class="countdown"
      r={NODE + 8}
      pathLength="100"
      stroke-dasharray={`${left * 100} 100`}
      transform="rotate(-90)"
    />
  );
}

interface MessageProps {
  readonly world: AnyWorld;
  readonly arrival: Arrival;
  readonly points: ReadonlyMap<NodeId, Point>;
  readonly isSelected: boolean;
  onSelect(arrival: Arrival): void;
}

function Message({ world, arrival, points, isSelected, onSelect }: MessageProps) {
  const { envelope, node, sentAt, at } = arrival;
  const kind = world.program.kindOf?.(envelope.body);
  const { family, letters, isAnswer } = signOf(kind, envelope.lamport);
  const part = at === sentAt ? 1 : (world.now - sentAt) / (at - sentAt);
  const { x, y } = between(points.get(envelope.from)!, points.get(node)!, Math.max(0, Math.min(1, part)));
  const name = `${kind ?? 'Message'} from ${envelope.from} to ${node}`;
  return (
    // biome-ignore lint/a11y/useSemanticElements: there is no button in SVG
    <g
      class={`message ${family}${isAnswer ? ' answer' : ''}${isSelected ? ' selected' : ''}`}
      style={{ transform: `translate(${x}px, ${y}px)` }}
      role="button"
      tabindex={0}
      aria-label={name}
      onClick={() => onSelect(arrival)}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        onSelect(arrival);
      }}
    >
      <title>{name}</title>
      <circle class="reach" r="17" />
      <circle class="disc" r="11" />
      <text class="letters" y="5">
        {letters}
      </text>
    </g>
  );
}

/** A plug at the end of each clogged link, and how many messages it keeps. */
function Clogs({ world, points }: { world: AnyWorld; points: ReadonlyMap<NodeId, Point> }) {
  const nodes = [...points.keys()];
  return nodes.flatMap((from) =>
    nodes.map((to) => {
      const kept = world.network.clogged[linkName(from, to)];
      if (kept === undefined) return null;
      const { x, y } = between(points.get(from)!, points.get(to)!, 0.88);
      return (
        <g key={linkName(from, to)} class="clog" transform={`translate(${x} ${y})`}>
          <title>{`The link from ${from} to ${to} is clogged and keeps ${kept.length} messages`}</title>
          <rect x="-13" y="-10" width="26" height="20" rx="4" />
          <text class="count" y="5">
            {kept.length}
          </text>
        </g>
      );
    }),
  );
}

/** Messages that the network has lost a moment ago, where they were lost. */
function Lost({ timeline, points }: { timeline: Timeline; points: ReadonlyMap<NodeId, Point> }) {
  const { world, rows } = timeline;
  const since = world.now - LOST_SHOWN * world.settings.network.delayUs[1];
  return rows
    .filter(({ record }) => record.event === 'drop' && record.timeUs >= since)
    .map(({ number, record }) => {
      const { from = '', cause } = readDetail(record.detail);
      const [start, end] = [points.get(from), points.get(record.peer ?? '')];
      if (start === undefined || end === undefined) return null;
      // Short of the machine, whose role stands there.
      const { x, y } = between(start, end, cause === 'down' || cause === 'full' ? 0.75 : 0.5);
      return (
        <path key={number} class="lost" transform={`translate(${x} ${y})`} d="M-7 -7 L7 7 M-7 7 L7 -7" />
      );
    });
}

/**
 * The point at `part` (0 to 1) of the way from edge to edge of two machines, on the lane of that
 * direction.
 */
function between(from: Point, to: Point, part: number): Point {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const [dx, dy] = [(to.x - from.x) / length, (to.y - from.y) / length];
  const along = NODE + 6 + part * (length - 2 * (NODE + 6));
  return { x: from.x + dx * along - dy * LANE, y: from.y + dy * along + dx * LANE };
}
