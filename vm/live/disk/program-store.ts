/**
 * The program's own records on a durable disk: in memory, as what they are the record of mostly is
 * anyway. The log makes them durable.
 */
import { MAX_KEY_BYTES, MemoryStore, type Value } from '../../store.ts';

/** The records of a program. */
export class ProgramStore extends MemoryStore {
  override put(key: string, value: Value): void {
    checkKey(key);
    super.put(key, value);
  }
}

/** Throws a `RangeError` if a key cannot be stored. */
export function checkKey(key: string): void {
  // UTF-8 has no bytes for half a surrogate pair: two such keys would collide.
  if (/\p{Surrogate}/u.test(key) || Buffer.byteLength(key) > MAX_KEY_BYTES) {
    throw new RangeError(`a key must be well-formed text of at most ${MAX_KEY_BYTES} bytes`);
  }
}
