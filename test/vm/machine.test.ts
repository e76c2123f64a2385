import fc from 'fast-check';
import { Machine } from '../../vm/machine.ts';
import type { Effect, LoopPolicy, MachineOptions, Program } from '../../vm/program.ts';
import { MemoryDisk } from '../../vm/store.ts';

/** What a message or request may make the program do. */
type Act =
  | { readonly do: 'write' | 'data'; readonly key: string }
  | { readonly do: 'send' | 'respond'; readonly name: number; readonly early: boolean }
  | { readonly do: 'mark'; readonly name: number }
  | { readonly do: 'note' };

interface Log {
  readonly seen: string[];
}

/** A program that does what a test asks, and remembers in which order. */
function puppet(
  policy: Partial<LoopPolicy> = {},
  listens = true,
): Program<Log, readonly Act[], readonly Act[]> {
  const perform = (
    state: Log,
    acts: readonly Act[],
    ctx: Parameters<Program<Log, readonly Act[]>['onTick']>[1],
  ) => {
    for (const act of acts) {
      if (act.do === 'write') ctx.disk.put(act.key, ctx.now);
      else if (act.do === 'data') ctx.data.put(act.key, ctx.now);
      else if (act.do === 'send') ctx.send('m2', [{ do: 'mark', name: act.name }], { early: act.early });
      else if (act.do === 'respond') {
        ctx.respond(String(act.name), { ok: true, value: act.name }, { early: act.early });
      } else if (act.do === 'mark') ctx.whenDurable(act.name);
      else ctx.note('internal');
    }
    state.seen.push(`did ${acts.length}`);
  };
  return {
    name: 'puppet',
    policy: { messagesPerTick: 1, tickWhenBusy: false, eager: false, ...policy },
    init: () => ({ seen: [] }),
    onTick: (state, ctx) => void state.seen.push(`tick ${ctx.now}`),
    onMessage: (state, { body }, ctx) => perform(state, body, ctx),
    onRequest: (state, { body }, ctx) => perform(state, body, ctx),
    onDurable: (state, mark) => void state.seen.push(`durable ${String(mark)}`),
    ...(listens
      ? {
          onLink: (state: Log, peer, up) => void state.seen.push(`${peer} ${up ? 'up' : 'down'}`),
          onDropped: (state: Log, peer, acts) => void state.seen.push(`${peer} never got ${acts.length}`),
        }
      : {}),
  };
}

function options(given: Partial<MachineOptions> = {}): MachineOptions {
  const disk = new MemoryDisk();
  const clock = { stamp: 'after', vector: true } as const;
  return { self: 'm1', peers: ['m2'], seed: 1, boot: 1, clock, record: true, disk, ...given };
}

type AnyEffect = Effect<readonly Act[]>;

function started(program = puppet(), given: Partial<MachineOptions> = {}) {
  const machine = new Machine(program, options(given));
  machine.start(0);
  return machine;
}

const sends = (effects: readonly AnyEffect[]) => effects.filter((effect) => effect.type === 'send');
const batches = (effects: readonly AnyEffect[]) => effects.filter((effect) => effect.type === 'persist');

test("the program's clock counts due ticks, also those that were skipped", () => {
  let due = 0;
  const machine = started(puppet(), { due: () => due });
  machine.tick(0);
  due = 3;
  machine.tick(0);
  machine.skip(10);
  due = 0;
  machine.tick(0);
  expect(machine.state.program.seen).toEqual(['tick 1', 'tick 5', 'tick 13']);
});

