/** The options of `tickraft search`, checked. */
import { z } from 'zod';
import {
  type Budget,
  COUNTED,
  type Counted,
  DEFAULT_BUDGET,
  ORDERS,
  UNLIMITED,
} from '../../replication/search/index.ts';

const count = (low: number) =>
  z
    .string()
    .regex(/^\d{1,12}$/, 'must be a whole number')
    .transform(Number)
    .refine((value) => value >= low, `must be at least ${low}`);

function isCounted(word: string): word is Counted {
  return (COUNTED as readonly string[]).includes(word);
}

const faults = z.string().transform((text, ctx) => {
  const words = text === '' ? [] : text.split(',');
  const unknown = words.find((word) => !isCounted(word));
  if (unknown === undefined) return words.filter(isCounted);
  ctx.addIssue({ code: 'custom', message: `knows no ${unknown} (it knows ${COUNTED.join(', ')})` });
  return z.NEVER;
});

const budget = z.string().transform((text, ctx) => {
  const given: Partial<Record<Counted, number>> = {};
  for (const part of text.split(',')) {
    const [, word = '', times = ''] = /^([a-z]+)=(\d+|any)$/.exec(part) ?? [];
    const number = times === 'any' ? UNLIMITED : Number(times);
    if (isCounted(word) && number <= UNLIMITED && (number < UNLIMITED || times === 'any'))
      given[word] = number;
    else {
      const message = `must be such as crash=1,drop=2 (${COUNTED.join(', ')}; up to ${UNLIMITED - 1}, or any)`;
      ctx.addIssue({ code: 'custom', message });
      return z.NEVER;
    }
  }
  return given;
});

/** As commander hands them over. */
const optionsSchema = z.object({
  depth: count(1).optional(),
  states: count(1),
  seconds: count(1),
  faults: faults.optional(),
  budget: budget.optional(),
  ask: z.array(z.string()),
  goal: z.string().optional(),
  order: z.enum(ORDERS),
  seed: count(0),
  reduce: z.boolean(),
  out: z.string().min(1, 'must name a file').optional(),
  json: z.boolean(),
});

/** The options of the command. */
export interface SearchCommandOptions extends Omit<z.output<typeof optionsSchema>, 'budget' | 'faults'> {
  readonly budget: Partial<Budget>;
}

/** Throws an Error with one line for the person who typed them. */
export function parseSearchOptions(raw: unknown): SearchCommandOptions {
  const parsed = optionsSchema.safeParse(raw);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    throw new Error(`--${path.join('.')} ${message}`);
  }
  const { faults: named, budget: given = {}, ...rest } = parsed.data;
  return { ...rest, budget: { ...budgetOf(named, given), ...given } };
}

/** Of the faults that are named, one each unless more are usual; of the others none. */
function budgetOf(
  named: readonly Counted[] | undefined,
  given: Partial<Record<Counted, number>>,
): Partial<Budget> {
  // Who crashes as often as is said may start again as often.
  const restart = given.crash ?? DEFAULT_BUDGET.restart;
  if (named === undefined) return { restart };
  const counts = COUNTED.filter((what) => what !== 'tick' || named.includes(what)).map(
    (what): [Counted, number] => {
      const usual = what === 'restart' ? restart : Math.max(1, DEFAULT_BUDGET[what]);
      return [what, named.includes(what) ? usual : 0];
    },
  );
  return Object.fromEntries(counts);
}
