/**
 * How long a follower waits for its leader before it calls an election (Raft, 5.2: randomised, so
 * that split votes are rare), and when it waits longer: the range widens at its top, so that
 * replicas whose campaigns collide spread out, and its shortest time never changes.
 *
 * It widens with every campaign in a row that failed. With `rememberLossTicks` it also widens with
 * every leader that was lost a short time ago: leaders that are lost one after the other are lost
 * for a reason that they share, such as a computer or a network that is overloaded, which makes
 * campaigns collide too. What was learnt from one election is then not forgotten in the next one.
 * A loss is remembered for `rememberLossTicks`; with several, one is forgotten in each such time.
 * The first loss in such a time changes nothing about the election that follows it.
 */
import type { RaftSettings } from './settings.ts';

/** More losses would widen nothing. */
const MOST_LOSSES = 2;
/** Timeouts are drawn from a range up to this many times as wide. */
const WIDEST = 2 ** MOST_LOSSES;

/** The leaders that a replica has lost of late. Plain data, never changed in place. */
export interface Losses {
  /** How many, as of `at`. */
  readonly count: number;
  /** When the last one was lost (ticks). */
  readonly at: number;
}

export const NO_LOSSES: Losses = { count: 0, at: 0 };

/** What the range depends on. */
export interface Unrest {
  /** Campaigns in a row that failed. */
  readonly failed: number;
  /** Leaders lost before the one that is followed or missing now. */
  readonly losses: Losses;
}

type Settings = Pick<RaftSettings, 'electionTicks' | 'rememberLossTicks'>;

/** The range of election timeouts, `[low, high]`, both inclusive (ticks). */
export function timeoutRange(
  { failed, losses }: Unrest,
  now: number,
  settings: Settings,
): readonly [number, number] {
  const [low, high] = settings.electionTicks;
  const times = Math.min(2 ** (failed + remembered(losses, now, settings)), WIDEST);
  return [low, low + (high - low + 1) * times - 1];
}

/** A leader is lost. */
export function withLoss(losses: Losses, now: number, settings: Settings): Losses {
  if (settings.rememberLossTicks === 0) return losses;
  return { count: Math.min(remembered(losses, now, settings) + 1, MOST_LOSSES), at: now };
}

function remembered({ count, at }: Losses, now: number, { rememberLossTicks }: Settings): number {
  if (count === 0) return 0;
  return Math.max(0, count - Math.floor((now - at) / rememberLossTicks));
}