describe('persist before send', () => {
  const act: fc.Arbitrary<Act> = fc.oneof(
    fc.record({ do: fc.constantFrom('write' as const, 'data' as const), key: fc.constantFrom('a', 'b') }),
    fc.record({
      do: fc.constantFrom('send' as const, 'respond' as const),
      name: fc.nat(),
      early: fc.boolean(),
    }),
    fc.record({ do: fc.constant('mark' as const), name: fc.nat() }),
    fc.record({ do: fc.constant('note' as const) }),
  );
  /** A step with these acts, or the completion of so many of the pending batches. */
  const step = fc.oneof({ weight: 3, arbitrary: fc.array(act, { maxLength: 6 }) }, fc.nat(3));

  test('what depends on a write leaves after it, in order; the rest leaves at once', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const machine = started();
        // The simple model: all that was sent, and the last gating batch before it.
        const expected: { what: string; after: number }[] = [];
        const left: string[] = [];
        let gate = 0;
        let durable = 0;
        let name = 0;
        const outside = (effects: readonly AnyEffect[]) => {
          for (const effect of effects) {
            if (effect.type === 'send')
              left.push(`send ${(effect.envelope.body[0] as { name: number }).name}`);
            if (effect.type === 'respond') left.push(`respond ${effect.request}`);
          }
        };
        for (const one of steps) {
          if (typeof one === 'number') {
            durable = Math.min(durable + one, machine.state.batch);
            outside(machine.durable(durable, 0));
          } else {
            const acts = one.map((act) => ('name' in act ? { ...act, name: ++name } : act));
            machine.deliver({ request: { id: 'q', body: acts } });
            const effects = machine.tick(0);
            outside(effects);
            // A step's writes are one batch, and its sends come after it.
            const wrote = acts.some((act) => act.do === 'write' || act.do === 'data');
            expect(batches(effects)).toHaveLength(wrote ? 1 : 0);
            if (acts.some((act) => act.do === 'write')) gate = machine.state.batch;
            for (const act of acts) {
              if (act.do !== 'send' && act.do !== 'respond') continue;
              expected.push({ what: `${act.do} ${act.name}`, after: act.early ? 0 : gate });
            }
          }
          const due = expected.filter(({ after }) => after <= durable).map(({ what }) => what);
          expect(left.toSorted()).toEqual(due.toSorted());
        }
        outside(machine.durable(machine.state.batch, 0));
        const waiting = expected.filter(({ after }) => after > 0).map(({ what }) => what);
        expect(left.filter((what) => waiting.includes(what))).toEqual(waiting);
      }),
      { numRuns: 500 },
    );
  });

  test('marks are reported in order, each when all writes before it are durable', () => {
    const machine = started();
    const write = { do: 'write', key: 'a' } as const;
    machine.deliver({
      request: { id: 'q', body: [{ do: 'mark', name: 0 }, write, { do: 'mark', name: 1 }] },
    });
    machine.tick(0);
    machine.deliver({ request: { id: 'q', body: [write, { do: 'mark', name: 2 }] } });
    machine.tick(0);
    // What was asked for before a write of the same step waits for that write, too: they are one
    // batch.
    expect(machine.state.program.seen.filter((line) => line.startsWith('durable'))).toEqual([]);
    machine.durable(1, 0);
    expect(machine.state.program.seen.slice(2)).toEqual(['durable 0', 'durable 1']);
    machine.durable(1, 0);
    machine.durable(2, 0);
    expect(machine.state.program.seen.slice(4)).toEqual(['durable 2']);
  });

  test('a mark with nothing written is reported in the same step', () => {
    const machine = started();
    machine.deliver({ request: { id: 'q', body: [{ do: 'mark', name: 7 }] } });
    machine.tick(0);
    expect(machine.state.program.seen).toEqual(['did 1', 'durable 7']);
  });

  test("nothing waits for the state machine's data", () => {
    const machine = started();
    const send = { do: 'send', name: 1, early: false } as const;
    machine.deliver({ request: { id: 'q', body: [{ do: 'data', key: 'a' }, send] } });
    expect(sends(machine.tick(0))).toHaveLength(1);
  });
});

describe('the loop', () => {
  const work = { request: { id: 'q', body: [] } };

  test('of the classic exercise: one message or one action a tick', () => {
    const machine = started();
    machine.deliver(work);
    machine.deliver(work);
    for (let i = 0; i < 3; i++) machine.tick(0);
    expect(machine.state.program.seen).toEqual(['did 0', 'did 0', 'tick 3']);
  });

  test('that drains its inbox and counts time while busy', () => {
    const machine = started(puppet({ messagesPerTick: Number.POSITIVE_INFINITY, tickWhenBusy: true }));
    machine.deliver(work);
    machine.deliver(work);
    machine.tick(0);
    expect(machine.state.program.seen).toEqual(['did 0', 'did 0', 'tick 1']);
    expect(machine.state.inbox).toEqual([]);
  });

  test('does not count time between ticks', () => {
    const machine = started(puppet({ eager: true }));
    machine.deliver(work);
    machine.deliver(work);
    machine.work(0);
    expect(machine.state.program.seen).toEqual(['did 0', 'did 0']);
    expect(machine.state.ticks).toBe(0);
  });

  test('link events and drops take a place in the inbox only if the program listens', () => {
    const listening = started(puppet({ messagesPerTick: 2 }));
    listening.deliver({ link: 'm2', up: false });
    listening.deliver({ dropped: [], to: 'm2' });
    listening.tick(0);
    expect(listening.state.program.seen).toEqual(['m2 down', 'm2 never got 0']);
    const deaf = started(puppet({}, false));
    deaf.deliver({ link: 'm2', up: false });
    deaf.deliver({ dropped: [], to: 'm2' });
    deaf.tick(0);
    expect(deaf.state.program.seen).toEqual(['tick 1']);
  });
});

