/**
 * Benchmarks of the linearizability checker, on histories that hold and on one that is violated.
 */
import { checkLinearizability } from '../../analysis/linearizability/check.ts';
import type { Operation } from '../../analysis/linearizability/history.ts';
import { type KeyAnswer, type KeyOperation, keyValueModel } from '../../analysis/linearizability/models.ts';
import { between, type RandomState, seedRandom } from '../../vm/random.ts';
import type { Value } from '../../vm/store.ts';
import { atomicHistory } from '../analysis/linearizability/atomic.ts';
import { type Figure, figure, repeat, secondsOf } from './measure.ts';

type Op = Operation<KeyOperation, KeyAnswer>;

const CLIENTS = 50;
const KEYS = 10;
const BUDGET_MS = 60_000;

/**
 * The histories: all calls answered; one call in a hundred never answered; the same with a read
 * that went back in time.
 */
export const HISTORIES = ['answered', '1% unanswered', 'with a stale read'] as const;

/** Seconds that a verdict takes. Throws an Error if it is not the right one. */
export async function checkerSeconds(
  kind: (typeof HISTORIES)[number],
  operations: number,
  runs: number,
): Promise<Figure> {
  let seed = 0;
  const samples = await repeat(runs, () => {
    const history = makeHistory(operations, kind === 'answered' ? 0 : 1, `checker/${seed++}`);
    if (kind === 'with a stale read') history.push(staleRead(history));
    const expected = kind === 'with a stale read' ? 'violated' : 'linearizable';
    return secondsOf(() => {
      const budget = { ms: BUDGET_MS, now: () => performance.now() };
      const { verdict } = checkLinearizability(keyValueModel(null), history, budget);
      if (verdict !== expected)
        throw new Error(`the checker says ${verdict} of a history that is ${expected}`);
    });
  });
  return figure(checkerName(kind), 's', samples);
}

/** Histories of 50 clients that append to texts on 10 keys and read them. */
const APPENDS = { operations: 1_700, clients: CLIENTS, keys: KEYS, appends: 0.5, writes: false };

/** The name of a figure. */
export const APPENDS_NAME = 'linearizability of 1,700 appends and reads, 10 keys, 50 clients';

/** Seconds that a verdict takes on a history of appends and reads. */
export async function appendsSeconds(runs: number): Promise<Figure> {
  let seed = 0;
  const samples = await repeat(runs, () => {
    const history = atomicHistory(`appends/${seed++}`, APPENDS);
    return secondsOf(() => {
      const budget = { ms: BUDGET_MS, now: () => performance.now() };
      const { verdict } = checkLinearizability(keyValueModel(null), history, budget);
      if (verdict !== 'linearizable')
        throw new Error(`the checker says ${verdict} of a history that is linearizable`);
    });
  });
  return figure(APPENDS_NAME, 's', samples);
}

/** The name of a figure. */
export function checkerName(kind: (typeof HISTORIES)[number]): string {
  return `linearizability of 10 keys and 50 clients, ${kind}`;
}

/**
 * What clients saw that asked a store one call after the other: reads, writes and compare-and-sets
 * in equal parts, each done at a drawn moment between its call and its return. Of a hundred calls,
 * `unanswered` get no answer.
 */
function makeHistory(count: number, unanswered: number, seed: string): Op[] {
  const random = seedRandom(seed);
  const freeAt = Array.from({ length: CLIENTS }, () => between(random, 0, 1_000));
  const calls = Array.from({ length: count }, (_, i) => {
    const client = i % CLIENTS;
    const calledAt = freeAt[client]!;
    const doneAt = calledAt + between(random, 1, 2_000);
    const returnedAt = doneAt + between(random, 1, 2_000);
    freeAt[client] = returnedAt + between(random, 1, 1_000);
    return { client: `c${client}`, calledAt, doneAt, returnedAt };
  });
  const state = new Map<string, Value>();
  return calls
    .sort((a, b) => a.doneAt - b.doneAt)
    .map(({ client, calledAt, returnedAt }, i) => {
      const input = draw(random, i, state);
      const output = carryOut(input, state);
      const isLost = between(random, 1, 100) <= unanswered;
      return isLost
        ? { client, calledAt, returnedAt: undefined, input, output: undefined }
        : { client, calledAt, returnedAt, input, output };
    });
}

function draw(random: RandomState, value: number, state: ReadonlyMap<string, Value>): KeyOperation {
  const key = `k${between(random, 1, KEYS)}`;
  switch (between(random, 1, 3)) {
    case 1:
      return { type: 'read', key };
    case 2:
      return { type: 'write', key, value };
    default: {
      const expected = between(random, 1, 2) === 1 ? (state.get(key) ?? null) : -1;
      return { type: 'cas', key, expected, value };
    }
  }
}

function carryOut(input: KeyOperation, state: Map<string, Value>): KeyAnswer {
  const before = state.get(input.key) ?? null;
  if (input.type === 'read') return { type: 'value', value: before };
  if (input.type === 'cas' && input.expected !== before) return { type: 'mismatch' };
  state.set(input.key, input.value);
  return { type: 'done' };
}

/**
 * A read that comes after all calls of the history and sees the first value that was written to its
 * key, long since replaced.
 */
function staleRead(history: readonly Op[]): Op {
  const { input } = history.find((one) => one.input.type === 'write')!;
  const calledAt = Math.max(...history.map((one) => one.returnedAt ?? one.calledAt)) + 1;
  const output = { type: 'value', value: input.type === 'write' ? input.value : null } as const;
  return {
    client: 'late',
    calledAt,
    returnedAt: calledAt + 1,
    input: { type: 'read', key: input.key },
    output,
  };
}
