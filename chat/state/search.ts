/** Searching in messages: backwards from the latest, so many at a time. */
import type { StoreReader, Value } from '../../vm/index.ts';
import { sequenceOf } from './keys.ts';
import { MESSAGES_PAGE, SEARCH_SCAN } from './limits.ts';

/** Text as it is compared: without the differences of upper and lower case. */
const folded = (text: string): string => text.normalize('NFKC').toLowerCase();

/**
 * A page of the messages between two keys whose text holds `text`, latest first. `next`: the place
 * before which the next page begins; null if everything was looked at.
 */
export function searchBack<T extends { readonly text: string; readonly deletedAt?: number }>(
  store: StoreReader,
  [from, to]: readonly [string, string],
  text: string,
  asMessage: (value: Value) => T | undefined,
): { readonly messages: readonly T[]; readonly next: number | null } {
  const wanted = folded(text);
  const messages: T[] = [];
  let scanned = 0;
  let last = 0;
  for (const [key, value] of store.range(from, to, { reverse: true, limit: SEARCH_SCAN + 1 })) {
    if (scanned++ === SEARCH_SCAN || messages.length === MESSAGES_PAGE) return { messages, next: last };
    last = sequenceOf(key);
    const message = asMessage(value);
    if (message?.deletedAt === undefined && message && folded(message.text).includes(wanted))
      messages.push(message);
  }
  return { messages, next: null };
}
