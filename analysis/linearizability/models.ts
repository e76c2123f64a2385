/** The sequential models that histories are checked against. */
import type { Value } from '../../vm/index.ts';
import type { Effect, Growth, Model } from './history.ts';
import { PartlyKnown } from './partly-known.ts';

/** An operation on one key. Registers have a single key, which may be empty. */
export type KeyOperation =
  | { readonly type: 'read'; readonly key: string }
  | { readonly type: 'write'; readonly key: string; readonly value: Value }
  /** Puts a text behind the text that is there. */
  | { readonly type: 'append'; readonly key: string; readonly value: string }
  /** Puts an element behind the list that is there; nothing there (null) is the empty list. */
  | { readonly type: 'push'; readonly key: string; readonly value: Value }
  | { readonly type: 'cas'; readonly key: string; readonly expected: Value; readonly value: Value };

/** What it answered. */
export type KeyAnswer =
  | { readonly type: 'value'; readonly value: Value }
  /** It was done; `previous` is what was there before, if reported. */
  | { readonly type: 'done'; readonly previous?: Value | undefined }
  /** A compare-and-set that found another value: `previous`, if reported. */
  | { readonly type: 'mismatch'; readonly previous?: Value | undefined };

/** What a key holds: a value, or what little is known of it. */
export type KeyState = Value | PartlyKnown;

/** Stands for any value that a key may begin with. */
export const ANY_VALUE = new PartlyKnown();

/**
 * A map from keys to values, each beginning as `initial` (`ANY_VALUE`: nobody knows), with reads,
 * writes, appends to texts and to lists, and compare-and-set.
 */
export function keyValueModel(initial: KeyState): Model<KeyState, KeyOperation, KeyAnswer> {
  return {
    name: 'kv',
    initial,
    unknown: ANY_VALUE,
    isUnknown: (state) => state instanceof PartlyKnown,
    step(state, input, output) {
      if (state instanceof PartlyKnown) return stepFromUnknown(this, state, input, output);
      const previous = previousOf(output);
      if (previous !== undefined && !isSame(previous, state)) return undefined;
      switch (input.type) {
        case 'read':
          return output?.type === 'value' && !isSame(output.value, state) ? undefined : { state };
        case 'write':
          return { state: input.value };
        case 'append':
          return { state: appended(state, input.value) };
        case 'push':
          return { state: [...(Array.isArray(state) ? state : []), input.value] };
        case 'cas': {
          const matches = isSame(state, input.expected);
          if (output?.type === 'done' && !matches) return undefined;
          if (output?.type === 'mismatch' && matches) return undefined;
          return { state: matches ? input.value : state };
        }
      }
    },
    key: (state) => (state instanceof PartlyKnown ? state.key : keyOf(state)),
    part: ({ key }) => key,
    isRead: ({ type }, output) => type === 'read' || output?.type === 'mismatch',
    effect,
    growth: GROWTH,
    describe,
    describeState: (state) =>
      state instanceof PartlyKnown ? state.describe() : `the value is ${keyOf(state)}`,
  };
}

function stepFromUnknown(
  model: Model<KeyState, KeyOperation, KeyAnswer>,
  state: PartlyKnown,
  input: KeyOperation,
  output: KeyAnswer | undefined,
): { readonly state: KeyState } | undefined {
  const previous = previousOf(output);
  if (previous !== undefined) {
    return state.mayBe(previous) ? model.step(previous, input, output) : undefined;
  }
  switch (input.type) {
    case 'read':
      if (output?.type !== 'value') return { state };
      return state.mayBe(output.value) ? { state: output.value } : undefined;
    case 'write':
      return { state: input.value };
    case 'append':
      return { state: state.appended(input.value) };
    case 'push':
      return { state: state.pushed(input.value) };
    case 'cas':
      if (output?.type === 'mismatch') return { state: state.without(input.expected) };
      if (state.mayBe(input.expected)) return { state: input.value };
      return output === undefined ? { state } : undefined;
  }
}

function previousOf(output: KeyAnswer | undefined): Value | undefined {
  return output === undefined || output.type === 'value' ? undefined : output.previous;
}

function appended(state: Value, text: string): string {
  return `${typeof state === 'string' ? state : ''}${text}`;
}

function keyOf(value: Value): string {
  return JSON.stringify(value);
}

function isSame(a: Value, b: Value): boolean {
  return a === b || (typeof a === 'object' && keyOf(a) === keyOf(b));
}

function effect(input: KeyOperation, output: KeyAnswer | undefined): Effect | undefined {
  const previous = previousOf(output);
  const seen = previous === undefined ? {} : { sees: keyOf(previous) };
  switch (input.type) {
    case 'read':
      return output?.type === 'value' ? { sees: keyOf(output.value) } : {};
    case 'write':
      return { ...seen, leaves: keyOf(input.value) };
    case 'push':
      // What it leaves is known only from what it found.
      return undefined;
    case 'append':
      return previous === undefined ? undefined : { ...seen, leaves: keyOf(appended(previous, input.value)) };
    case 'cas':
      if (output === undefined) return { changes: keyOf(input.expected), leaves: keyOf(input.value) };
      if (output.type === 'done') return { sees: keyOf(input.expected), leaves: keyOf(input.value) };
      return previous === undefined ? { avoids: keyOf(input.expected) } : seen;
  }
}

/** Texts grow by appends, lists by pushes. Anything else is replaced by the first of them. */
const GROWTH: Growth<KeyState, KeyOperation, KeyAnswer> = {
  isGrowing: (operations) =>
    (['append', 'push'] as const).some((change) =>
      operations.every(({ input }) => input.type === 'read' || input.type === change),
    ),
  found(_, output) {
    const state = output?.type === 'value' ? output.value : output?.previous;
    return state === undefined ? undefined : { state, length: lengthOf(state) };
  },
  begins(begin, whole) {
    if (typeof begin === 'string') return typeof whole === 'string' && whole.startsWith(begin);
    if (!Array.isArray(begin)) return true;
    return Array.isArray(whole) && begin.every((element, i) => i < whole.length && isSame(element, whole[i]));
  },
};

function lengthOf(value: Value): number {
  return typeof value === 'string' || Array.isArray(value) ? value.length : -1;
}

function describe(input: KeyOperation, output: KeyAnswer | undefined): string {
  const on = input.key === '' ? '' : ` ${input.key}`;
  const what =
    input.type === 'read'
      ? `read${on}`
      : input.type === 'cas'
        ? `cas${on} ${JSON.stringify(input.expected)} to ${JSON.stringify(input.value)}`
        : `${input.type === 'push' ? 'append' : input.type}${on} ${JSON.stringify(input.value)}`;
  if (output === undefined) return `${what}: no answer`;
  if (output.type === 'value') return `${what}: ${JSON.stringify(output.value)}`;
  const before = output.previous === undefined ? '' : `, after ${JSON.stringify(output.previous)}`;
  return `${what}: ${output.type}${before}`;
}
