/** Scales of pictures: where the marks of an axis stand, and how numbers are written there. */

/** Round numbers (1, 2 or 5 times a power of ten apart) in a range, at most about `most` of them. */
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

/** A coordinate: a tenth of a unit is fine enough, and short. */
export function coordinate(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** Microseconds out of `1.5s`, `300ms`, `20us` or plain seconds; undefined if the text is no time. */
export function parseTime(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(s|ms|us|µs)?$/.exec(text.trim());
  if (match === null) return undefined;
  const unit = { s: 1e6, ms: 1000, us: 1, µs: 1 }[match[2] ?? 's']!;
  return Math.round(Number(match[1]) * unit);
}
