/** The grid of a sweep: every combination of the values that the flags name. */
import type { ClocksSettings } from '../clocks.ts';
import { parseClocksOptions } from '../options.ts';

/** What is varied, in the order of the grid. */
export const FACTORS = ['machines', 'rates', 'internal'] as const;
export type Factor = (typeof FACTORS)[number];

/** One setting of the exercise. */
export interface Cell {
  /** Its folder's name: `machines-3_rates-1-6_internal-7of10`. */
  readonly name: string;
  /** The value of each factor, as it was typed. */
  readonly levels: { readonly [factor in Factor]: string };
  /**
   * For `planRuns`. All cells have the same seeds, so that repetition 3 draws the same random
   * numbers in each.
   */
  readonly settings: ClocksSettings;
}

/** Settings of a sweep, at most. */
const MOST_CELLS = 1000;

/** The flags as commander passes them; what a grid does not vary is as in `tickraft clocks`. */
export interface RawGrid extends Readonly<Record<string, unknown>> {
  readonly machines?: string | undefined;
  readonly rates: string;
  readonly internal: string;
  /**
   * Of the first repetition. `parseGrid` wants it: drawn for each setting, it would be another in
   * each.
   */
  readonly seed?: string;
}

/**
 * The settings that the flags ask for, in order: the last factor varies fastest. Throws an Error
 * with one line for the person who typed them.
 */
export function parseGrid(raw: RawGrid & { readonly seed: string }): Cell[] {
  const rates = list('rates', raw.rates);
  const internal = list('internal', raw.internal);
  // Without the flag there are as many machines as the rates name, or three.
  const machines = raw.machines === undefined ? [undefined] : list('machines', raw.machines);
  if (rates.length * internal.length * machines.length > MOST_CELLS)
    throw new Error(`a sweep has at most ${MOST_CELLS} settings`);
  return machines.flatMap((count) =>
    rates.flatMap((rate) => internal.map((part) => cell(raw, count, rate, part))),
  );
}

function cell(raw: RawGrid, count: string | undefined, rates: string, internal: string): Cell {
  const { settings } = parseClocksOptions({
    ...raw,
    machines: count,
    rates: rates.replaceAll(':', ','),
    internal,
  });
  const levels = { machines: String(settings.machines), rates, internal };
  const name = FACTORS.map((factor) => `${factor}-${fileName(levels[factor])}`).join('_');
  return { name, levels, settings };
}

const fileName = (level: string) => level.replaceAll('/', 'of').replaceAll(':', '+');

/** The values of a flag, `1-6,3-4`, each once. */
function list(flag: string, text: string): string[] {
  const values = text.split(',').map((value) => value.trim());
  if (values.includes('')) throw new Error(`--${flag} must be values with commas between them`);
  if (new Set(values).size < values.length) throw new Error(`--${flag} names a value twice`);
  return values;
}
