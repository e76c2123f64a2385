/**
 * Sessions are in memory while entries are applied, and on disk at the end of each step. Whatever
 * the steps are, and wherever a crash sets a replica back to the last of them, that is to be seen
 * nowhere: neither in an answer nor in what is on disk. Compared with how it was done before, when
 * each command wrote to the store.
 */
import fc from 'fast-check';
import { loadSessions } from '../../../replication/core/client-sessions.ts';
import {
  type Applicable,
  type AppliedEntry,
  applyEntry,
  DEFAULT_SESSION_LIMITS,
  saveApplied,
  sessionId,
} from '../../../replication/core/sessions.ts';
import type { SessionLimits } from '../../../replication/replication.ts';
import type { StateMachine } from '../../../replication/state-machine.ts';
import { MemoryStore, prefixEnd } from '../../../vm/store.ts';
import { applyFormerly } from '../../support/former-sessions.ts';

/** Counts how often a command ran: one that runs twice shows. Some results are large. */
const machine: StateMachine<unknown, unknown, unknown, unknown> = {
  name: 'counter',
  apply(command, store) {
    const { key, large } = command as { key: string; large: boolean };
    const count = ((store.get(key) as number | undefined) ?? 0) + 1;
    store.put(key, count);
    return large ? { text: 'x'.repeat(300), count } : count;
  },
  query: () => null,
};

type Action =
  | { readonly open: { name: string; most: number } | null; readonly nonce: string; readonly skip: number }
  | {
      readonly session: number;
      /** Relative to the highest number of the session so far. */
      readonly ahead: number;
      /** Relative to the command's own number. */
      readonly acknowledges: number;
      readonly large: boolean;
      readonly skip: number;
    };

/** A log, and what became of each entry where every command wrote to the store. */
interface Log {
  readonly entries: readonly Applicable[];
  readonly outcomes: readonly AppliedEntry[];
  /** The former store after so many entries. */
  storeAfter(count: number): MemoryStore;
}

/** Makes a log. Entries may have the same index: commands of one batch do. */
function logOf(actions: readonly Action[], limits: SessionLimits): Log {
  const data = new MemoryStore();
  const stores = [data.clone()];
  const entries: Applicable[] = [];
  const sessions = [{ id: 'nobody', highest: 0 }];
  let index = 1;
  const outcomes = actions.map((action): AppliedEntry => {
    index += action.skip;
    const position = { index, place: 0, term: 1 };
    let entry: Applicable;
    if ('open' in action) {
      const { nonce } = action;
      sessions.push({ id: sessionId(index, nonce), highest: 0 });
      entry = { ...position, data: { type: 'session', nonce, owner: action.open ?? undefined } };
    } else {
      const session = sessions[action.session % sessions.length]!;
      const sequence = Math.max(1, session.highest + action.ahead);
      const acknowledged = Math.max(1, sequence + action.acknowledges);
      const command = { key: `${session.id}#${sequence}`, large: action.large };
      const tag = { session: session.id, sequence, acknowledged };
      entry = { ...position, data: { type: 'command', command, tag } };
    }
    entries.push(entry);
    const applied = applyFormerly(machine, data, entry, limits);
    if (entry.data.type === 'command' && applied.outcome.ok) {
      const { session: id, sequence } = entry.data.tag!;
      const session = sessions.find((one) => one.id === id)!;
      session.highest = Math.max(session.highest, sequence);
    }
    stores.push(data.clone());
    return applied;
  });
  return { entries, outcomes, storeAfter: (count) => stores[count]!.clone() };
}

/** What a replica does after an entry. */
type Then = 'goes on' | 'ends the step' | 'crashes';

/** Applies a log's entries from `from` on in steps; each outcome must be what it was formerly. */
function applyInSteps(
  { entries, outcomes }: Log,
  start: { readonly data: MemoryStore; readonly from: number },
  thens: readonly Then[],
  limits: SessionLimits,
): MemoryStore {
  let { data, from: at } = start;
  let durable = { data: data.clone(), at };
  let turn = 0;
  while (at < entries.length) {
    expect(applyEntry(machine, data, entries[at]!, limits)).toEqual(outcomes[at]);
    at++;
    const then = at === entries.length ? 'ends the step' : thens[turn % thens.length];
    // A log that crashes all the time would not end.
    if (then === 'crashes' && turn < 100) ({ data, at } = { data: durable.data.clone(), at: durable.at });
    else if (then === 'ends the step') {
      saveApplied(data, entries[at - 1]!.index);
      durable = { data: data.clone(), at };
    }
    turn++;
  }
  return data;
}

const contentOf = (data: MemoryStore) => [...data.range('', prefixEnd(''))];

const skip = fc.constantFrom(0, 1, 1, 400, 1_100);
const near = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -140, max: 140 }));
const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.record({
      open: fc.option(
        fc.record({ name: fc.constantFrom('ada', 'ad'), most: fc.integer({ min: 1, max: 2 }) }),
      ),
      nonce: fc.constantFrom('a', 'b', 'c'),
      skip: fc.constantFrom(0, 1, 400, 1_100),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      ...{ session: fc.nat(5), ahead: fc.oneof(fc.constant(1), near), acknowledges: near },
      ...{ large: fc.boolean(), skip },
    }),
  },
);
const actions = fc.array(action, { minLength: 1, maxLength: 80 }).filter(isPossible);
const limits = fc.record({
  maxSessions: fc.integer({ min: 1, max: 4 }),
  maxKeptResults: fc.constantFrom(3, 64, 130, 10_000),
  sessionUseGrain: fc.constantFrom(1, 1_000),
});
const thens = fc.array(fc.constantFrom<Then>('goes on', 'ends the step', 'crashes'), { minLength: 1 });

