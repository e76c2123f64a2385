/**
 * The time line, which is the tree of branches too: a row for each timeline, which begins where it
 * branched off, with marks of what happened; and a slider over all of it.
 */
import { useRef } from 'preact/hooks';
import { describe } from '../run/describe.ts';
import type { Timeline } from '../run/timeline.ts';
import type { Mark, MarkKind } from '../run/track.ts';
import { firstDifference } from './difference.ts';
import type { Playback, Shown } from './playback.ts';
import { timeText } from './transport.tsx';

/** Marks closer together than this, in parts of the whole line, are drawn as one. */
const CLOSEST = 1 / 220;
/** Shapes of marks, in a square of 10 by 10: told apart without their colours. */
const SHAPES: Readonly<Record<MarkKind, string>> = {
  leader: 'M1 9 L0 2 L3 5 L5 1 L7 5 L10 2 L9 9 Z',
  commit: 'M1 5 L4 8 L9 2',
  fault: 'M1 1 L9 9 M9 1 L1 9',
};

export function TimeLine({ playback, shown }: { readonly playback: Playback; readonly shown: Shown }) {
  const { timeline, beside } = shown;
  const timelines = playback.timelines.value;
  const endUs = Math.max(1, ...timelines.map(({ track }) => track.endUs));
  const { now } = timeline.world;
  const difference = beside && firstDifference(timeline, beside);
  return (
    <div class="time-line">
      <div class="rows">
        {timelines.map((other) => (
          <TimelineRow key={other.name} {...{ playback, shown, endUs }} timeline={other} />
        ))}
        <i class="now" style={{ '--at': now / endUs }} aria-hidden="true" />
        {difference && (
          <i class="parting" style={{ '--at': difference.atUs / endUs }} title="The first difference" />
        )}
      </div>
      <input
        type="range"
        min={0}
        max={timeline.track.endUs}
        step="any"
        value={now}
        style={{ '--known': timeline.track.endUs / endUs }}
        aria-label="Instant"
        aria-valuetext={`${timeText(now)}, step ${timeline.world.steps} of ${timeline.furthest}`}
        onInput={({ currentTarget }) => playback.seekTime(Number(currentTarget.value))}
        onKeyDown={(event) => onSliderKey(event, playback)}
      />
      {difference && <Parting {...{ timeline, beside: beside! }} difference={difference} />}
    </div>
  );
}

/** The slider's own steps would be microseconds: its arrows go from event to event. */
function onSliderKey(event: KeyboardEvent, playback: Playback): void {
  const acts: Record<string, () => void> = {
    ArrowLeft: () => playback.back(),
    ArrowDown: () => playback.back(),
    ArrowRight: () => playback.step(),
    ArrowUp: () => playback.step(),
    Home: () => playback.seek(0),
  };
  const act = acts[event.key];
  if (act === undefined || event.shiftKey) return;
  event.preventDefault();
  event.stopPropagation();
  act();
}

interface RowProps {
  readonly playback: Playback;
  readonly shown: Shown;
  readonly timeline: Timeline;
  readonly endUs: number;
}

function TimelineRow({ playback, shown, timeline, endUs }: RowProps) {
  const isShown = timeline === shown.timeline;
  const isBeside = timeline === shown.beside;
  const { origin, track, name } = timeline;
  const isOnly = playback.timelines.value.length === 1;
  const parentRow = origin && playback.timelines.value.indexOf(origin.parent);
  const rise =
    parentRow === undefined || parentRow < 0 ? 0 : playback.timelines.value.indexOf(timeline) - parentRow;
  return (
    <div class={`row${isShown ? ' shown' : ''}${isBeside ? ' beside' : ''}`}>
      <button
        type="button"
        class="name"
        aria-pressed={isShown}
        title={origin?.action ?? 'The first timeline'}
        onClick={() => playback.choose(timeline)}
      >
        <b>{name}</b> <span>{origin?.action ?? 'as it was'}</span>
      </button>
      <div class="axis">
        <i class="known" style={{ '--from': (origin?.atUs ?? 0) / endUs, '--to': track.endUs / endUs }} />
        {origin && <i class="fork" style={{ '--at': origin.atUs / endUs, '--rise': rise }} />}
        <Marks {...{ playback, timeline, endUs }} />
      </div>
      {!isOnly && !isShown && (
        <button
          type="button"
          class="small"
          aria-pressed={isBeside}
          onClick={() => playback.compare(isBeside ? undefined : timeline)}
        >
          Beside<span class="visually-hidden"> {name}</span>
        </button>
      )}
      {!isOnly && isShown && (
        <button type="button" class="small" onClick={() => playback.close(timeline)}>
          Close<span class="visually-hidden"> {name}</span>
        </button>
      )}
    </div>
  );
}

/** The marks of a row, from its branching on. Drawn anew only when there are more of them. */
function Marks({ playback, timeline, endUs }: Omit<RowProps, 'shown'>) {
  const drawn = useRef<{ key: string; marks: readonly Mark[] }>(undefined);
  const { marks } = timeline.track;
  const key = `${timeline.name} ${marks.length} ${endUs}`;
  if (drawn.current?.key !== key) drawn.current = { key, marks: thin(timeline, endUs) };
  return drawn.current.marks.map((mark) => (
    <svg
      key={`${mark.kind} ${mark.atUs}`}
      class={`mark ${mark.kind}`}
      viewBox="-1 -1 12 12"
      style={{ '--at': mark.atUs / endUs }}
      aria-hidden="true"
      onClick={() => {
        playback.choose(timeline);
        playback.seek(mark.steps);
      }}
    >
      <title>{`${timeText(mark.atUs)}: ${describe(mark.record)}`}</title>
      <path d={SHAPES[mark.kind]} />
    </svg>
  ));
}

/** As many marks as can be told apart: of those of one place the most telling. */
function thin({ track, origin }: Timeline, endUs: number): readonly Mark[] {
  const rank: Readonly<Record<MarkKind, number>> = { leader: 2, fault: 1, commit: 0 };
  const kept: Mark[] = [];
  for (const mark of track.marks) {
    if (mark.atUs < (origin?.atUs ?? 0)) continue;
    const last = kept.at(-1);
    if (last === undefined || mark.atUs - last.atUs > endUs * CLOSEST) kept.push(mark);
    else if (rank[mark.kind] > rank[last.kind]) kept[kept.length - 1] = mark;
  }
  return kept;
}

/** Where two timelines part, in words. */
function Parting({
  timeline,
  beside,
  difference,
}: {
  readonly timeline: Timeline;
  readonly beside: Timeline;
  readonly difference: NonNullable<ReturnType<typeof firstDifference>>;
}) {
  const say = (row: typeof difference.a) => (row === undefined ? 'nothing yet' : describe(row.record));
  const words = `${timeline.name}: ${say(difference.a)} ${beside.name}: ${say(difference.b)}`;
  return (
    <p class="parting-words" data-testid="parting" title={words}>
      <b>First difference, {timeText(difference.atUs)}.</b> {words}
    </p>
  );
}
