/**
 * Password attempts, counted by account and address: an attacker waits longer and longer, and the
 * account's owner, at another address, does not. Many addresses that never logged in to an account
 * share a number of tries; one that did is not affected.
 *
 * In the memory of one replica. Times are given in milliseconds; nothing here looks at a clock.
 */
import { Rates } from '../../vm/live/pressure/index.ts';
import { ChatError } from '../errors.ts';
import type { PASSWORD_TRIES } from '../state/limits.ts';

/** A try that has begun. It counts as wrong until one of these is called. */
export interface Try {
  /** The password was right. */
  succeeded(): void;
  /** The password was not checked. */
  withdrawn(): void;
}

interface Failures {
  readonly count: number;
  readonly at: number;
  /** Whether this address has logged in to the account. */
  readonly isKnown: boolean;
}

/** The tries at all accounts of one replica. */
export class Tries {
  readonly #limits: typeof PASSWORD_TRIES;
  /** By account and address, the longest unused first. */
  readonly #failures = new Map<string, Failures>();
  readonly #ofStrangers: Rates;

  constructor(limits: typeof PASSWORD_TRIES) {
    this.#limits = limits;
    this.#ofStrangers = new Rates({ ...limits.ofStrangers, keys: limits.remembered });
  }

  /** Begins a try. Throws `TooManyTries` if it is too early for one. */
  begin(account: string, address: string, now: number): Try {
    const key = `${account} ${address}`;
    const before = this.#recall(key, now);
    const wait = this.#waitMs(before.count) - (now - before.at);
    if (wait > 0) throw tooMany(wait);
    const isStranger = !before.isKnown;
    if (isStranger && !this.#ofStrangers.take(account, now)) throw tooMany(this.#limits.longestWaitMs);
    this.#remember(key, { ...before, count: before.count + 1, at: now });
    const giveBack = () => {
      if (isStranger) this.#ofStrangers.give(account);
    };
    return {
      succeeded: () => {
        giveBack();
        this.#remember(key, { count: 0, at: now, isKnown: true });
      },
      withdrawn: () => {
        giveBack();
        const { count, ...rest } = this.#recall(key, now);
        this.#remember(key, { ...rest, count: Math.max(0, count - 1) });
      },
    };
  }

  #waitMs(count: number): number {
    const { free, firstWaitMs, longestWaitMs } = this.#limits;
    return count < free ? 0 : Math.min(longestWaitMs, firstWaitMs * 2 ** (count - free));
  }

  #recall(key: string, now: number): Failures {
    const known = this.#failures.get(key) ?? { count: 0, at: now, isKnown: false };
    return now - known.at > this.#limits.forgottenAfterMs ? { ...known, count: 0 } : known;
  }

  #remember(key: string, failures: Failures): void {
    this.#failures.delete(key);
    this.#failures.set(key, failures);
    if (this.#failures.size > this.#limits.remembered)
      this.#failures.delete(this.#failures.keys().next().value!);
  }
}

function tooMany(waitMs: number): ChatError {
  const seconds = Math.ceil(waitMs / 1000);
  return new ChatError('TooManyTries', `too many wrong passwords: try again in ${seconds} s`);
}
