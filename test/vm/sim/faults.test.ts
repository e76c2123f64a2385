import type { EventRecord } from '../../../vm/event.ts';
import type { Program } from '../../../vm/program.ts';
import type { Fault } from '../../../vm/sim/actions.ts';
import { RepairRefused } from '../../../vm/sim/faults.ts';
import { History } from '../../../vm/sim/history.ts';
import { CALM_NETWORK } from '../../../vm/sim/network.ts';
import type { WorldSettings } from '../../../vm/sim/settings.ts';
import { World } from '../../../vm/sim/world.ts';
import { prefixEnd } from '../../../vm/store.ts';
import { MS, worldSettings } from '../../support/simulated.ts';

/**
 * At each tick a machine writes its number on its disk, and sends it, once that is durable, to the
 * others.
 */
interface State {
  written: number;
  readonly heard: Record<string, number[]>;
}

const LAST = 'last';

const counting: Program<State, number, never> = {
  name: 'counting',
  policy: { messagesPerTick: 1_000, tickWhenBusy: true, eager: false },
  init: (_ctx, disk) => ({ written: (disk.program.get(LAST) as number | undefined) ?? 0, heard: {} }),
  onTick(state, ctx) {
    const number = ++state.written;
    ctx.disk.put(`log/${String(number).padStart(4, '0')}`, number);
    ctx.disk.put(LAST, number);
    if (ctx.peers.length > 0) ctx.send(ctx.peers, number);
  },
  onMessage(state, { from, body }) {
    const heard = state.heard[from] ?? [];
    state.heard[from] = heard;
    heard.push(body);
  },
  repair(disk, damage, way) {
    if (way === 'drop-tail' && damage.some(({ key }) => key === LAST)) throw new Error('the number is lost');
    const first = way === 'start-empty' ? '' : damage[0]!.key;
    for (const [key] of [...disk.program.range(first, prefixEnd(''))]) disk.program.delete(key);
    return `kept what stood before ${first}`;
  },
};

function start(machines = 2, given: Partial<WorldSettings> = {}, program = counting) {
  const events: EventRecord[] = [];
  const world = new World(program, worldSettings(machines, { record: true, ...given }), {
    event: (record) => void events.push(record),
  });
  const at = (node = 'n1') => world.node(node);
  return {
    ...{ world, events, at },
    state: (node = 'n1') => at(node).machine.state.program,
    run: (ms: number) => world.advance(ms * MS),
    give: (...faults: Fault[]) => {
      for (const fault of faults) world.do(fault);
    },
    faults: () =>
      events.filter(({ event }) => event === 'fault').map(({ kind, detail }) => `${kind} ${detail}`),
  };
}

describe('crash', () => {
  test.each([
    ['learns of what it sends there', 0, false, true],
    ['is not, where it cannot be', 0, true, false],
    // One of two copies may have arrived before.
    ['is not of what the network delivers twice', 1, false, false],
  ])('who sends to a machine that is off %s', (_, duplicateRate, blocked, isTold) => {
    const told: unknown[] = [];
    const program = {
      ...counting,
      onDropped: (state: State, peer: string, body: number) =>
        void told.push([state.written > 0, peer, body]),
    };
    const { give, run } = start(2, { network: { ...CALM_NETWORK, duplicateRate } }, program);
    give({ type: 'crash', node: 'n2' });
    if (blocked) give({ type: 'block', from: 'n2', to: 'n1' });
    run(50);
    expect(told.slice(0, 2)).toEqual(isTold ? [1, 2].map((body) => [true, 'n2', body]) : []);
  });

  test('keeps the unsynced writes that the crash says', () => {
    const left = (unsynced: 'lost' | 'kept') => {
      const { run, give, state, at } = start(1, { disk: { syncUs: [400 * MS, 400 * MS] } });
      run(300);
      const { written } = state();
      give({ type: 'crash', node: 'n1', unsynced }, { type: 'restart', node: 'n1' });
      expect(at().status).toBe('up');
      return [written, state().written];
    };
    expect(left('lost')).toEqual([30, 0]);
    expect(left('kept')).toEqual([30, 30]);
  });

  test('in the middle of a write leaves a disk from which the machine does not start', () => {
    const { run, give, faults, at } = start(1, { disk: { syncUs: [35 * MS, 35 * MS] } });
    run(200);
    give({ type: 'crash', node: 'n1', unsynced: 'torn' }, { type: 'restart', node: 'n1' });
    expect(at().status).toBe('down');
    expect(at().boot).toBe(1);
    expect(faults()).toEqual([
      'crash node="n1" unsynced="torn"',
      'restart node="n1"',
      expect.stringMatching(/^damage node="n1" records=\["program\/(log\/\d+|last)"\]$/),
    ]);
    run(500);
    expect(at().status).toBe('down');
  });
});

