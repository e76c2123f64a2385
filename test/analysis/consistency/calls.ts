/** Short ways to write a client history: each call begins and ends after those before it. */
import type { KeyCall } from '../../../analysis/consistency/versions.ts';
import type { Value } from '../../../vm/store.ts';

/** Calls that follow one another, at 0 to 5, 10 to 15, 20 to 25 and so on. */
export function inTurn(...calls: readonly Omit<KeyCall, 'calledAt' | 'returnedAt'>[]): KeyCall[] {
  return calls.map((call, i) => ({ ...call, calledAt: 10 * i, returnedAt: 10 * i + 5 }));
}

type Call = Omit<KeyCall, 'calledAt' | 'returnedAt'>;

export const read = (client: string, key: string, value: Value): Call => ({
  client,
  input: { type: 'read', key },
  output: { type: 'value', value },
});

/** An append; `previous` is what it found, if it was told. */
export const append = (client: string, key: string, value: string, previous?: Value): Call => ({
  client,
  input: { type: 'append', key, value },
  output: { type: 'done', previous },
});

export const push = (client: string, key: string, value: Value): Call => ({
  client,
  input: { type: 'push', key, value },
  output: { type: 'done' },
});

export const put = (client: string, key: string, value: Value): Call => ({
  client,
  input: { type: 'write', key, value },
  output: { type: 'done' },
});

export const cas = (client: string, key: string, expected: Value, value: Value): Call => ({
  client,
  input: { type: 'cas', key, expected, value },
  output: { type: 'done' },
});
