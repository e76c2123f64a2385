/**
 * Shared by the text and the page of a sweep: which numbers answer which question, and the answers
 * in words.
 */

import { CLOCK_NUMBERS, type KeyNumber } from '../../compare/key-numbers.ts';
import { plural } from '../../output/plural.ts';
import type { Effect } from './effects.ts';
import type { SweepReport } from './sweep.ts';

/** A question of the exercise, and the numbers that answer it. */
export interface Topic {
  readonly title: string;
  readonly numbers: readonly KeyNumber[];
}

const topic = (title: string, ...names: string[]): Topic => ({ title, numbers: names.map(numberOf) });

export const TOPICS: readonly Topic[] = [
  topic('Jumps of the clocks', 'meanJump', 'maxJump', 'jumpVariance', 'slowestMeanJump'),
  topic('Gaps in the clocks', 'gaps', 'skipped'),
  topic('Drift between the machines', 'drift', 'driftPercent'),
  topic('Queues', 'meanQueue', 'maxQueue', 'slowestMeanQueue'),
];

/** The key number of a name. */
export function numberOf(name: string): KeyNumber {
  return CLOCK_NUMBERS.find((number) => number.name === name)!;
}

/** A number with its digits; what rounds to nothing has no sign. */
export function shown(value: number, { digits }: KeyNumber): string {
  return value.toFixed(digits).replace(/^-(0\.?0*)$/, '$1');
}

/**
 * The interval of a difference: `-0.62 to -0.02`. Whether a bound is 0 decides, so that one just
 * below is `<0`.
 */
export function intervalOf({ number, difference: { mean, margin } }: Effect): string {
  if (margin === null) return '';
  const of = numberOf(number);
  return `${bound(mean - margin, of)} to ${bound(mean + margin, of)}`;
}

function bound(value: number, number: KeyNumber): string {
  const text = shown(value, number);
  if (Number(text) !== 0 || value === 0) return text;
  return value < 0 ? '<0' : '>0';
}

/** A number's title with its unit. */
export function titled({ title, unit }: KeyNumber): string {
  return unit === '' ? title : `${title} (${unit})`;
}

/** One value of a factor instead of another: `rates 3-4 instead of 1-6`. */
function instead({ factor, from, to }: Effect): string {
  if (factor === 'machines') return `${plural(Number(to), 'machine')} instead of ${from}`;
  const what = factor === 'internal' ? 'internal events' : 'rates';
  return `${what} ${to} instead of ${from}`;
}

/** The effects of one change of one factor. */
export interface Change {
  readonly title: string;
  readonly effects: readonly Effect[];
}

/** The effects of a sweep, change by change. */
export function changesOf({ effects }: SweepReport): Change[] {
  const changes = new Map<string, Effect[]>();
  for (const effect of effects) {
    const title = instead(effect);
    changes.set(title, [...(changes.get(title) ?? []), effect]);
  }
  return [...changes].map(([title, of]) => ({ title, effects: of }));
}

/**
 * The answer in words: what becomes clearly greater, clearly smaller, and what the repetitions do
 * not tell apart.
 */
export function answerOf({ effects }: Change): string[] {
  const sentence = (start: string, chosen: readonly Effect[]) =>
    chosen.length === 0 ? [] : [`${start}: ${chosen.map(phrase).join('; ')}.`];
  const clear = effects.filter((effect) => effect.clear);
  return [
    ...sentence(
      'Clearly less',
      clear.filter(({ difference }) => difference.mean < 0),
    ),
    ...sentence(
      'Clearly more',
      clear.filter(({ difference }) => difference.mean > 0),
    ),
    ...sentence(
      'Not told apart by these repetitions',
      effects.filter((effect) => !effect.clear),
    ),
  ];
}

function phrase({ number, before, after }: Effect): string {
  const of = numberOf(number);
  return `${titled(of)} from ${shown(before, of)} to ${shown(after, of)}`;
}

/** What was run, in a line. */
export function describe({ settings, repetitions, seconds, seed, stamp }: SweepReport): string {
  const runs = plural(repetitions, 'run');
  const stamped = stamp === 'before' ? ', messages stamped before the send' : '';
  return `${plural(settings.length, 'setting')}, ${runs} of ${seconds} s each, seeds ${seed} to ${seed + repetitions - 1}${stamped}`;
}

/** How the numbers are to be read, a paragraph each. */
export function explanations({ repetitions, confidence, violated }: SweepReport): string[] {
  const percent = `${100 * confidence}%`;
  const intervals =
    repetitions === 1
      ? 'One run a setting gives no measure of uncertainty; use more --repetitions.'
      : `Numbers are averages over ${repetitions} repetitions, ± half of their ${percent} interval of confidence (t-distribution, ${plural(repetitions - 1, 'degree')} of freedom). Differences are taken within each repetition, which has the same seed in every setting, and averaged over the settings that differ in nothing else. A difference is clear if its interval excludes 0; of 20 settings without a difference, about one looks clear by chance.`;
  const checks =
    violated.length === 0
      ? 'No check is violated in any run.'
      : `${plural(violated.length, 'run')} with violations: ${violated.slice(0, 5).join(', ')}${violated.length > 5 ? ', ...' : ''}. Use tickraft analyze to see why.`;
  return [intervals, checks];
}