/** Whether no two sessions have the same id. */
function isPossible(all: readonly Action[]): boolean {
  let index = 1;
  const ids = all.flatMap((one) => {
    index += one.skip;
    return 'open' in one ? [sessionId(index, one.nonce)] : [];
  });
  return new Set(ids).size === ids.length;
}

test('any steps and crashes give the answers and the data that no steps and no crashes give', () => {
  fc.assert(
    fc.property(actions, limits, thens, thens, (all, given, some, others) => {
      const log = logOf(all, given);
      const empty = () => ({ data: new MemoryStore(), from: 0 });
      const one = applyInSteps(log, empty(), some, given);
      const other = applyInSteps(log, empty(), others, given);
      const each = applyInSteps(log, empty(), ['ends the step'], given);
      expect(contentOf(one)).toEqual(contentOf(each));
      expect(contentOf(other)).toEqual(contentOf(each));
    }),
    { numRuns: 500 },
  );
});

test('data of the former form is converted to what this version would have made of the same log', () => {
  fc.assert(
    fc.property(actions, fc.nat(), limits, thens, (all, cut, given, some) => {
      const log = logOf(all, given);
      const from = cut % (all.length + 1);
      const data = log.storeAfter(from);
      loadSessions(data);
      const start = { entries: log.entries.slice(0, from), outcomes: log.outcomes } as unknown as Log;
      const here = applyInSteps(start, { data: new MemoryStore(), from: 0 }, some, given);
      expect(contentOf(data)).toEqual(contentOf(here));
      const converted = applyInSteps(log, { data, from }, some, given);
      const whole = applyInSteps(log, { data: new MemoryStore(), from: 0 }, some, given);
      expect(contentOf(converted)).toEqual(contentOf(whole));
    }),
    { numRuns: 500 },
  );
});

/** A store with a session `1-n` in it, and commands that are applied to it in steps. */
class OneSession {
  readonly data = new MemoryStore();
  readonly id = sessionId(1, 'n');
  #index = 1;

  constructor() {
    this.apply({ type: 'session', nonce: 'n' });
    saveApplied(this.data, 1);
  }

  apply(data: Applicable['data']): AppliedEntry {
    const entry = { index: this.#index++, place: 0, term: 1, data };
    return applyEntry(machine, this.data, entry, DEFAULT_SESSION_LIMITS);
  }

  run(sequence: number, acknowledged: number, large = false): AppliedEntry {
    const command = { key: `${sequence}`, large };
    return this.apply({ type: 'command', command, tag: { session: this.id, sequence, acknowledged } });
  }

  step(first: number, last: number, lag: number, large = false): void {
    for (let sequence = first; sequence <= last; sequence++)
      this.run(sequence, Math.max(1, sequence - lag), large);
    saveApplied(this.data, this.#index - 1);
  }

  /** What is in the store besides the machine's data. */
  get keys(): string[] {
    return contentOf(this.data).flatMap(([key]) => (key.startsWith('m/') ? [] : [key]));
  }
}

test('a session whose client waits for its answers is one record, whatever it has run', () => {
  const session = new OneSession();
  for (let step = 0; step < 20; step++) session.step(step * 50 + 1, step * 50 + 50, 0);
  expect(session.keys).toEqual(['applied', `s/${session.id}`]);
  expect(session.data.get(`s/${session.id}`)).toEqual({
    ...{ acknowledged: 1_000, usedAt: 1_001, owner: null, first: 1_000, results: [[1]] },
  });
});

test('results that are not acknowledged are kept 64 a record, and dropped when they are', () => {
  const session = new OneSession();
  session.step(1, 200, 1_000);
  const earlier = [0, 64, 128].map((from) => `r/${session.id}/${String(from).padStart(16, '0')}`);
  expect(session.keys).toEqual(['applied', ...earlier, `s/${session.id}`]);
  session.step(201, 201, 101);
  expect(session.keys).toEqual(['applied', ...earlier.slice(1), `s/${session.id}`]);
  session.step(202, 202, 0);
  expect(session.keys).toEqual(['applied', `s/${session.id}`]);
});

test('a large result has a record of its own, until it is acknowledged', () => {
  const session = new OneSession();
  session.step(1, 3, 1_000, true);
  expect(session.keys.filter((key) => key.startsWith('l/'))).toHaveLength(3);
  expect(JSON.stringify(session.data.get(`s/${session.id}`)).length).toBeLessThan(100);
  expect(session.run(2, 1)).toEqual({
    outcome: { ok: true, value: { text: 'x'.repeat(300), count: 1 } },
    fresh: undefined,
  });
  session.step(4, 4, 1);
  expect(session.keys.filter((key) => key.startsWith('l/'))).toEqual([`l/${session.id}/0000000000000003`]);
});

test('a client that acknowledges numbers far ahead costs no more than any other', () => {
  const session = new OneSession();
  session.step(1, 3, 1_000);
  const far = 2 ** 52;
  expect(session.run(far, far).outcome).toEqual({ ok: true, value: 1 });
  session.step(far + 1, far + 1, 1);
  expect(session.run(far, far).fresh).toBeUndefined();
  expect(session.keys).toEqual(['applied', `s/${session.id}`]);
});
