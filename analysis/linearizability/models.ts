/** What clients' operations mean: the sequential models that histories are checked against. */
import type { Value } from '../../vm/store.ts';
import type { Effect, Model } from './history.ts';

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

/** Any value that ends in `suffix`; any value at all if that is empty. */
class Unknown {
  readonly suffix: string;
  constructor(suffix: string) {
    this.suffix = suffix;
  }

  mayBe(value: Value): boolean {
    return this.suffix === '' || (typeof value === 'string' && value.endsWith(this.suffix));
  }
}

/** What a key holds: a value, or what little is known of it. */
export type KeyState = Value | Unknown;

/** A map from keys to values, each beginning as `initial`, with reads, writes, appends and compare-and-set. */
export function keyValueModel(initial: Value): Model<KeyState, KeyOperation, KeyAnswer> {
  return {
    name: 'kv',
    initial,
    unknown: new Unknown(''),
    step(state, input, output) {
      if (state instanceof Unknown) return stepFromUnknown(state, input, output);
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
    key: (state) => (state instanceof Unknown ? `?${state.suffix}` : keyOf(state)),
    part: ({ key }) => key,
    isRead: ({ type }, output) => type === 'read' || output?.type === 'mismatch',
    effect,
    describe,
  };
}

function stepFromUnknown(
  state: Unknown,
  input: KeyOperation,
  output: KeyAnswer | undefined,
): { readonly state: KeyState } | undefined {
  switch (input.type) {
    case 'read':
      if (output?.type !== 'value') return { state };
      return state.mayBe(output.value) ? { state: output.value } : undefined;
    case 'write':
      return { state: input.value };
    case 'append':
      return { state: new Unknown(`${state.suffix}${input.value}`) };
    case 'cas':
      if (output?.type === 'mismatch') return { state };
      if (state.mayBe(input.expected)) return { state: input.value };
      return output === undefined ? { state } : undefined;
  }
}

function keyOf(value: Value): string {
  return JSON.stringify(value);
}

function isSame(a: Value, b: Value): boolean {
  return a === b || (typeof a === 'object' && keyOf(a) === keyOf(b));
}

function effect(input: KeyOperation, output: KeyAnswer | undefined): Effect | undefined {
  switch (input.type) {
    case 'read':
      return output?.type === 'value' ? { sees: keyOf(output.value) } : {};
    case 'write':
      return { leaves: keyOf(input.value) };
    case 'cas':
      if (output?.type === 'mismatch') return { avoids: keyOf(input.expected) };
      if (output === undefined) return { changes: keyOf(input.expected), leaves: keyOf(input.value) };
      return { sees: keyOf(input.expected), leaves: keyOf(input.value) };
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
