/**
 * The plain key-value state machine: what scenarios, campaigns, benchmarks and the explorer
 * replicate. Also the shortest example of how to write one.
 */
import type { Value } from '../../vm/index.ts';
import type { StateMachine } from '../state-machine.ts';

/** Changes. */
export type KeyValueCommand =
  | { readonly type: 'put'; readonly key: string; readonly value: Value }
  | { readonly type: 'delete'; readonly key: string }
  /** Appends `value` to the text that the key holds; anything else is replaced by it. */
  | { readonly type: 'append'; readonly key: string; readonly value: string }
  /** Puts `value` if the key holds `expected` (null: nothing). */
  | { readonly type: 'cas'; readonly key: string; readonly expected: Value; readonly value: Value };

/** Whether it was done, and what the key held before (null: nothing). */
export interface KeyValueResult {
  readonly done: boolean;
  readonly previous: Value;
}

/** Reads one key. */
export interface KeyValueQuery {
  readonly type: 'get';
  readonly key: string;
}

/** A map from strings to plain data. */
export const keyValueMachine: StateMachine<KeyValueCommand, KeyValueResult, KeyValueQuery, Value> = {
  name: 'key-value',
  apply(command, store) {
    const previous = store.get(command.key) ?? null;
    if (command.type === 'delete') store.delete(command.key);
    else if (command.type === 'append') {
      store.put(command.key, `${typeof previous === 'string' ? previous : ''}${command.value}`);
    } else if (command.type === 'put' || JSON.stringify(previous) === JSON.stringify(command.expected)) {
      store.put(command.key, command.value);
    } else return { done: false, previous };
    return { done: true, previous };
  },
  query: ({ key }, store) => store.get(key) ?? null,
};
