/**
 * Scales of pictures: where the marks of an axis stand, and how numbers are written there. The
 * page's script uses these functions too, so that an axis is the same before and after a zoom:
 * nothing here needs Node or a page.
 */

/**
 * Round numbers (1, 2 or 5 times a power of ten apart) in a range, at most about `most` of them.
 */
export function ticks(from: number, to: number, most: number): number[] {
  const step = tickStep(from, to, most);
  const first = Math.ceil(from / step);
  const count = Math.floor(to / step) - first + 1;
  return Array.from({ length: Math.max(0, count) }, (_, i) => (first + i) * step);
}

/** How far apart they are. */
export function tickStep(from: number, to: number, most: number): number {
  const rough = Math.max(to - from, Number.MIN_VALUE) / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
}

/** A time in seconds, with as many digits as the step between two of them needs: `0.25 s`. */
export function secondsLabel(us: number, stepUs: number): string {
  const digits = Math.max(0, Math.min(6, Math.ceil(-Math.log10(stepUs / 1e6) - 1e-9)));
  return `${(us / 1e6).toFixed(digits)} s`;
}

/** A mark of a time axis. */
export interface TimeMark {
  readonly us: number;
  readonly text: string;
  /** So near the end that its text must end where the field does. */
  readonly isLast: boolean;
}

/** The marks of a time axis, at most about `most`. */
export function timeMarks(from: number, to: number, most: number): TimeMark[] {
  const step = tickStep(from, to, most);
  return ticks(from, to, most).map((us) => ({
    us,
    text: secondsLabel(us, step),
    isLast: us - from > 0.97 * (to - from),
  }));
}

/** A length of time for people: `3.2 ms`, `1.25 s`. */
export function duration(us: number): string {
  if (us < 1000) return `${Math.round(us)} µs`;
  if (us < 1e6) return `${short(us / 1000)} ms`;
  return `${short(us / 1e6)} s`;
}

/** A number with three digits that matter, without trailing zeros: `12.5`, `1,250`, `2.3 M`. */
export function short(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e9) return `${Number((value / 1e9).toPrecision(3))} G`;
  if (size >= 1e6) return `${Number((value / 1e6).toPrecision(3))} M`;
  if (size >= 1000) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(3)));
}

/**
 * A number on an axis, with as many digits as the step between two of them needs: `8,375`,
 * `1.2345 M`.
 */
function numberLabel(value: number, step: number): string {
  const size = Math.abs(value);
  const unit = size >= 1e9 ? 1e9 : size >= 1e6 ? 1e6 : 1;
  const digits = Math.max(0, Math.min(9, Math.ceil(-Math.log10(step / unit) - 1e-9)));
  // Minus nothing is nothing.
  const text = (value / unit + 0).toLocaleString('en-US', { maximumFractionDigits: digits });
  return unit === 1 ? text : `${text} ${unit === 1e9 ? 'G' : 'M'}`;
}

/**
 * How high a number stands: by itself, or by its power of ten. What has none stands where 1 does.
 */
export function heightOf(value: number, isLog: boolean): number {
  return isLog ? Math.log10(value > 0 ? value : 1) : value;
}

/** An axis of numbers: the heights of its ends, and what is written where. */
export interface ValueAxis {
  readonly from: number;
  readonly to: number;
  readonly marks: readonly { readonly at: number; readonly text: string }[];
}

/**
 * The axis for numbers from `least` to `most`: whole ones, or, by powers of ten, any above 0;
 * `isTime` says that they are microseconds.
 */
export function valueAxis(least: number, most: number, isLog: boolean, isTime: boolean): ValueAxis {
  const [low, high] = [heightOf(least, isLog), heightOf(most, isLog)];
  // Small changes are not magnified: an axis spans at least 1, or a factor of two.
  const widen = Math.max(0, (isLog ? Math.log10(2) : 1) - (high - low)) / 2;
  const [from, to] = [low - widen, high + widen];
  const step = tickStep(from, to, 6);
  const values = isLog ? powerMarks(from, to) : ticks(from, to, 6).filter(Number.isInteger);
  return {
    from,
    to,
    marks: values.map((value) => ({
      at: heightOf(value, isLog),
      text: isTime ? duration(value) : isLog ? short(value) : numberLabel(value, Math.max(1, step)),
    })),
  };
}

/**
 * Marks of an axis by powers of ten: the powers, or, of a short one, 1, 2 and 5 times them; of a
 * shorter one, what is round.
 */
function powerMarks(from: number, to: number): number[] {
  const first = Math.ceil(from - 1e-9);
  const powers = Array.from({ length: Math.max(0, Math.floor(to + 1e-9) - first + 1) }, (_, i) => first + i);
  const some = powers
    .filter((power) => (power - first) % Math.ceil((to - from) / 5) === 0)
    .map((power) => 10 ** power);
  if (some.length > 2) return some;
  const more = [first - 1, ...powers]
    .flatMap((power) => [1, 2, 5].map((factor) => factor * 10 ** power))
    .filter((value) => Math.log10(value) >= from - 1e-9 && Math.log10(value) <= to + 1e-9);
  return more.length > 2 ? more : ticks(10 ** from, 10 ** to, 5);
}

/** A coordinate: a tenth of a unit is fine enough, and short. */
export function coordinate(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/**
 * Microseconds out of `1.5s`, `300ms`, `20us` or plain seconds; undefined if the text is no time.
 */
export function parseTime(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(s|ms|us|µs)?$/.exec(text.trim());
  if (match === null) return undefined;
  const unit = { s: 1e6, ms: 1000, us: 1, µs: 1 }[match[2] ?? 's']!;
  return Math.round(Number(match[1]) * unit);
}
