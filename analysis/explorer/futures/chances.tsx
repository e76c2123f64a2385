/**
 * Chances: what comes of the shown instant in many futures, and how that changes along the time
 * line. Where a chance becomes certain, or none, is the point of no return.
 */
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { Timeline } from '../run/timeline.ts';
import type { Playback, Shown } from '../time/playback.ts';
import { timeText } from '../time/transport.tsx';
import { type Condition, conditionsOf, conditionText, horizonOf, type Sample } from './sample.ts';
import { askFutures } from './worker.ts';

const FUTURES = 200;
/** Along the time line: how many instants, and how many futures of each. */
const INSTANTS = 24;
const FUTURES_ALONG = 60;
/** A chance of no more than this, or all but this, is as good as decided. */
const DECIDED = 0.02;

/** What was found out, so far. */
interface Found {
  readonly timeline: Timeline;
  readonly conditions: readonly Condition[];
  readonly futures: number;
  readonly horizonUs: number;
  readonly samples: readonly Sample[];
  readonly isDone: boolean;
}

export function Chances({
  playback,
  shown,
  script,
}: {
  readonly playback: Playback;
  readonly shown: Shown;
  readonly script: string;
}) {
  const { timeline } = shown;
  const found = useSignal<Found | undefined>(undefined);
  const ending = useRef<AbortController>(undefined);
  useEffect(() => () => ending.current?.abort(), []);
  const conditions = conditionsOf(timeline);
  const ask = async (instants: readonly number[], futures: number) => {
    playback.pause();
    ending.current?.abort();
    const end = new AbortController();
    ending.current = end;
    const horizonUs = horizonOf(timeline.world);
    found.value = { timeline, conditions, futures, horizonUs, samples: [], isDone: false };
    const sampling = { run: timeline.run, instants, futures, horizonUs, conditions };
    const add = (sample: Sample) => {
      const before = found.peek()!;
      found.value = { ...before, samples: [...before.samples, sample] };
    };
    try {
      await askFutures(script, sampling, add, end.signal);
    } catch (error) {
      playback.notice.value = `The futures cannot be calculated: ${(error as Error).message}`;
    }
    if (!end.signal.aborted) found.value = { ...found.peek()!, isDone: true };
  };
  if (conditions.length === 0) return <p>Nobody leads here, and nothing is kept: there is nothing to ask.</p>;
  const known = found.value?.timeline === timeline ? found.value : undefined;
  return (
    <div class="chances">
      <p>What can come of this instant? Messages and timeouts to come are drawn anew in each future.</p>
      <div class="buttons">
        <button type="button" class="main" onClick={() => void ask([timeline.world.steps], FUTURES)}>
          {FUTURES} futures from here
        </button>
        <button type="button" onClick={() => void ask(instantsAlong(timeline), FUTURES_ALONG)}>
          Along the time line
        </button>
      </div>
      {known && <Results {...{ playback, found: known }} />}
    </div>
  );
}

function instantsAlong({ track }: Timeline): readonly number[] {
  const all = Array.from({ length: INSTANTS }, (_, i) => track.stepsAt((track.endUs * i) / (INSTANTS - 1)));
  return [...new Set(all)];
}

function Results({ playback, found }: { readonly playback: Playback; readonly found: Found }) {
  const { conditions, samples, futures, horizonUs, isDone } = found;
  return (
    <>
      <p class="quiet" role="status">
        {isDone ? `${futures} futures, each ${timeText(horizonUs)} long.` : 'Calculating …'}
      </p>
      <table>
        <tbody>
          {conditions.map((condition, i) => {
            const chances = samples.map(({ counts }) => counts[i]! / futures);
            return (
              <tr key={conditionText(condition)}>
                <th scope="row">{conditionText(condition)}</th>
                <td>
                  {samples.length > 1 ? (
                    <Curve {...{ playback, found, chances }} name={conditionText(condition)} />
                  ) : (
                    chances.length === 1 && <Bar chance={chances[0]!} />
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </>
  );
}

function Bar({ chance }: { readonly chance: number }) {
  return (
    <span class="bar" style={{ '--chance': chance }}>
      {Math.round(100 * chance)} %
    </span>
  );
}

interface CurveProps {
  readonly playback: Playback;
  readonly found: Found;
  readonly chances: readonly number[];
  readonly name: string;
}

/** The chance along the time line, and from where on it is decided. */
function Curve({ playback, found, chances, name }: CurveProps) {
  const { samples, timeline, isDone } = found;
  const { track } = timeline;
  const x = (i: number) => (100 * track.timeAt(samples[i]!.steps)) / Math.max(1, track.endUs);
  const points = chances.map((chance, i) => `${x(i)},${20 - 18 * chance}`);
  const side = (chance: number) => (chance <= DECIDED ? 0 : chance >= 1 - DECIDED ? 1 : undefined);
  const end = side(chances.at(-1)!);
  const last = end === undefined ? -1 : chances.findLastIndex((chance) => side(chance) !== end);
  const decided = last < 0 ? undefined : samples[last + 1]!;
  return (
    <>
      <svg
        viewBox="0 0 100 22"
        class="curve"
        preserveAspectRatio="none"
        role="img"
        aria-label={`Chance that ${name}`}
      >
        <polyline points={points.join(' ')} />
        {isDone && decided && <path class="curve-end" d={`M${x(last + 1)} 0 V22`} />}
      </svg>
      {isDone && decided && (
        <button type="button" class="small" onClick={() => playback.seek(decided.steps)}>
          Decided at {timeText(track.timeAt(decided.steps))}
        </button>
      )}
    </>
  );
}
