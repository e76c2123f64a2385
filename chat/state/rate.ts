/**
 * How fast an account may write, over all its devices and servers: one number an account, the time
 * by which it has paid for what it wrote (GCRA; ITU-T I.371, A.1).
 */
import type { Store } from '../../vm/index.ts';
import type { Refusal } from './commands.ts';
import { rateKey, record } from './keys.ts';
import { MESSAGE_RATE } from './limits.ts';
import { refused } from './refusals.ts';

/** What one message costs, in milliseconds, and how far an account may be behind with paying. */
const COST_MS = 1_000 / MESSAGE_RATE.perSecond;
const CREDIT_MS = COST_MS * MESSAGE_RATE.burst;

/** Counts `count` messages at `now`; or a refusal, and nothing is counted. */
export function pay(store: Store, name: string, now: number, count = 1): Refusal | undefined {
  const paidUntil = Math.max(record<number>(store, rateKey(name)) ?? 0, now);
  const next = paidUntil + count * COST_MS;
  if (next - now > CREDIT_MS) {
    const { perSecond } = MESSAGE_RATE;
    return refused('TooFast', `too many messages at once: not more than ${perSecond} a second`);
  }
  store.put(rateKey(name), next);
  return undefined;
}
