/** Machines of one's own: a program, how many, how fast, and a seed. */

import { PROTOCOLS } from '../../../replication/sim/index.ts';
import { MACHINE_COUNTS } from '../run/link.ts';
import { CLOCKS, type Drawn, type Setup } from '../run/run.ts';

const PROGRAMS = [
  ...Object.entries(PROTOCOLS).map(([name, { title }]) => [name, title] as const),
  [CLOCKS, 'Logical clocks'] as const,
];
const PRESETS = { class: 'Class: 1 to 6 ticks a second', quick: 'Quick' } as const;
const USUAL: Drawn = { program: 'raft', machines: 5, preset: 'class', seed: 7 };
const MAX_SEED = 999_999_999;

interface SetupProps {
  readonly setup: Setup;
  onOpen(setup: Setup): void;
}

export function SetupForm({ setup, onOpen }: SetupProps) {
  const drawn = 'script' in setup ? USUAL : setup;
  const { program, machines, preset, seed } = drawn;
  const open = (change: Partial<Drawn>) => onOpen({ program, machines, preset, seed, ...change });
  return (
    <form class="setup" aria-label="Machines of your own" onSubmit={(event) => event.preventDefault()}>
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
        onChoose={(value) => open({ preset: value as Drawn['preset'] })}
      />
      <label>
        <span>Seed</span>
        <input
          type="number"
          min={0}
          max={MAX_SEED}
          step={1}
          required
          value={seed}
          onChange={({ currentTarget }) => {
            if (currentTarget.reportValidity()) open({ seed: Number(currentTarget.value) });
          }}
        />
      </label>
      <button type="button" onClick={() => open({ seed: (seed + 1) % (MAX_SEED + 1) })}>
        Next seed
      </button>
      <button type="button" onClick={() => open({})}>
        Start over
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
