/** How the clocks of a simulated world run: their rates, and how these drift. */
const SECOND_US = 1_000_000;
/** How far a rate may drift from the one that its clock was set up with, up or down. */
const FARTHEST = 10;

/** A rate that changes all the time. Plain data, never changed in place. */
export interface Drift {
  /** What the rate is multiplied by each virtual second. */
  readonly perSecond: number;
  /** Ticks a second that it does not pass. */
  readonly limit: number;
  /** The virtual microsecond of the next change. */
  readonly nextUs: number;
}

/** A machine's clock. */
export interface Clock {
  ticksPerSecond: number;
  drift: Drift | undefined;
}

/** Virtual microseconds from a tick at `now` to the next. */
export function tickPeriod(clock: Clock, now: number): number {
  if (clock.drift !== undefined) followDrift(clock, now);
  return Math.max(1, Math.round(SECOND_US / clock.ticksPerSecond));
}

/** Sets a clock's rate. A drift goes on from there. */
export function setRate(clock: Clock, now: number, ticksPerSecond: number): void {
  followDrift(clock, now);
  clock.ticksPerSecond = ticksPerSecond;
}

/** Begins a drift, replacing any other; 1 ends it. `firstRate`: what the clock was set up with. */
export function setDrift(clock: Clock, now: number, perSecond: number, firstRate: number): void {
  followDrift(clock, now);
  const limit = perSecond > 1 ? firstRate * FARTHEST : firstRate / FARTHEST;
  clock.drift = perSecond === 1 ? undefined : { perSecond, limit, nextUs: now + SECOND_US };
}

/**
 * Brings a drifting rate up to `now`, second by second: products are the same in every engine, as
 * powers need not be.
 */
function followDrift(clock: Clock, now: number): void {
  const { drift } = clock;
  if (drift === undefined) return;
  const { perSecond, limit } = drift;
  let { nextUs } = drift;
  for (; nextUs <= now; nextUs += SECOND_US) {
    const rate = clock.ticksPerSecond * perSecond;
    if (perSecond > 1 ? rate <= limit : rate >= limit) clock.ticksPerSecond = rate;
  }
  clock.drift = { ...drift, nextUs };
}
