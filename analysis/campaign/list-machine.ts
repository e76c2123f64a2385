/**
 * What a campaign replicates: lists that only grow. Every append carries a value of its own, so that any list
 * ever read tells which commands it had seen, in which order, and how often each (Jepsen's list-append).
 */
import type { StateMachine } from '../../replication/state-machine.ts';

/** Puts `value` at the end of the list. */
export interface Append {
  readonly type: 'append';
  readonly key: string;
  readonly value: number;
}

/** Reads a list. */
export interface ReadList {
  readonly type: 'read';
  readonly key: string;
}

/** Lists of numbers by key. The result of an append is the list's new length. */
export const listMachine: StateMachine<Append, number, ReadList, readonly number[]> = {
  name: 'lists',
  apply({ key, value }, store) {
    const list = [...((store.get(key) as readonly number[] | undefined) ?? []), value];
    store.put(key, list);
    return list.length;
  },
  query: ({ key }, store) => (store.get(key) as readonly number[] | undefined) ?? [],
};
