/** What clients' operations mean: the sequential models that histories are checked against. */
import type { Value } from '../../vm/store.ts';
import type { Model } from './history.ts';

/** An operation on one key. Registers have a single key, which may be empty. */
export type KeyOperation =
  | { readonly type: 'read'; readonly key: string }
  | { readonly type: 'write'; readonly key: string; readonly value: Value }
  | { readonly type: 'append'; readonly key: string; readonly value: string }
  | { readonly type: 'cas'; readonly key: string; readonly expected: Value; readonly value: Value };

/** What it answered. */
export type KeyAnswer =
  | { readonly type: 'value'; readonly value: Value }
  | { readonly type: 'done' }
  /** A compare-and-set that found another value. */
  | { readonly type: 'mismatch' };

/** A map from keys to values, each beginning as `initial`, with reads, writes, appends and compare-and-set. */
export function keyValueModel(initial: Value): Model<Value, KeyOperation, KeyAnswer> {
  return {
    name: 'kv',
    initial,
    step(state, input, output) {
      switch (input.type) {
        case 'read':
          return output?.type === 'value' && !isSame(output.value, state) ? undefined : { state };
        case 'write':
          return { state: input.value };
        case 'append':
          return { state: `${typeof state === 'string' ? state : ''}${input.value}` };
        case 'cas': {
          const matches = isSame(state, input.expected);
          if (output?.type === 'done' && !matches) return undefined;
          if (output?.type === 'mismatch' && matches) return undefined;
          return { state: matches ? input.value : state };
        }
      }
    },
    key: (state) => JSON.stringify(state),
    part: ({ key }) => key,
    isRead: ({ type }) => type === 'read',
    values,
    describe,
  };
}

function isSame(a: Value, b: Value): boolean {
  return a === b || (typeof a === 'object' && JSON.stringify(a) === JSON.stringify(b));
}

function values(input: KeyOperation, output: KeyAnswer | undefined): readonly string[] | undefined {
  switch (input.type) {
    case 'read':
      return output?.type === 'value' ? [JSON.stringify(output.value)] : [];
    case 'write':
      return [JSON.stringify(input.value)];
    case 'cas':
      // What a mismatch saw is only known not to be what it expected.
      if (output?.type === 'mismatch') return undefined;
      return [JSON.stringify(input.expected), JSON.stringify(input.value)];
    case 'append':
      return undefined;
  }
}

function describe(input: KeyOperation, output: KeyAnswer | undefined): string {
  const on = input.key === '' ? '' : ` ${input.key}`;
  const what =
    input.type === 'read'
      ? `read${on}`
      : input.type === 'cas'
        ? `cas${on} ${JSON.stringify(input.expected)} to ${JSON.stringify(input.value)}`
        : `${input.type}${on} ${JSON.stringify(input.value)}`;
  if (output === undefined) return `${what}: no answer`;
  return output.type === 'value' ? `${what}: ${JSON.stringify(output.value)}` : `${what}: ${output.type}`;
}
