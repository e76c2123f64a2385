import fc from 'fast-check';
import {
  type Applicable,
  appliedIndex,
  applyEntry,
  DEFAULT_SESSION_LIMITS,
  queryMachine,
  saveApplied,
} from '../../../replication/core/sessions.ts';
import type { SessionLimits, SessionOwner } from '../../../replication/replication.ts';
import type { StateMachine } from '../../../replication/state-machine.ts';
import type { Outcome } from '../../../vm/program.ts';
import { MemoryStore, prefixEnd } from '../../../vm/store.ts';

/** Counts how often it ran: a command that applies twice shows. */
const counter: StateMachine<string, number, string, number> = {
  name: 'counter',
  apply(key, store) {
    const count = ((store.get(key) as number | undefined) ?? 0) + 1;
    store.put(key, count);
    return count;
  },
  query: (key, store) => (store.get(key) as number | undefined) ?? 0,
};
const machine = counter as StateMachine<unknown, unknown, unknown, unknown>;

/** A replica's data, and an easy way to apply entries to it. */
class Replica {
  readonly data = new MemoryStore();
  readonly #limits: SessionLimits;
  index = 0;

  constructor(limits: Partial<SessionLimits> = {}) {
    this.#limits = { ...DEFAULT_SESSION_LIMITS, ...limits };
  }

  apply(data: Applicable['data'], skip = 0) {
    this.index += 1 + skip;
    const applied = applyEntry(
      machine,
      this.data,
      { index: this.index, place: 0, term: 1, data },
      this.#limits,
    );
    saveApplied(this.data, this.index);
    return applied;
  }

  open(nonce = 'nonce', skip = 0, owner?: SessionOwner): string {
    const { outcome } = this.apply({ type: 'session', nonce, owner }, skip);
    if (!outcome.ok) throw new Error(outcome.message);
    return outcome.value as string;
  }

  run(session: string, sequence: number, acknowledged = 1, skip = 0) {
    const tag = { session, sequence, acknowledged };
    return this.apply({ type: 'command', command: `${session}#${sequence}`, tag }, skip);
  }

  count(key: string): unknown {
    return queryMachine(machine, this.data, key);
  }

  keys(): string[] {
    return [...this.data.range('', prefixEnd(''))].map(([key]) => key);
  }
}

const code = (outcome: Outcome) => (outcome.ok ? 'ok' : outcome.code);

test('a retried command runs once, and gets its first answer again', () => {
  const replica = new Replica();
  const session = replica.open();
  const first = replica.run(session, 1);
  expect(first).toEqual({ outcome: { ok: true, value: 1 }, fresh: { command: `${session}#1`, result: 1 } });
  const second = replica.run(session, 1);
  expect(second).toEqual({ outcome: { ok: true, value: 1 }, fresh: undefined });
  expect(replica.count(`${session}#1`)).toBe(1);
});

test('a command without a session runs as often as it comes', () => {
  const replica = new Replica();
  for (const times of [1, 2]) {
    expect(replica.apply({ type: 'command', command: 'x' }).outcome).toEqual({ ok: true, value: times });
  }
});

test('commands of a session may come in any order', () => {
  const replica = new Replica();
  const session = replica.open();
  expect(code(replica.run(session, 3).outcome)).toBe('ok');
  expect(code(replica.run(session, 1).outcome)).toBe('ok');
  expect(replica.run(session, 3).fresh).toBeUndefined();
});

test('acknowledged results are dropped, and their commands do not run again', () => {
  const replica = new Replica();
  const session = replica.open();
  for (const sequence of [1, 2, 3]) replica.run(session, sequence);
  replica.run(session, 4, 4);
  expect(replica.data.get(`s/${session}`)).toMatchObject({ acknowledged: 4, first: 4, results: [[1]] });
  const late = replica.run(session, 2);
  expect(code(late.outcome)).toBe('Rejected');
  expect(late.fresh).toBeUndefined();
  expect(replica.count(`${session}#2`)).toBe(1);
});