describe('clocks and names', () => {
  const send = { request: { id: 'q', body: [{ do: 'send', name: 1, early: false }] as const } };
  const envelope = (effects: readonly AnyEffect[]) => sends(effects)[0]!.envelope;

  test('a message carries the clock after its send event or before it, as the run is set', () => {
    const after = started();
    after.deliver(send);
    const late = envelope(after.tick(0));
    expect(late).toMatchObject({ id: 'm1-1', lamport: after.state.lamport, vector: after.state.vector });
    const before = started(puppet(), { clock: { stamp: 'before', vector: true } });
    before.deliver(send);
    const early = envelope(before.tick(0));
    expect(early.lamport).toBe(before.state.lamport - 1);
    expect(early.vector).toEqual({ m1: 1 });
  });

  test('a held message becomes an event when it leaves, not when the program sent it', () => {
    const machine = started();
    machine.deliver({ request: { id: 'q', body: [{ do: 'write', key: 'a' }, send.request.body[0]] } });
    machine.tick(0);
    machine.deliver({ request: { id: 'q', body: [{ do: 'note' }] } });
    machine.tick(0);
    const { lamport } = machine.state;
    expect(envelope(machine.durable(1, 0)).lamport).toBe(lamport + 1);
  });

  test('a receive has a higher clock than its send, in rows and state', () => {
    const machine = started();
    machine.deliver({ envelope: { id: 'm2-9', from: 'm2', lamport: 40, vector: { m2: 9 }, body: [] } });
    const rows = machine.tick(5).filter((effect) => effect.type === 'event');
    expect(rows[0]!.event).toMatchObject({
      ...{ event: 'receive', node: 'm1', tick: 1, timeUs: 5, lamport: 41, peer: 'm2', message: 'm2-9' },
      vector: { m1: 2, m2: 9 },
    });
  });

  test('recording changes nothing but the rows', () => {
    const run = (record: boolean) => {
      const machine = started(puppet(), { record });
      const effects: AnyEffect[] = [];
      for (const item of [send, { request: { id: 'q', body: [{ do: 'note' }] as const } }, send]) {
        machine.deliver(item);
        effects.push(...machine.tick(0));
      }
      return { state: machine.state, effects: effects.filter(({ type }) => type !== 'event') };
    };
    expect(run(true)).toEqual(run(false));
  });

  test('a restarted machine continues from its disk, with its own incarnation', () => {
    const given = options();
    const first = new Machine(puppet(), given);
    first.start(0);
    first.deliver({ request: { id: 'q', body: [{ do: 'note' }, { do: 'write', key: 'a' }] } });
    first.tick(0);
    const second = new Machine(puppet(), { ...given, boot: 2 });
    second.start(0);
    expect(second.state.lamport).toBe(first.state.lamport + 1);
    expect(second.state.vector).toEqual({ m1: 2, 'm1.2': 1 });
    second.deliver(send);
    expect(envelope(second.tick(0)).id).toBe('m1.2-1');
  });

  test('a clone is independent, and has the same randomness', () => {
    const machine = started();
    machine.deliver(send);
    const copy = machine.clone(new MemoryDisk());
    expect(copy.state).toEqual(machine.state);
    const effects = machine.tick(3);
    expect(copy.state.inbox).toHaveLength(1);
    expect(copy.tick(3)).toEqual(effects);
    copy.state.program.seen.push('more');
    expect(machine.state.program.seen).not.toContain('more');
  });
});
