/**
 * Means of a few repetitions, and parts of many, with their confidence intervals. Student (1908),
 * The probable error of a mean.
 */

/** The estimate of a number from repetitions. */
export interface Estimate {
  readonly mean: number;
  /**
   * Half the width of the interval of confidence (`CONFIDENCE`) around the mean; null of a single
   * value.
   */
  readonly margin: number | null;
  readonly least: number;
  readonly greatest: number;
  readonly values: readonly number[];
}

/** How often an interval is to contain the true mean. */
export const CONFIDENCE = 0.95;

/**
 * The mean of the values and its interval, by the t-distribution with one degree of freedom less
 * than there are values; null of none.
 */
export function estimate(values: readonly number[]): Estimate | null {
  const n = values.length;
  if (n === 0) return null;
  const mean = average(values);
  const deviation = Math.sqrt(squares(values) / (n - 1));
  const margin = n === 1 ? null : (tQuantile(CONFIDENCE, n - 1) * deviation) / Math.sqrt(n);
  return { mean, margin, least: Math.min(...values), greatest: Math.max(...values), values };
}

/** A part of all cases that was seen, and the interval that is to contain the true one. */
export interface Proportion {
  readonly seen: number;
  readonly low: number;
  readonly high: number;
}

/**
 * The part that `hits` are of `n` (at least 1), with its interval by the score test (Wilson 1927,
 * Probable inference): it is of use for all and for none, too.
 */
export function proportion(hits: number, n: number): Proportion {
  const z2 = NORMAL_95 ** 2;
  const seen = hits / n;
  const middle = (seen + z2 / (2 * n)) / (1 + z2 / n);
  const half = (NORMAL_95 / (1 + z2 / n)) * Math.sqrt((seen * (1 - seen)) / n + z2 / (4 * n * n));
  // What was never seen otherwise may be all there is.
  return {
    seen,
    low: hits === 0 ? 0 : Math.max(0, middle - half),
    high: hits === n ? 1 : Math.min(1, middle + half),
  };
}

/** A normal value stays within so many deviations of its mean with the probability `CONFIDENCE`. */
const NORMAL_95 = 1.959964;

/** The arithmetic mean; NaN of no values. */
export function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The sum of the squared distances from the mean. */
export function squares(values: readonly number[]): number {
  const mean = average(values);
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
}

/**
 * The t that a value of Student's distribution stays within, to both sides, with the probability
 * `inside` (0 to 1, exclusive).
 */
export function tQuantile(inside: number, degrees: number): number {
  let low = 0;
  let high = 1;
  while (probabilityWithin(high, degrees) < inside) high *= 2;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (probabilityWithin(middle, degrees) < inside) low = middle;
    else high = middle;
  }
  return high;
}

/**
 * The probability of a value from -t to t: a finite sum for whole degrees of freedom (Abramowitz
 * and Stegun, 26.7.3 and 26.7.4).
 */
function probabilityWithin(t: number, degrees: number): number {
  const angle = Math.atan(t / Math.sqrt(degrees));
  const cos2 = Math.cos(angle) ** 2;
  const odd = degrees % 2 === 1;
  let term = odd ? Math.cos(angle) : 1;
  let sum = degrees === 1 ? 0 : term;
  for (let k = odd ? 3 : 2; k < degrees; k += 2) {
    term *= (cos2 * (k - 1)) / k;
    sum += term;
  }
  return odd ? (2 / Math.PI) * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum;
}
