/**
 * The effects of changing one factor with all others constant: within each repetition first, then
 * over the repetitions.
 */
import { CLOCK_NUMBERS } from '../../compare/key-numbers.ts';
import { average, type Estimate, estimate } from '../../compare/statistics.ts';
import { FACTORS, type Factor } from './grid.ts';
import type { SweepSetting } from './results.ts';

/** The effect of one value of a factor instead of its first on one number. */
export interface Effect {
  readonly factor: Factor;
  readonly from: string;
  readonly to: string;
  /** A key number's name. */
  readonly number: string;
  /** Averages over the settings that are compared. */
  readonly before: number;
  readonly after: number;
  /**
   * `after` less `before`: a value for each repetition, averaged over the pairs of settings that
   * differ in this factor alone.
   */
  readonly difference: Estimate;
  /** Whether the interval of the difference leaves out 0; null of a single repetition. */
  readonly clear: boolean | null;
}

/** The effects of a factor, for every value but its first and every number. */
export function effectsOf(factor: Factor, settings: readonly SweepSetting[]): Effect[] {
  const [from, ...others] = new Set(settings.map(({ levels }) => levels[factor]));
  return others.flatMap((to) => {
    const pairs = pairsOf(factor, from!, to, settings);
    return CLOCK_NUMBERS.flatMap(({ name }) => effect(factor, from!, to, name, pairs) ?? []);
  });
}

type Pair = readonly [SweepSetting, SweepSetting];

/**
 * Settings that differ in the factor alone. A grid with rates for each machine has no partner for
 * some.
 */
function pairsOf(factor: Factor, from: string, to: string, settings: readonly SweepSetting[]): Pair[] {
  return settings.flatMap((before): Pair[] => {
    if (before.levels[factor] !== from) return [];
    const after = settings.find(({ levels }) =>
      FACTORS.every((one) => levels[one] === (one === factor ? to : before.levels[one])),
    );
    return after === undefined ? [] : [[before, after]];
  });
}

function effect(
  factor: Factor,
  from: string,
  to: string,
  number: string,
  pairs: readonly Pair[],
): Effect | null {
  const repetitions = pairs[0]?.[0].runs ?? [];
  const over = (side: 0 | 1, run: number) =>
    pairs.flatMap((pair) => pair[side].runs[run]!.numbers[number] ?? []);
  const runs = repetitions.map((_, run) => [over(0, run), over(1, run)] as const);
  // A number that some run lacks cannot be compared.
  if (pairs.length === 0 || runs.flat().some((values) => values.length < pairs.length)) return null;
  const before = average(runs.map(([values]) => average(values)));
  const after = average(runs.map(([, values]) => average(values)));
  const difference = estimate(runs.map(([old, now]) => average(now) - average(old)))!;
  const { mean, margin } = difference;
  const clear = margin === null ? null : Math.abs(mean) > margin;
  return { factor, from, to, number, before, after, difference, clear };
}
