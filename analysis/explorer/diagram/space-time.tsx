/** The space-time diagram under the stage, in step with it: choosing an event there goes there. */

import { type Signal, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { NodeId } from '../../../vm/index.ts';
import { describe } from '../run/describe.ts';
import type { Timeline } from '../run/timeline.ts';
import type { Row } from '../run/track.ts';
import { signOf } from '../stage/style.ts';
import type { Playback, Shown } from '../time/playback.ts';
import { timeText } from '../time/transport.tsx';
import { type Dot, type Line, layOut, type Relation, relationTo } from './layout.ts';

/**
 * How much is shown to begin with, in average delays of a message, and how far it can be changed.
 */
const SPAN = { usual: 28, least: 4, most: 4000 } as const;
/** Where the present is, in parts of the width. */
const PRESENT = 0.72;
const LANE = 26;
const MARGIN = { left: 40, right: 8, top: 8, bottom: 8 } as const;
/** Numbers are written at points that are further apart than this, in pixels. */
const NUMBER_WIDTH = 22;

export function SpaceTime({ playback, shown }: { readonly playback: Playback; readonly shown: Shown }) {
  const { timeline } = shown;
  const { world } = timeline;
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const zoom = useSignal<number>(SPAN.usual);
  const chosen = useSignal<{ readonly row: Row; readonly of: Timeline } | undefined>(undefined);
  const selected = chosen.value?.of === timeline ? chosen.value.row : undefined;
  const nodes = [...world.nodes.keys()];
  const [low, high] = world.settings.network.delayUs;
  const spanUs = ((low + high) / 2) * zoom.value;
  const fromUs = Math.max(0, world.now - spanUs * PRESENT);
  const toUs = fromUs + spanUs;
  // What a scenario has in store is not told before it happens.
  timeline.seenUs = Math.max(timeline.seenUs, world.now);
  const { dots, lines } = layOut(timeline, fromUs, Math.min(toUs, timeline.seenUs));
  const x = (us: number) => MARGIN.left + ((us - fromUs) / spanUs) * (width - MARGIN.left - MARGIN.right);
  const y = (node: NodeId) => MARGIN.top + LANE / 2 + nodes.indexOf(node) * LANE;
  const height = MARGIN.top + MARGIN.bottom + LANE * nodes.length;
  const choose = (row: Row) => {
    playback.seek(row.steps);
    chosen.value = { row, of: timeline };
  };
  return (
    <section class="space-time" aria-label="Space and time" ref={box}>
      {/* biome-ignore lint/a11y/useSemanticElements: there is no fieldset in SVG */}
      <svg
        width={width}
        height={height}
        role="group"
        aria-label="Space-time diagram: arrow keys choose events"
        tabindex={0}
        onKeyDown={(event) => onKey(event, dots, selected, choose, () => (chosen.value = undefined))}
      >
        {nodes.map((node) => (
          <g key={node} class="lane">
            <path d={`M${MARGIN.left} ${y(node)} H${width - MARGIN.right}`} />
          </g>
        ))}
        {lines.map((line) => (
          <MessageLine key={line.key} {...{ line, x, y, now: world.now, selected }} />
        ))}
        <Dots {...{ dots, x, y, steps: world.steps, selected }} onChoose={choose} />
        <rect class="lane-name" width={MARGIN.left - 6} height={height} />
        {nodes.map((node) => (
          <g key={node} class="lane">
            <text x="6" y={y(node) + 5}>
              {node}
            </text>
          </g>
        ))}
        <path class="present" d={`M${x(world.now)} 2 V${height - 2}`} />
      </svg>
      <Zoom zoom={zoom} />
      {selected !== undefined && <Chosen {...{ row: selected }} onEnd={() => (chosen.value = undefined)} />}
    </section>
  );
}

function useWidth(box: { readonly current: HTMLElement | null }): number {
  const width = useSignal(700);
  useEffect(() => {
    const observer = new ResizeObserver(() => {
      width.value = box.current?.clientWidth ?? width.peek();
    });
    observer.observe(box.current!);
    return () => observer.disconnect();
  }, []);
  return width.value;
}

interface Scale {
  x(us: number): number;
  y(node: NodeId): number;
}

function MessageLine({
  line,
  x,
  y,
  now,
  selected,
}: Scale & { line: Line; now: number; selected: Row | undefined }) {
  const { from, fromUs, to, toUs, kind, end, row } = line;
  const { family, isAnswer } = signOf(kind, 0);
  const relation = selected && row && relationTo(selected, row);
  const isAhead = end !== 'under way' && toUs > now;
  // A message under way has come as far as the present.
  const part = end === 'under way' ? Math.min(1, (now - fromUs) / Math.max(1, toUs - fromUs)) : 1;
  const [endX, endY] = [x(fromUs + part * (toUs - fromUs)), y(from) + part * (y(to) - y(from))];
  return (
    <g
      class={`line ${family} ${end.replace(' ', '-')}${isAnswer ? ' answer' : ''}${isAhead ? ' ahead' : ''} ${relation ?? ''}`}
    >
      <path d={`M${x(fromUs)} ${y(from)} L${endX} ${endY}`} />
      {end === 'lost' && <path class="loss" d={`M${endX - 4} ${endY - 4} l8 8 m-8 0 l8 -8`} />}
    </g>
  );
}

interface DotsProps extends Scale {
  readonly dots: readonly Dot[];
  readonly steps: number;
  readonly selected: Row | undefined;
  onChoose(row: Row): void;
}

function Dots({ dots, x, y, steps, selected, onChoose }: DotsProps) {
  const lastNumber = new Map<NodeId, number>();
  return dots.map((dot, i) => {
    const { row, node, atUs } = dot;
    const { event, role, lamport } = row.record;
    const [left, top] = [x(atUs), y(node)];
    const relation: Relation | undefined = selected && relationTo(selected, row);
    const isNumbered =
      lamport !== undefined && left - (lastNumber.get(node) ?? -NUMBER_WIDTH) >= NUMBER_WIDTH;
    if (isNumbered) lastNumber.set(node, left);
    return (
      // biome-ignore lint/a11y/noStaticElementInteractions: the diagram's arrow keys do the same
      <g
        key={`${row.steps} ${i}`}
        class={`dot ${event} ${role ?? ''}${row.steps > steps ? ' ahead' : ''} ${relation ?? ''}`}
        transform={`translate(${left} ${top})`}
        onClick={() => onChoose(row)}
      >
        <title>{describe(row.record)}</title>
        <path d={shapeOf(event)} />
        {isNumbered && <text y="-7">{lamport}</text>}
      </g>
    );
  });
}

/** Shapes tell kinds of events apart, not only colours. */
function shapeOf(event: string): string {
  switch (event) {
    case 'role':
      return 'M0 -7 L7 0 L0 7 L-7 0 Z';
    case 'fault':
      return 'M-6 -6 L6 6 M6 -6 L-6 6';
    case 'commit':
      return 'M-5 -5 H5 V5 H-5 Z';
    default:
      return 'M0 -3 A3 3 0 1 0 0.1 -3 Z';
  }
}

/** Arrows choose the event before and after, Escape none. */
function onKey(
  event: KeyboardEvent,
  dots: readonly Dot[],
  selected: Row | undefined,
  choose: (row: Row) => void,
  end: () => void,
): void {
  if (event.key === 'Escape') end();
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (step === undefined || dots.length === 0) return;
  event.preventDefault();
  event.stopPropagation();
  const at = dots.findIndex(({ row }) => row === selected);
  const next = at < 0 ? dots.length - 1 : Math.max(0, Math.min(dots.length - 1, at + step));
  choose(dots[next]!.row);
}

function Zoom({ zoom }: { readonly zoom: Signal<number> }) {
  const change = (factor: number) => {
    zoom.value = Math.max(SPAN.least, Math.min(SPAN.most, zoom.peek() * factor));
  };
  return (
    <div class="zoom">
      <button type="button" aria-label="Show more time" onClick={() => change(2)}>
        −
      </button>
      <button type="button" aria-label="Show less time" onClick={() => change(0.5)}>
        +
      </button>
    </div>
  );
}

/** The chosen event in words, and what the colours mean. */
function Chosen({ row, onEnd }: { readonly row: Row; onEnd(): void }) {
  const { record } = row;
  const vector = Object.entries(record.vector ?? {}).map(([name, count]) => `${name} ${count}`);
  return (
    <p class="chosen" role="status">
      <b>{timeText(record.timeUs)}</b> {describe(record)}{' '}
      {record.lamport !== undefined && `Lamport ${record.lamport}, vector ${vector.join(', ')}. `}
      <span class="past">Solid: can have caused it.</span>{' '}
      <span class="future">Double: it can have caused these.</span>{' '}
      <span class="concurrent">Faint: neither.</span>{' '}
      <button type="button" class="small" onClick={onEnd}>
        Show all
      </button>
    </p>
  );
}
