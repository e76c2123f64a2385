/** A machine on the stage: role, term, clocks, timeout, log and inbox. */

import type { LogEntryView, ReplicaView } from '../../../replication/index.ts';
import type { InboxItem, NodeId } from '../../../vm/index.ts';
import type { SimNode } from '../../../vm/sim/index.ts';
import { membershipOf, type SeenMembers } from '../run/members.ts';
import { longestElection } from '../run/run.ts';
import type { Timeline } from '../run/timeline.ts';
import { NODE, type Point, ring, roleOf, signOf, termHue } from './style.ts';

/** How many entries of its log a machine shows: the latest. */
const MOST_ENTRIES = 6;
/** How many items of its inbox. */
const MOST_QUEUED = 5;
const ENTRY = 17;

interface MachineProps {
  readonly timeline: Timeline;
  readonly simNode: SimNode<unknown, unknown, unknown>;
  readonly seen: SeenMembers | undefined;
  readonly point: Point;
  readonly isOpen: boolean;
  onOpen(element: Element): void;
}

export function MachineShape({ timeline, simNode, seen, point, isOpen, onOpen }: MachineProps) {
  const { machine, status, id } = simNode;
  const { ticks, lamport, inbox, program } = machine.state;
  const view = status === 'up' ? timeline.protocol?.view(program) : undefined;
  const role = roleOf(status, view);
  const member = membershipOf(id, seen);
  const roleWords = view === undefined ? role : `${role} · ${view.term}`;
  return (
    // biome-ignore lint/a11y/useSemanticElements: there is no button in SVG
    <g
      class={`machine ${role} ${member?.kind ?? 'voter'}`}
      transform={`translate(${point.x} ${point.y})`}
      role="button"
      tabindex={0}
      aria-haspopup="dialog"
      aria-expanded={isOpen}
      data-node={id}
      data-role={role}
      onClick={({ currentTarget }) => onOpen(currentTarget)}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        onOpen(event.currentTarget);
      }}
    >
      <title>{nameOf(id, role, view, inbox.length)}</title>
      <Outline role={role} />
      {(member?.kind === 'coming' || member?.kind === 'going') && <circle class="half" r={NODE - 7} />}
      <Countdown view={view} ticks={ticks} longest={longestElection(timeline.setup)} />
      <text class="name" y="-2">
        {id}
      </text>
      <text class="clock" y="16">
        {lamport}
      </text>
      <ClockFace ticks={ticks} isRunning={status === 'up'} />
      <text class="role" y={NODE + 19}>
        {member === undefined ? roleWords : `${roleWords} · ${member.words}`}
      </text>
      {view !== undefined && <LogStrip timeline={timeline} node={id} view={view} />}
      {status !== 'down' && <Inbox items={inbox} kindOf={(body) => timeline.world.program.kindOf?.(body)} />}
    </g>
  );
}

/** A machine in words, for those who do not see it. */
function nameOf(id: NodeId, role: string, view: ReplicaView | undefined, waiting: number): string {
  const inbox = waiting > 0 ? `, ${waiting} in its inbox` : '';
  if (view === undefined) return `${id}, ${role}${inbox}`;
  return `${id}, ${role} of term ${view.term}, ${view.commit} of ${view.lastIndex} entries committed${inbox}`;
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
          <circle class="inner" r={NODE - 4} />
          <path class="crown" d="M-15 -33 L-18 -50 L-8 -42 L0 -53 L8 -42 L18 -50 L15 -33 Z" />
        </>
      );
    case 'candidate':
    case 'pre-candidate':
      return <polygon class="body" points={hexagon(NODE + 3)} />;
    case 'down':
      return (
        <>
          <rect class="body" x={4 - NODE} y={4 - NODE} width={2 * NODE - 8} height={2 * NODE - 8} />
          <path class="cross" d="M-22 -22 L22 22 M22 -22 L-22 22" />
        </>
      );
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
      r={NODE + 6}
      pathLength="100"
      stroke-dasharray={`${left * 100} 100`}
      transform="rotate(-90)"
    />
  );
}

/** Its clock, of twelve ticks a round: fast and slow ones can be told apart. */
function ClockFace({ ticks, isRunning }: { ticks: number; isRunning: boolean }) {
  return (
    <g class={`face${isRunning ? '' : ' stopped'}`} transform={`translate(${-NODE - 6} ${4 - NODE})`}>
      <circle r="9" />
      <path d="M0 0 V-7" transform={`rotate(${30 * (ticks % 12)})`} />
    </g>
  );
}

/** The end of its log: the term in each entry, and a line under those that are committed. */
function LogStrip({ timeline, node, view }: { timeline: Timeline; node: NodeId; view: ReplicaView }) {
  const { protocol, world } = timeline;
  const { program } = world.node(node).machine.state;
  const { lastIndex, commit, baseIndex } = view;
  const first = Math.max(baseIndex + 1, lastIndex - MOST_ENTRIES + 1);
  const entries = Array.from({ length: Math.max(0, lastIndex - first + 1) }, (_, i) =>
    protocol!.entry(program, first + i),
  );
  const left = (-entries.length * ENTRY) / 2;
  const committed = Math.max(0, Math.min(entries.length, commit - first + 1));
  return (
    <g class="log" transform={`translate(${left} ${NODE + 26})`}>
      {first > 1 && (
        <text class="before" x="-4" y="12">
          …
        </text>
      )}
      {entries.map(
        (entry, i) => entry && <Entry key={entry.index} entry={entry} x={i * ENTRY} commit={commit} />,
      )}
      {committed > 0 && <path class="commit-line" d={`M0 18.5 H${committed * ENTRY - 2}`} />}
    </g>
  );
}

function Entry({ entry, x, commit }: { entry: LogEntryView; x: number; commit: number }) {
  const { index, term, label } = entry;
  return (
    <g
      class={`entry term-${termHue(term)}${index <= commit ? ' committed' : ''}`}
      transform={`translate(${x} 0)`}
    >
      <title>{`Entry ${index} of term ${term}, ${label}: ${index <= commit ? '' : 'not '}committed`}</title>
      <rect width={ENTRY - 2} height="15" rx="2" />
      <text x={ENTRY / 2 - 1} y="11.5">
        {term}
      </text>
    </g>
  );
}

/** What waits to be handled, the next at the bottom. */
function Inbox({
  items,
  kindOf,
}: {
  items: readonly InboxItem<unknown, unknown>[];
  kindOf: (body: unknown) => string | undefined;
}) {
  if (items.length === 0) return null;
  return (
    <g class="inbox" transform={`translate(${NODE + 8} ${NODE - 12})`}>
      <title>{`${items.length} in its inbox`}</title>
      {items.slice(0, MOST_QUEUED).map((item, i) => {
        const sign =
          'envelope' in item ? signOf(kindOf(item.envelope.body), item.envelope.lamport) : undefined;
        return (
          <g key={i} class={sign?.family ?? 'request'} transform={`translate(0 ${-i * 12})`}>
            <rect width="17" height="10" rx="2" />
            <text x="8.5" y="8.5">
              {sign?.letters ?? 'R'}
            </text>
          </g>
        );
      })}
      {items.length > MOST_QUEUED && (
        <text class="more" x="8.5" y={-MOST_QUEUED * 12 + 8}>
          +{items.length - MOST_QUEUED}
        </text>
      )}
    </g>
  );
}
