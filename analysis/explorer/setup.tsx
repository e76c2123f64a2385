/** The setup of the world, and the exports: a link to this instant, and the event log. */

import { PROTOCOLS } from '../../replication/sim/index.ts';
import { formatLink, MACHINE_COUNTS } from './link.ts';
import type { Playback } from './playback.ts';
import { CLOCKS, type Setup } from './run.ts';

const PROGRAMS = [
  ...Object.entries(PROTOCOLS).map(([name, { title }]) => [name, title] as const),
  [CLOCKS, 'Logical clocks'] as const,
];
const PRESETS = { class: 'Class: 1 to 6 ticks a second', quick: 'Quick' } as const;

export function SetupForm({ playback, setup }: { readonly playback: Playback; readonly setup: Setup }) {
  const { program, machines, preset, seed } = setup;
  const open = (change: Partial<Setup>) =>
    playback.open({ program, machines, preset, seed, ...change, inputs: [], steps: 0 });
  return (
    <form class="setup" aria-label="World" onSubmit={(event) => event.preventDefault()}>
      <Choice
        name="Program"
        value={program}
        choices={PROGRAMS}
        onChoose={(value) => open({ program: value })}
      />
      <Choice
        name="Machines"
        value={String(machines)}
        choices={MACHINE_COUNTS.map((count) => [String(count), String(count)])}
        onChoose={(value) => open({ machines: Number(value) })}
      />
      <Choice
        name="Preset"
        value={preset}
        choices={Object.entries(PRESETS)}
        onChoose={(value) => open({ preset: value as Setup['preset'] })}
      />
      <label>
        <span>Seed</span>
        <input
          type="number"
          min={0}
          max={999_999_999}
          step={1}
          required
          value={seed}
          onChange={({ currentTarget }) => {
            if (currentTarget.reportValidity()) open({ seed: Number(currentTarget.value) });
          }}
        />
      </label>
      <button type="button" onClick={() => open({ seed: (seed + 1) % 1_000_000_000 })}>
        Next seed
      </button>
      <button type="button" onClick={() => open({})}>
        Start over
      </button>
      <button type="button" onClick={() => copyLink(playback)}>
        Copy link
      </button>
      <button type="button" onClick={() => download(playback)}>
        Download CSV
      </button>
    </form>
  );
}

interface ChoiceProps {
  readonly name: string;
  readonly value: string;
  /** Values and their words. */
  readonly choices: readonly (readonly [string, string])[];
  onChoose(value: string): void;
}

function Choice({ name, value, choices, onChoose }: ChoiceProps) {
  return (
    <label>
      <span>{name}</span>
      <select value={value} onChange={({ currentTarget }) => onChoose(currentTarget.value)}>
        {choices.map(([choice, words]) => (
          <option key={choice} value={choice}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}

async function copyLink(playback: Playback): Promise<void> {
  const url = new URL(`#${formatLink(playback.run)}`, location.href);
  history.replaceState(null, '', url);
  try {
    await navigator.clipboard.writeText(url.href);
    playback.notice.value = 'The link is copied. It opens this run at this instant.';
  } catch {
    // Pages that do not come by https may not write to the clipboard.
    playback.notice.value = 'The link is in the address bar. It opens this run at this instant.';
  }
}

function download(playback: Playback): void {
  const { program, machines, preset, seed } = playback.run;
  const url = URL.createObjectURL(new Blob([playback.eventLog()], { type: 'text/csv' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = `${program}-${machines}-${preset}-seed-${seed}.csv`;
  link.click();
  URL.revokeObjectURL(url);
}