test('a client that acknowledges nothing does not fill the disk', () => {
  const replica = new Replica();
  const session = replica.open();
  const { maxKeptResults } = DEFAULT_SESSION_LIMITS;
  expect(code(replica.run(session, maxKeptResults).outcome)).toBe('ok');
  const beyond = replica.run(session, maxKeptResults + 1);
  expect(code(beyond.outcome)).toBe('Rejected');
  expect(beyond.fresh).toBeUndefined();
});

test('a client with the most commands in flight continues as soon as one is answered', () => {
  const replica = new Replica({ maxKeptResults: 3 });
  const session = replica.open();
  for (const sequence of [2, 3, 1]) expect(code(replica.run(session, sequence).outcome)).toBe('ok');
  // It has the answers to 1 and 2, and this is the first command that says so.
  expect(code(replica.run(session, 5, 3).outcome)).toBe('ok');
  expect(code(replica.run(session, 4, 3).outcome)).toBe('ok');
  expect(code(replica.run(session, 6, 3).outcome)).toBe('Rejected');
});

test('a session that was never opened is reported so, whatever its name', () => {
  const replica = new Replica();
  const session = replica.open();
  replica.run(session, 1);
  for (const wrong of ['nobody', '', `${session}/0000000000000001`]) {
    const { outcome, fresh } = replica.run(wrong, 1);
    expect(code(outcome)).toBe('SessionExpired');
    expect(fresh).toBeUndefined();
  }
});

test('the log decides which session expires: the one unused for longest, to within a thousand entries', () => {
  const replica = new Replica({ maxSessions: 2 });
  const old = replica.open('a');
  const used = replica.open('b');
  replica.run(old, 1, 1, 1_500);
  replica.open('c');
  expect(code(replica.run(used, 1).outcome)).toBe('SessionExpired');
  expect(code(replica.run(old, 1).outcome)).toBe('ok');
  expect(replica.keys().filter((key) => key.includes(used))).toEqual([]);
});

test('an owner that opens too many sessions ends its own, never those of others', () => {
  const replica = new Replica({ maxSessions: 4 });
  const ada = { name: 'ada', most: 2 };
  const others = [replica.open('a'), replica.open('b', 0, { name: 'ad', most: 2 })];
  const own = Array.from({ length: 10 }, (_, i) => replica.open(`${i}`, 0, ada));
  for (const session of [...others, ...own.slice(-2)])
    expect(code(replica.run(session, 1).outcome)).toBe('ok');
  for (const session of own.slice(0, -2))
    expect(code(replica.run(session, 1).outcome)).toBe('SessionExpired');
  expect(replica.keys().filter((key) => key.startsWith('s/'))).toHaveLength(4);
});

test('an owner loses its session that was unused for longest', () => {
  const replica = new Replica();
  const ada = { name: 'ada', most: 2 };
  const old = replica.open('a', 0, ada);
  const unused = replica.open('b', 0, ada);
  replica.run(old, 1, 1, 1_500);
  replica.open('c', 0, ada);
  expect(code(replica.run(unused, 1).outcome)).toBe('SessionExpired');
  expect(code(replica.run(old, 1).outcome)).toBe('ok');
});

test('a no-op changes nothing but the applied index', () => {
  const replica = new Replica();
  expect(appliedIndex(replica.data)).toBe(0);
  expect(replica.apply({ type: 'noop' })).toEqual({ outcome: { ok: true, value: null }, fresh: undefined });
  expect(replica.keys()).toEqual(['applied']);
  expect(appliedIndex(replica.data)).toBe(1);
});

/** The dumb version: what a session remembers, as plainly as it can be said. */
interface ModelSession {
  acknowledged: number;
  usedAt: number;
  readonly owner: SessionOwner | undefined;
  readonly results: Map<number, number>;
}

class Model {
  readonly sessions = new Map<string, ModelSession>();
  readonly counts = new Map<string, number>();
  readonly #limits: SessionLimits;

  constructor(limits: SessionLimits) {
    this.#limits = limits;
  }

