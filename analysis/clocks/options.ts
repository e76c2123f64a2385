/** Checks the options of `tickraft clocks`, and makes settings of them. */
import { randomInt } from 'node:crypto';
import { z } from 'zod';
import type { ClocksSettings, Rates } from './clocks.ts';

const MAX_RATE = 1000;

const wholeNumber = (low: number, high: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, 'must be a whole number')
    .transform(Number)
    .refine((value) => value >= low && value <= high, `must be from ${low} to ${high}`);

const rates = z.string().transform((text, ctx): Rates => {
  const range = /^(\d+)-(\d+)$/.exec(text);
  if (range !== null) {
    const low = Number(range[1]);
    const high = Number(range[2]);
    if (low >= 1 && low <= high && high <= MAX_RATE) return { low, high };
  } else {
    const fixed = text.split(',').map(Number);
    if (fixed.every((rate) => rate > 0 && rate <= MAX_RATE)) return { fixed };
  }
  ctx.addIssue({
    code: 'custom',
    message: `must be a range of whole numbers (1-6) or one rate for each machine (1,3,6), up to ${MAX_RATE}`,
  });
  return z.NEVER;
});

/** `7/10`: of ten equally likely rolls, seven are internal events. */
const fraction = z.string().transform((text, ctx) => {
  const match = /^(\d{1,4})\/(\d{1,4})$/.exec(text);
  const internal = Number(match?.[1]);
  const sides = Number(match?.[2]);
  if (match !== null && sides >= 1 && internal <= sides) return { internal, sides };
  ctx.addIssue({ code: 'custom', message: 'must be a fraction from 0/1 to 1/1, such as 7/10' });
  return z.NEVER;
});

/** The options as commander gives them: text. */
const optionsSchema = z.object({
  machines: wholeNumber(1, 100).optional(),
  rates,
  seconds: z
    .string()
    .transform(Number)
    .refine((value) => value > 0 && value <= 1e8, 'must be a number of seconds greater than 0'),
  runs: wholeNumber(1, 10_000),
  internal: fraction,
  seed: wholeNumber(0, 999_999_999_999_999).optional(),
  stamp: z.enum(['after', 'before'], 'must be after or before'),
  vector: z.boolean(),
  live: z.boolean(),
  out: z.string().min(1),
});

/** The options of the command. */
export interface ClocksOptions {
  readonly settings: ClocksSettings;
  readonly live: boolean;
  readonly out: string;
}

/** Three machines, as the exercise has them. */
const MACHINES = 3;

/**
 * The options as settings; draws a seed if there is none. Throws an Error with one line for the
 * person who typed them.
 */
export function parseClocksOptions(raw: unknown): ClocksOptions {
  const parsed = optionsSchema.safeParse(raw);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    throw new Error(`--${path.join('.')} ${message}`);
  }
  const { rates, seconds, runs, internal, stamp, vector, live, out } = parsed.data;
  const fixed = 'fixed' in rates ? rates.fixed.length : undefined;
  const machines = parsed.data.machines ?? fixed ?? MACHINES;
  if (fixed !== undefined && fixed !== machines) {
    throw new Error(`--rates names ${fixed} rates for ${machines} machines`);
  }
  const seed = parsed.data.seed ?? randomInt(1_000_000);
  const clock = { stamp, vector };
  return { settings: { machines, rates, seconds, runs, die: internal, seed, clock }, live, out };
}
