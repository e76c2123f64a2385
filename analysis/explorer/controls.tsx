/** Time: play, step, travel, and the timelines that lead to different futures. */

import { describeAction } from './describe.ts';
import type { Playback, Shown } from './playback.ts';

const SPEEDS = [0.1, 0.25, 0.5, 1, 2, 4, 10];

export function Transport({ playback, shown }: { readonly playback: Playback; readonly shown: Shown }) {
  const { timeline } = shown;
  const { world, furthest } = timeline;
  const playing = playback.playing.value;
  const time = timeText(world.now);
  return (
    <section class="transport" aria-label="Time">
      <div class="buttons">
        <button type="button" onClick={() => playback.seek(0)} disabled={world.steps === 0} title="Home">
          <Icon d="M5 5 V19 M19 5 L8 12 L19 19 Z" /> Beginning
        </button>
        <button type="button" onClick={() => playback.back()} disabled={world.steps === 0} title="Left arrow">
          <Icon d="M17 5 L6 12 L17 19 Z" /> Step back
        </button>
        <button type="button" class="main" onClick={() => playback.toggle()} title="Space">
          {playing ? <Icon d="M7 5 V19 M17 5 V19" /> : <Icon d="M7 4 L19 12 L7 20 Z" />}{' '}
          {playing ? 'Pause' : 'Play'}
        </button>
        <button type="button" onClick={() => playback.step()} title="Right arrow">
          <Icon d="M7 5 L18 12 L7 19 Z" /> Step
        </button>
        <button type="button" onClick={() => playback.skip()} title="Shift and right arrow">
          <Icon d="M4 5 L11 12 L4 19 Z M12 5 L19 12 L12 19 Z" /> Next change
        </button>
      </div>
      <div class="scrub">
        <input
          type="range"
          min={0}
          max={furthest}
          value={world.steps}
          aria-label="Instant"
          aria-valuetext={`step ${world.steps} of ${furthest}, ${time}`}
          onInput={({ currentTarget }) => playback.seek(Number(currentTarget.value))}
        />
        <Marks shown={shown} />
      </div>
      <div class="instant">
        <output>
          {time} · step {world.steps} of {furthest}
        </output>
        <label>
          <span>Speed</span>
          <select
            value={String(playback.speed.value)}
            onChange={({ currentTarget }) => {
              playback.speed.value = Number(currentTarget.value);
            }}
          >
            {SPEEDS.map((speed) => (
              <option key={speed} value={String(speed)}>
                {speed} ×
              </option>
            ))}
          </select>
        </label>
      </div>
      <p class="quiet">
        Keys: space plays and pauses, ← and → step, shift and → goes to the next change, Home to the
        beginning.
      </p>
      <Timelines playback={playback} shown={shown} />
    </section>
  );
}

function Icon({ d }: { readonly d: string }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={d} />
    </svg>
  );
}

function timeText(us: number): string {
  return `${(us / 1_000_000).toFixed(3)} s`;
}

/** The marks of actions on the time axis. */
function Marks({ shown }: { readonly shown: Shown }) {
  const { furthest, run } = shown.timeline;
  if (furthest === 0) return null;
  return (
    <div class="marks">
      {run.inputs.map(({ steps, action }, i) => (
        <i key={i} style={{ left: `${(100 * steps) / furthest}%` }} title={describeAction(action)} />
      ))}
    </div>
  );
}

/** The other timelines: going back and doing something else keeps the first one. */
function Timelines({ playback, shown }: { readonly playback: Playback; readonly shown: Shown }) {
  const timelines = playback.timelines.value;
  if (timelines.length < 2) return null;
  return (
    <fieldset class="timelines">
      <legend>Futures</legend>
      {timelines.map((other) => (
        <label key={other.name}>
          <input
            type="radio"
            name="timeline"
            checked={other === shown.timeline}
            onChange={() => playback.choose(other)}
          />
          <span>
            {other.name}: {other.origin || 'as it was'}
          </span>
        </label>
      ))}
    </fieldset>
  );
}