describe('a damaged disk', () => {
  const damaged = (program = counting, record = 'program/log/0005') => {
    const made = start(2, {}, program);
    made.run(200);
    made.give({ type: 'rot', node: 'n1', record });
    return made;
  };

  test('is detected at the next restart, not before', () => {
    const { run, give, at, state, faults } = damaged();
    run(100);
    expect(at().status).toBe('up');
    expect(state().written).toBe(30);
    give({ type: 'restart', node: 'n1' });
    expect(at().status).toBe('down');
    expect(faults()).toEqual([
      'rot node="n1" record="program/log/0005"',
      'restart node="n1"',
      'damage node="n1" records=["program/log/0005"]',
    ]);
  });

  test('is repaired by the program, and the machine starts again', () => {
    const { run, give, at, faults } = damaged();
    give({ type: 'crash', node: 'n1' }, { type: 'repair', node: 'n1', way: 'drop-tail' });
    expect(at().status).toBe('down');
    expect([...at().disk.current.program.range('log/', 'log0')]).toHaveLength(4);
    give({ type: 'restart', node: 'n1' });
    expect(at().status).toBe('up');
    expect(at().boot).toBe(2);
    expect(faults().at(-2)).toBe('repair node="n1" way="drop-tail" done="kept what stood before log/0005"');
    run(100);
    expect(at().machine.state.ticks).toBeGreaterThan(5);
  });

  test.each([
    [
      'of a machine that runs',
      counting,
      'program/log/0005',
      false,
      'n1 runs: a disk can be repaired only while it is off',
    ],
    ['in a way that is not safe', counting, 'program/last', true, 'n1: the number is lost'],
    [
      'that the program does not know',
      { ...counting, repair: undefined },
      'program/last',
      true,
      'counting cannot repair a disk',
    ],
  ])('is refused a repair %s, and nothing has happened', (_why, program, record, off, message) => {
    const { world, give, at, events } = damaged(program as typeof counting, record);
    if (off) give({ type: 'crash', node: 'n1' });
    const before = events.length;
    const history = new History(world);
    expect(() => give({ type: 'repair', node: 'n1', way: 'drop-tail' })).toThrow(message);
    expect(at().disk.damage).toHaveLength(1);
    expect(events).toHaveLength(before);
    // Nor does a history keep what its world has refused.
    expect(() => history.do({ type: 'repair', node: 'n1', way: 'drop-tail' })).toThrow(RepairRefused);
    expect(history.inputs).toEqual([]);
    history.back();
  });
});

test('a wiped machine is off, and starts with nothing', () => {
  const { run, give, at, state } = start();
  run(200);
  expect(state().written).toBe(20);
  give({ type: 'rot', node: 'n1' }, { type: 'wipe', node: 'n1' });
  expect(at().status).toBe('down');
  give({ type: 'restart', node: 'n1' });
  expect(at().status).toBe('up');
  expect(state().written).toBe(0);
  expect(at().disk.records).toEqual([]);
});

test('a machine with a full disk acknowledges nothing; once there is space, it acknowledges all that waited', () => {
  const { run, give, state } = start();
  const heard = () => state('n2').heard.n1?.length ?? 0;
  const syncUs = [1 * MS, 1 * MS] as const;
  run(100);
  give({ type: 'disk', node: 'n1', settings: { syncUs, full: true } });
  run(20);
  const before = heard();
  run(300);
  expect(heard()).toBe(before);
  expect(state().written).toBe(42);
  give({ type: 'disk', node: 'n1', settings: { syncUs } });
  run(30);
  expect(heard()).toBeGreaterThan(40);
  expect(state('n2').heard.n1).toEqual(Array.from({ length: heard() }, (_, i) => i + 1));
});

