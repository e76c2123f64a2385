/**
 * Histories of a simulated atomic object: every operation takes effect at one instant between its
 * call and its return.
 */
import type { Operation } from '../../../analysis/linearizability/history.ts';
import {
  type KeyAnswer,
  type KeyOperation,
  type KeyState,
  keyValueModel,
} from '../../../analysis/linearizability/models.ts';
import { between, chance, type RandomState, seedRandom } from '../../../vm/random.ts';
import type { Value } from '../../../vm/store.ts';

export type Op = Operation<KeyOperation, KeyAnswer>;

/** What a history is like. */
export interface Shape {
  readonly operations: number;
  readonly clients: number;
  readonly keys?: number;
  /** Values are below it; each written once where nothing is said. */
  readonly values?: number;
  /** Parts of all operations. */
  readonly cas?: number;
  readonly appends?: number;
  /** Whether the others are reads and writes, or reads only. Default: true. */
  readonly writes?: boolean;
  readonly pending?: number;
  /** Whether changes tell what they found. */
  readonly tells?: boolean;
}

interface Moment {
  readonly client: string;
  readonly calledAt: number;
  readonly atMs: number;
  readonly returnedAt: number;
  readonly input: KeyOperation;
  readonly isPending: boolean;
  /** Pending, and it never happened. */
  readonly isLost: boolean;
}

/** A linearizable history: the same for the same seed. Every key begins as null. */
export function atomicHistory(seed: number | string, shape: Shape): Op[] {
  const random = seedRandom(`history/${seed}`);
  const moments = draw(random, shape).sort((a, b) => a.atMs - b.atMs);
  const model = keyValueModel(null);
  const states = new Map<string, KeyState>();
  const operations: Op[] = [];
  for (const { client, calledAt, returnedAt, input, isPending, isLost } of moments) {
    const state = states.get(input.key) ?? null;
    const output = answer(input, state as Value, shape.tells);
    if (!isLost) states.set(input.key, model.step(state, input, output)!.state);
    if (isPending && input.type === 'read') continue;
    const end = isPending ? { returnedAt: undefined, output: undefined } : { returnedAt, output };
    operations.push({ client, calledAt, input, ...end });
  }
  return operations.sort((a, b) => a.calledAt - b.calledAt);
}

function draw(random: RandomState, shape: Shape): Moment[] {
  const free = Array.from({ length: shape.clients }, (_, i) => ({ name: i, at: between(random, 0, 100) }));
  const moments: Moment[] = [];
  for (let i = 0; i < shape.operations; i++) {
    const client = free.reduce((first, other) => (other.at < first.at ? other : first));
    const calledAt = client.at;
    const atMs = calledAt + between(random, 1, 100);
    const returnedAt = atMs + between(random, 1, 100);
    const isPending = chance(random, shape.pending ?? 0);
    const times = { client: String(client.name), calledAt, atMs, returnedAt };
    moments.push({
      ...times,
      input: input(random, shape, i),
      isPending,
      isLost: isPending && chance(random, 0.5),
    });
    client.at = returnedAt + between(random, 1, 20);
    // As in Jepsen, a process that does not know what became of its operation is another one from
    // then on.
    if (isPending) client.name += shape.clients;
  }
  return moments;
}

function input(
  random: RandomState,
  { keys = 1, values, cas = 0, appends = 0, writes = true }: Shape,
  i: number,
): KeyOperation {
  const key = `k${between(random, 1, keys)}`;
  const value = () => (values === undefined ? i : between(random, 0, values - 1));
  if (chance(random, cas)) return { type: 'cas', key, expected: value(), value: value() };
  if (chance(random, appends)) return { type: 'append', key, value: `${i},` };
  return !writes || chance(random, 0.5) ? { type: 'read', key } : { type: 'write', key, value: value() };
}

function answer(input: KeyOperation, state: Value, tells = false): KeyAnswer {
  if (input.type === 'read') return { type: 'value', value: state };
  const type = input.type === 'cas' && input.expected !== state ? 'mismatch' : 'done';
  return tells ? { type, previous: state } : { type };
}
