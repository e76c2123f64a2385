/** The buttons of time: play, step, back, speed. */

import type { Playback, Shown } from './playback.ts';

const SPEEDS = [0.1, 0.25, 0.5, 1, 2, 4, 10];

export function Transport({ playback, shown }: { readonly playback: Playback; readonly shown: Shown }) {
  const { world, furthest } = shown.timeline;
  const playing = playback.playing.value;
  const isBeginning = world.steps === 0;
  return (
    <div class="transport">
      <Button
        name="Beginning"
        keys="Home"
        d="M5 5 V19 M19 5 L8 12 L19 19 Z"
        off={isBeginning}
        onClick={() => playback.seek(0)}
      />
      <Button
        name="Step back"
        keys="Left arrow"
        d="M17 5 L6 12 L17 19 Z"
        off={isBeginning}
        onClick={() => playback.back()}
      />
      <button type="button" class="main" onClick={() => playback.toggle()} title="Space">
        <Icon d={playing ? 'M7 5 V19 M17 5 V19' : 'M7 4 L19 12 L7 20 Z'} /> {playing ? 'Pause' : 'Play'}
      </button>
      <Button name="Step" keys="Right arrow" d="M7 5 L18 12 L7 19 Z" onClick={() => playback.step()} />
      <Button name="Next tick" keys="T" d="M5 5 V19 M10 5 L20 12 L10 19 Z" onClick={() => playback.tick()} />
      <Button
        name="Next change"
        keys="Shift and right arrow"
        d="M4 5 L11 12 L4 19 Z M12 5 L19 12 L12 19 Z"
        onClick={() => playback.skip()}
      />
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
      <output>
        {timeText(world.now)} · step {world.steps} of {furthest}
      </output>
    </div>
  );
}

interface ButtonProps {
  readonly name: string;
  /** The key that does the same. */
  readonly keys: string;
  /** The path of its icon. */
  readonly d: string;
  readonly off?: boolean;
  onClick(): void;
}

function Button({ name, keys, d, off = false, onClick }: ButtonProps) {
  return (
    <button
      type="button"
      class="icon-only"
      aria-label={name}
      title={`${name} (${keys})`}
      disabled={off}
      onClick={onClick}
    >
      <Icon d={d} />
    </button>
  );
}

function Icon({ d }: { readonly d: string }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={d} />
    </svg>
  );
}

/** Virtual microseconds in words. */
export function timeText(us: number): string {
  return `${(us / 1_000_000).toFixed(3)} s`;
}
