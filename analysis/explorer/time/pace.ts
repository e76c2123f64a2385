/**
 * How fast virtual time passes for those who watch, so that whatever the program something can be
 * seen to happen every second: a message takes a good part of a second, stretches in which nothing
 * is on its way are passed over quickly, and so, more and more, are those without news.
 */
import type { AnyWorld } from '../run/run.ts';

/** Real milliseconds that a message of average delay takes. */
const FLIGHT_MS = 500;
/** After how many real milliseconds with nothing on its way the pace has doubled. */
const QUIET_MS = 35;
/** Real milliseconds without news after which the pace begins to rise, and in which it doubles. */
const PATIENCE_MS = 3_000;
const DOUBLING_MS = 700;
/** The most that the pace rises to where there is no news. */
const FASTEST = 16;

/** What has been seen, in real milliseconds. */
export class Pace {
  #quietMs = 0;
  #staleMs = 0;

  /** Something notable has happened: time is taken to look at it. */
  news(): void {
    this.#staleMs = 0;
  }

  /**
   * Virtual microseconds per real millisecond, now. At the most, time may pass as far as the next
   * simulation event: then ask again.
   */
  rate(world: AnyWorld): number {
    const [low, high] = world.network.settings.delayUs;
    const base = (low + high) / 2 / FLIGHT_MS;
    const rise = 2 ** Math.max(0, (this.#staleMs - PATIENCE_MS) / DOUBLING_MS);
    return base * Math.min(FASTEST, rise) * (1 + this.#quietMs / QUIET_MS);
  }

  /** So many real milliseconds pass. */
  pass(ms: number, world: AnyWorld): void {
    this.#staleMs += ms;
    this.#quietMs = isBusy(world) ? 0 : this.#quietMs + ms;
  }
}

/** Whether something is to be seen on its way. */
function isBusy(world: AnyWorld): boolean {
  return world.inFlight.length > 0;
}
