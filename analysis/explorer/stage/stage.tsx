/**
 * The stage: machines on a ring, the links between them, and the messages on their way. Whatever is
 * done is done to the thing itself, in a small menu.
 */
import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { type NodeId, readDetail } from '../../../vm/index.ts';
import { type Arrival as AnyArrival, linkName } from '../../../vm/sim/index.ts';
import { isOpen } from '../run/groups.ts';
import { seenMembers } from '../run/members.ts';
import type { AnyWorld } from '../run/run.ts';
import type { Timeline } from '../run/timeline.ts';
import type { Playback, Shown } from '../time/playback.ts';
import { splitAlong, type Target } from './acts.ts';
import { MachineShape } from './machine.tsx';
import { Menu } from './menu.tsx';
import { between, OUTLINES, type Point, ring, signOf } from './style.ts';

type Arrival = AnyArrival<unknown>;

/** Half the axes of the ring: on a wide stage, and on that of a phone or of a half of the page. */
const WIDE = { across: 285, down: 122 };
const NARROW = { across: 150, down: 168 };
/** The space that a machine needs beside its middle, above (a crown), and below (role and log). */
const BESIDE = 76;
const ABOVE = 58;
const BELOW = 82;
/**
 * For how much virtual time a lost message stays marked, in parts of the longest delay.
 */
const LOST_SHOWN = 1.5;
/** A drag over the stage shorter than this, in its own units, splits nothing. */
const SHORTEST_CUT = 60;

interface StageProps {
  readonly playback: Playback;
  /** Another object after every change. */
  readonly shown: Shown;
  readonly timeline: Timeline;
  readonly isNarrow: boolean;
  /** Whether it is the timeline beside the shown one: it is only looked at. */
  readonly isBeside?: boolean;
}

/** What a menu is open for, and where on the stage, in parts of its width and height. */
interface Opened {
  readonly target: Target;
  readonly timeline: Timeline;
  readonly x: number;
  readonly y: number;
  readonly from: Element;
}

export function Stage({ playback, shown, timeline, isNarrow, isBeside = false }: StageProps) {
  const { world } = timeline;
  const box = useRef<HTMLDivElement>(null);
  const opened = useSignal<Opened | undefined>(undefined);
  const nodes = [...world.nodes.values()];
  const { across, down } = isNarrow ? NARROW : WIDE;
  const points = ring(
    nodes.map(({ id }) => id),
    across,
    down,
  );
  const heights = [...points.values()].map(({ y }) => y);
  const top = Math.min(...heights) - ABOVE;
  const height = Math.max(...heights) + BELOW - top;
  const left = -across - BESIDE;
  const seen = seenMembers(timeline);
  const arrivals = world.inFlight.toSorted((a, b) => a.order - b.order);
  const open = (target: Target) => (from: Element) => {
    if (isBeside) return playback.choose(timeline);
    playback.pause();
    opened.value = { target, timeline, from, ...placeOf(from, box.current!) };
  };
  const menu = opened.value?.timeline === timeline ? opened.value : undefined;
  const close = () => {
    opened.value = undefined;
  };
  return (
    <div class={`stage${isNarrow ? ' narrow' : ''}`} ref={box}>
      {/* biome-ignore lint/a11y/useSemanticElements: there is no fieldset in SVG */}
      <svg
        class={`diagram${playback.playing.value ? ' playing' : ''}`}
        viewBox={`${left} ${top} ${-2 * left} ${height}`}
        role="group"
        aria-label={`Timeline ${timeline.name}: ${nodes.length} machines and ${arrivals.length} messages between them`}
        {...(isBeside ? {} : knife(playback, points))}
      >
        <Links world={world} points={points} onOpen={open} />
        {nodes.map((simNode) => (
          <MachineShape
            key={simNode.id}
            {...{ timeline, simNode, seen }}
            point={points.get(simNode.id)!}
            isOpen={menu?.target.kind === 'machine' && menu.target.node === simNode.id}
            onOpen={open({ kind: 'machine', node: simNode.id })}
          />
        ))}
        <Clogs world={world} points={points} />
        <Lost timeline={timeline} points={points} />
        {arrivals.map((arrival) => (
          <Message
            key={arrival.order}
            {...{ world, arrival, points }}
            onOpen={open({ kind: 'message', order: arrival.order })}
          />
        ))}
        <path class="knife" d="" />
      </svg>
      {shown.beside && <p class="stage-name">{timeline.name}</p>}
      {!isBeside && (
        <button
          type="button"
          class="network-button"
          aria-haspopup="dialog"
          onClick={({ currentTarget }) => open({ kind: 'network' })(currentTarget)}
        >
          Network
        </button>
      )}
      {menu && (
        <Menu
          key={JSON.stringify(menu.target)}
          {...{ playback, timeline, place: menu, target: menu.target }}
          onTarget={(target) => {
            opened.value = { ...menu, target };
          }}
          onClose={(isFocusBack) => {
            close();
            if (isFocusBack && menu.from instanceof SVGElement) menu.from.focus();
            else if (isFocusBack && menu.from instanceof HTMLElement) menu.from.focus();
          }}
        />
      )}
    </div>
  );
}