  open(id: string, index: number, owner: SessionOwner | undefined): void {
    const own = this.#oldest().filter(([, session]) => owner && session.owner?.name === owner.name);
    for (const [old] of own.slice(0, Math.max(0, own.length + 1 - (owner?.most ?? 0))))
      this.sessions.delete(old);
    if (this.sessions.size >= this.#limits.maxSessions) this.sessions.delete(this.#oldest()[0]![0]);
    this.sessions.set(id, { acknowledged: 1, usedAt: index, owner, results: new Map() });
  }

  #oldest(): [string, ModelSession][] {
    return [...this.sessions].sort(([, a], [, b]) => a.usedAt - b.usedAt);
  }

  run(id: string, sequence: number, acknowledged: number, index: number): string {
    const session = this.sessions.get(id);
    if (session === undefined) return 'SessionExpired';
    const kept = session.results.get(sequence);
    if (kept !== undefined) return `ok ${kept}`;
    if (sequence < session.acknowledged) return 'Rejected';
    const acknowledges = Math.max(session.acknowledged, acknowledged);
    if (sequence >= acknowledges + this.#limits.maxKeptResults) return 'Rejected';
    session.acknowledged = Math.max(session.acknowledged, Math.min(acknowledged, sequence));
    for (const done of session.results.keys()) if (done < session.acknowledged) session.results.delete(done);
    if (index - session.usedAt >= 1_000) session.usedAt = index;
    const count = (this.counts.get(`${id}#${sequence}`) ?? 0) + 1;
    this.counts.set(`${id}#${sequence}`, count);
    session.results.set(sequence, count);
    return `ok ${count}`;
  }
}

/** The results that the store keeps of each session, by their numbers. */
function keptResults({ data }: Replica): Record<string, Record<string, number>> {
  const sessions = [...data.range('s/', prefixEnd('s/'))].map(([key, value]) => {
    const { first = 0, results = [] } = value as { first?: number; results?: ([number] | null)[] };
    const kept = results.flatMap((result, i) => (result === null ? [] : [[first + i, result[0]]]));
    return [key.slice('s/'.length), Object.fromEntries(kept)];
  });
  return Object.fromEntries(sessions);
}

const owner = fc.option(
  fc.record({ name: fc.constantFrom('ada', 'ad'), most: fc.integer({ min: 1, max: 2 }) }),
);
const step = fc.oneof(
  fc.record({ open: owner, skip: fc.constantFrom(0, 400, 1_100) }),
  fc.record({
    ...{ session: fc.nat(5), sequence: fc.integer({ min: 1, max: 5 }) },
    ...{ acknowledged: fc.integer({ min: 1, max: 6 }), skip: fc.constantFrom(0, 400, 1_100) },
  }),
);

test('any log does what the dumb version does: nothing twice, the same everywhere, nothing left behind', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.integer({ min: 1, max: 4 }), (steps, maxSessions) => {
      const limits = { ...DEFAULT_SESSION_LIMITS, maxSessions, maxKeptResults: 3 };
      const replica = new Replica(limits);
      const other = new Replica(limits);
      const model = new Model(limits);
      const ids: string[] = ['nobody'];
      for (const one of steps) {
        if ('open' in one) {
          const owner = one.open ?? undefined;
          const id = replica.open('n', one.skip, owner);
          expect(other.open('n', one.skip, owner)).toBe(id);
          model.open(id, replica.index, owner);
          ids.push(id);
        } else {
          const { sequence, acknowledged, skip } = one;
          const id = ids[one.session % ids.length]!;
          const { outcome, fresh } = replica.run(id, sequence, acknowledged, skip);
          other.run(id, sequence, acknowledged, skip);
          expect(outcome.ok ? `ok ${String(outcome.value)}` : outcome.code).toBe(
            model.run(id, sequence, acknowledged, replica.index),
          );
          if (fresh !== undefined) expect(fresh.result).toBe(1);
        }
      }
      expect([...replica.data.range('', prefixEnd(''))]).toEqual([...other.data.range('', prefixEnd(''))]);
      for (const [key, count] of model.counts) expect([key, replica.count(key)]).toEqual([key, count]);
      expect(keptResults(replica)).toEqual(
        Object.fromEntries([...model.sessions].map(([id, { results }]) => [id, Object.fromEntries(results)])),
      );
    }),
    { numRuns: 500 },
  );
});