describe('clocks', () => {
  const ticks = ({ at }: ReturnType<typeof start>) => at().machine.state.ticks;

  test('drift by a factor per second, to at most ten times or a tenth', () => {
    const made = start(1);
    made.give({ type: 'drift', node: 'n1', perSecond: 1.5 });
    made.run(2_005);
    // 100 in the first second, 150 in the next.
    expect(ticks(made)).toBeGreaterThanOrEqual(248);
    expect(ticks(made)).toBeLessThanOrEqual(252);
    made.run(20_000);
    expect(made.at().ticksPerSecond).toBeGreaterThan(600);
    expect(made.at().ticksPerSecond).toBeLessThanOrEqual(1_000);
    made.give({ type: 'drift', node: 'n1', perSecond: 0.5 });
    made.run(20_000);
    expect(made.at().ticksPerSecond).toBeGreaterThanOrEqual(10);
    expect(made.at().ticksPerSecond).toBeLessThan(20);
    made.give({ type: 'drift', node: 'n1', perSecond: 1 });
    const rate = made.at().ticksPerSecond;
    made.run(5_000);
    expect(made.at().ticksPerSecond).toBe(rate);
  });

  test('continue to drift while the machine is off, and from a rate that is set meanwhile', () => {
    const made = start(1);
    made.give({ type: 'drift', node: 'n1', perSecond: 2 }, { type: 'crash', node: 'n1' });
    made.run(2_500);
    made.give({ type: 'restart', node: 'n1' });
    expect(made.at().ticksPerSecond).toBe(400);
    made.run(2_000);
    made.give({ type: 'rate', node: 'n1', ticksPerSecond: 20 });
    made.run(1_000);
    expect(made.at().ticksPerSecond).toBe(40);
  });

  test('jump forward: all these ticks at the same instant', () => {
    const made = start(1);
    made.run(100);
    const { now } = made.world;
    made.give({ type: 'jump', node: 'n1', ticks: 50 });
    expect([ticks(made), made.state().written, made.world.now]).toEqual([60, 60, now]);
    made.run(100);
    expect(ticks(made)).toBe(70);
  });

  test('jump back: they stop for these ticks, while arrivals are kept; a new process begins again', () => {
    const made = start(2);
    made.run(100);
    made.give({ type: 'jump', node: 'n1', ticks: -30 });
    made.run(300);
    expect(ticks(made)).toBe(10);
    expect(made.at().machine.state.inbox.length).toBeGreaterThan(25);
    made.run(100);
    expect(ticks(made)).toBe(20);
    made.give({ type: 'jump', node: 'n1', ticks: -30 }, { type: 'jump', node: 'n1', ticks: 35 });
    expect(ticks(made)).toBe(25);
    made.give({ type: 'jump', node: 'n1', ticks: -1_000 }, { type: 'restart', node: 'n1' });
    made.run(100);
    expect(ticks(made)).toBe(10);
  });

  test('jump without ticks on machines that are off or paused', () => {
    const made = start(2);
    made.give({ type: 'pause', node: 'n1' }, { type: 'crash', node: 'n2' });
    made.give({ type: 'jump', node: 'n1', ticks: 50 }, { type: 'jump', node: 'n2', ticks: -50 });
    expect(ticks(made)).toBe(0);
    made.give({ type: 'restart', node: 'n2' });
    made.run(100);
    expect(made.at('n2').machine.state.ticks).toBe(10);
  });
});

describe('a clogged link', () => {
  const clog: Fault = { type: 'clog', from: 'n1', to: 'n2' };
  const heardBy = ({ state }: ReturnType<typeof start>, node: string, from: string) =>
    state(node).heard[from] ?? [];
  const numbers = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

  test.each([{ type: 'unclog', from: 'n1', to: 'n2' } as const, { type: 'heal' } as const])(
    'delivers nothing one way, and then all of it in order: %j',
    (end) => {
      const made = start(2, { network: { ...CALM_NETWORK, delayUs: [20 * MS, 40 * MS] } });
      made.run(100);
      made.give(clog);
      made.run(15);
      const before = heardBy(made, 'n2', 'n1').length;
      made.run(500);
      expect(heardBy(made, 'n2', 'n1')).toHaveLength(before);
      expect(heardBy(made, 'n1', 'n2').length).toBeGreaterThan(50);
      made.give(end);
      made.run(11);
      const heard = heardBy(made, 'n2', 'n1');
      expect(heard.length).toBeGreaterThan(50);
      made.run(500);
      expect(heardBy(made, 'n2', 'n1')).toEqual(numbers(heardBy(made, 'n2', 'n1').length));
    },
  );

  test('keeps as much as a socket would, and drops the rest', () => {
    const made = start(2);
    made.give(clog);
    made.run(12_000);
    made.give({ type: 'unclog', from: 'n1', to: 'n2' });
    made.run(11);
    const dropped = made.events.filter(
      ({ event, detail }) => event === 'drop' && detail === 'from=n1 cause=clogged',
    );
    expect(heardBy(made, 'n2', 'n1').slice(0, 1_000)).toEqual(numbers(1_000));
    expect(dropped.length).toBeGreaterThan(190);
    expect(dropped.length).toBeLessThanOrEqual(200);
  });

  test('that is cut loses all later messages', () => {
    const made = start(2);
    made.give(clog);
    made.run(100);
    made.give({ type: 'block', from: 'n1', to: 'n2' });
    made.run(100);
    made.give({ type: 'unblock', from: 'n1', to: 'n2' }, { type: 'unclog', from: 'n1', to: 'n2' });
    made.run(100);
    const heard = heardBy(made, 'n2', 'n1');
    expect(heard.slice(0, 9)).toEqual(numbers(9));
    expect(heard).not.toContain(15);
    expect(heard).toContain(25);
  });
});