/** Where something stands on the stage, in parts of its width and height. */
function placeOf(element: Element, stage: Element): { x: number; y: number } {
  const [inner, outer] = [element.getBoundingClientRect(), stage.getBoundingClientRect()];
  return {
    x: (inner.left + inner.width / 2 - outer.left) / outer.width,
    y: (inner.top + inner.height / 2 - outer.top) / outer.height,
  };
}

/** A line dragged over the free stage parts the machines on its sides. */
function knife(playback: Playback, points: ReadonlyMap<NodeId, Point>) {
  const at = (svg: SVGSVGElement, { clientX, clientY }: PointerEvent): Point =>
    new DOMPoint(clientX, clientY).matrixTransform(svg.getScreenCTM()!.inverse());
  return {
    onPointerDown(event: PointerEvent & { currentTarget: SVGSVGElement }) {
      const svg = event.currentTarget;
      if (event.target !== svg || event.button !== 0) return;
      const blade = svg.querySelector('.knife')!;
      const start = at(svg, event);
      let end = start;
      const move = (moved: PointerEvent) => {
        end = at(svg, moved);
        blade.setAttribute('d', `M${start.x} ${start.y} L${end.x} ${end.y}`);
      };
      const done = () => {
        removeEventListener('pointermove', move);
        blade.setAttribute('d', '');
        const split = splitAlong(start, end, points);
        if (split && Math.hypot(end.x - start.x, end.y - start.y) >= SHORTEST_CUT) playback.do(split);
      };
      addEventListener('pointermove', move);
      addEventListener('pointerup', done, { once: true });
    },
  };
}

type Points = ReadonlyMap<NodeId, Point>;
type Open = (target: Target) => (from: Element) => void;

function Links({ world, points, onOpen }: { world: AnyWorld; points: Points; onOpen: Open }) {
  const nodes = [...points.keys()];
  return nodes.flatMap((a, i) =>
    nodes.slice(i + 1).map((b) => {
      const [there, back] = [isOpen(world, a, b), isOpen(world, b, a)];
      const own = world.network.links[linkName(a, b)] ?? world.network.links[linkName(b, a)];
      const [from, to] = [points.get(a)!, points.get(b)!];
      const line = { x1: from.x, y1: from.y, x2: to.x, y2: to.y };
      const look = there && back ? (own ? ' odd' : '') : there || back ? ' cut half' : ' cut';
      return (
        // biome-ignore lint/a11y/noStaticElementInteractions: a machine's menu leads to its links
        <g
          key={`${a} ${b}`}
          class={`link${look}`}
          data-link={`${a} ${b}`}
          onClick={({ currentTarget }) => onOpen({ kind: 'link', a, b })(currentTarget)}
        >
          <title>{`The link between ${a} and ${b}`}</title>
          <line {...line} />
          <line class="reach" {...line} />
        </g>
      );
    }),
  );
}

interface MessageProps {
  readonly world: AnyWorld;
  readonly arrival: Arrival;
  readonly points: Points;
  onOpen(from: Element): void;
}

function Message({ world, arrival, points, onOpen }: MessageProps) {
  const { envelope, node, sentAt, at } = arrival;
  const kind = world.program.kindOf?.(envelope.body);
  const { family, letters, isAnswer } = signOf(kind, envelope.lamport);
  const part = at === sentAt ? 1 : (world.now - sentAt) / (at - sentAt);
  const { x, y } = between(points.get(envelope.from)!, points.get(node)!, Math.max(0, Math.min(1, part)));
  const name = `${kind ?? 'Message'} from ${envelope.from} to ${node}`;
  return (
    // biome-ignore lint/a11y/useSemanticElements: there is no button in SVG
    <g
      class={`message ${family}${isAnswer ? ' answer' : ''}`}
      transform={`translate(${x} ${y})`}
      role="button"
      tabindex={0}
      aria-haspopup="dialog"
      aria-label={name}
      onClick={({ currentTarget }) => onOpen(currentTarget)}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        onOpen(event.currentTarget);
      }}
    >
      <title>{name}</title>
      <circle class="reach" r="18" />
      <path class="disc" d={OUTLINES[family]} />
      <text class="letters" y="4.5">
        {letters}
      </text>
    </g>
  );
}

/** A plug at the end of each clogged link, and how many messages it keeps. */
function Clogs({ world, points }: { world: AnyWorld; points: Points }) {
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
function Lost({ timeline, points }: { timeline: Timeline; points: Points }) {
  const { world, track } = timeline;
  const sinceUs = world.now - LOST_SHOWN * world.network.settings.delayUs[1];
  return track
    .rowsBetween(sinceUs, world.now)
    .filter(({ record, steps }) => record.event === 'drop' && steps <= world.steps)
    .map(({ steps, record }) => {
      const { from = '', cause } = readDetail(record.detail);
      const [start, end] = [points.get(from), points.get(record.peer ?? '')];
      if (start === undefined || end === undefined) return null;
      // Short of the machine, whose role stands there.
      const { x, y } = between(start, end, cause === 'down' || cause === 'full' ? 0.75 : 0.5);
      const name = `${steps} ${record.peer} ${record.message}`;
      return <path key={name} class="lost" transform={`translate(${x} ${y})`} d="M-7 -7 L7 7 M-7 7 L7 -7" />;
    });
}
