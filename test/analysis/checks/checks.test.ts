import { removeTemporary } from '../../logs/temporary.ts';
import { check, type Planted, places } from './planted.ts';

afterAll(removeTemporary);

const internal = (lamport: number): Planted => ({ event: 'internal', lamport });
const send = (lamport: number, message: string): Planted => ({ event: 'send', lamport, message });
const receive = (lamport: number, message: string): Planted => ({ event: 'receive', lamport, message });

describe('clock-condition', () => {
  const name = 'clock-condition';

  test('holds if every receive is later than its send, also with one send to many', async () => {
    const report = await check(name, {
      a: [send(5, 'a-1'), receive(8, 'b-1')],
      b: [receive(6, 'a-1'), send(7, 'b-1')],
      c: [receive(9, 'a-1')],
    });
    expect(report).toMatchObject({ outcome: 'holds', notes: ['3 receives compared'] });
  });

  test('names the send and the receive that is not later', async () => {
    const report = await check(name, {
      a: [internal(1), send(5, 'a-1'), send(9, 'a-2')],
      b: [receive(6, 'a-1'), receive(8, 'a-2')],
      c: [receive(5, 'a-1')],
    });
    expect(report).toMatchObject({ outcome: 'violated', count: 2, notes: ['2 of 3 receives'] });
    expect(places(report)).toEqual([
      ['a.csv:4', 'b.csv:3'],
      ['a.csv:3', 'c.csv:2'],
    ]);
    expect(report).toMatchObject({ evidence: [[{ lamport: 9, message: 'a-2' }, { lamport: 8 }], {}] });
  });

  test('explains equal clocks if messages carry the clock from before their send', async () => {
    const logs = { a: [send(5, 'a-1')], b: [receive(5, 'a-1')] };
    const before = await check(name, logs, { stamp: 'before' });
    expect(before).toMatchObject({ outcome: 'violated', count: 1 });
    expect(before.notes.join()).toContain('in 1 of them both clocks are equal');
    const after = await check(name, logs);
    expect(after).toMatchObject({ outcome: 'violated', notes: ['1 of 1 receive'] });
  });

  test('leaves out receives without a send, or with several, and says so', async () => {
    const report = await check(name, {
      a: [send(1, 'a-1'), send(5, 'twice'), send(9, 'twice')],
      b: [receive(2, 'a-1'), receive(3, 'lost'), receive(4, 'twice')],
    });
    expect(report).toMatchObject({
      outcome: 'holds',
      notes: [
        '1 receive compared',
        '1 receive left out: the send is not in the logs',
        '1 receive left out: several sends have the same message id',
      ],
    });
  });

  test('cannot tell without messages', async () => {
    const report = await check(name, { a: [internal(1), internal(2)] });
    expect(report).toMatchObject({ outcome: 'cannot tell', notes: ['no row is a receive'] });
  });

  test('shows ten cases and counts all', async () => {
    const ids = Array.from({ length: 25 }, (_, i) => `a-${i}`);
    const report = await check(name, {
      a: ids.map((id, i) => send(100 + i, id)),
      b: ids.map((id, i) => receive(1 + i, id)),
    });
    expect(report).toMatchObject({ outcome: 'violated', count: 25 });
    expect(places(report)).toHaveLength(10);
    expect(places(report)[0]).toEqual(['a.csv:2', 'b.csv:2']);
  });
});

describe('clock-order', () => {
  const name = 'clock-order';

  test('holds if clocks go up, and across a restart that reset them', async () => {
    const report = await check(name, {
      a: [{ event: 'start', lamport: 1 }, internal(9), { event: 'start', lamport: 2 }, internal(3)],
      b: [internal(1), internal(4)],
      world: [{ event: 'fault', kind: 'crash' }],
    });
    expect(report).toMatchObject({ outcome: 'holds', notes: ['3 steps compared'] });
  });

  test('names both rows of a step in which the clock does not go up', async () => {
    const report = await check(name, {
      a: [internal(1), internal(2), internal(2)],
      b: [internal(7), internal(5), internal(6)],
    });
    expect(report).toMatchObject({ outcome: 'violated', count: 2 });
    expect(places(report)).toEqual([
      ['a.csv:3', 'a.csv:4'],
      ['b.csv:2', 'b.csv:3'],
    ]);
  });

  test('cannot tell from single events', async () => {
    expect(await check(name, { a: [internal(1)] })).toMatchObject({ outcome: 'cannot tell' });
  });
});

describe('one-leader-per-term', () => {
  const name = 'one-leader-per-term';
  const role = (role: string, term: number): Planted => ({ event: 'role', role, term });

  test('holds for one leader after the other', async () => {
    const report = await check(name, {
      a: [role('candidate', 1), role('leader', 1), role('follower', 2)],
      b: [role('leader', 2), role('candidate', 3)],
      c: [role('candidate', 2)],
    });
    expect(report).toMatchObject({ outcome: 'holds', notes: ['2 terms with a leader compared'] });
  });

  test('names the rows in which two machines lead the same term', async () => {
    const report = await check(name, {
      a: [role('leader', 1), role('leader', 4)],
      b: [role('follower', 1), role('candidate', 4), role('leader', 4)],
      c: [{ event: 'commit', role: 'leader', term: 1 }],
    });
    expect(report).toMatchObject({ outcome: 'violated', count: 1, notes: ['1 of 2 terms with a leader'] });
    expect(places(report)).toEqual([['a.csv:3', 'b.csv:4']]);
  });

  test('cannot tell without leaders', async () => {
    const silent = { a: [internal(1)] };
    expect(await check(name, silent, { protocol: 'raft' })).toMatchObject({
      outcome: 'cannot tell',
      notes: ['no machine became a leader'],
    });
    expect(await check(name, silent)).toMatchObject({
      outcome: 'not-applicable',
      notes: ['nothing is replicated'],
    });
  });
});

describe('fifo-links', () => {
  const name = 'fifo-links';
  const sends = [send(1, 'a-1'), send(2, 'a-2'), send(3, 'a-3')];

  test('holds if messages arrive in order, some twice and some never', async () => {
    const report = await check(name, {
      a: sends,
      b: [receive(4, 'a-1'), receive(5, 'a-3'), receive(6, 'a-1')],
      c: [receive(3, 'a-2')],
    });
    expect(report).toMatchObject({ outcome: 'holds', notes: ['4 receives compared'] });
  });

  const logs = {
    a: sends,
    b: [receive(4, 'a-1'), receive(5, 'a-3'), receive(6, 'a-2')],
    c: [receive(5, 'a-3')],
  };

  test('names both sends and both receives of a message that was overtaken', async () => {
    const report = await check(name, logs);
    expect(report).toMatchObject({ outcome: 'violated', count: 1 });
    expect(places(report)).toEqual([['a.csv:3', 'a.csv:4', 'b.csv:3', 'b.csv:4']]);
  });

  test('cannot tell if the network was set to reorder messages', async () => {
    const detail = 'settings={"delayUs":[1,2],"lossRate":0,"duplicateRate":0,"reorderRate":0.1}';
    const told = { ...logs, world: [{ event: 'fault', kind: 'network', detail } as const] };
    expect(await check(name, told)).toMatchObject({ outcome: 'cannot tell' });
    const orderly = { ...told, world: [{ ...told.world[0]!, detail: detail.replace('0.1', '0') }] };
    expect(await check(name, orderly)).toMatchObject({ outcome: 'violated' });
  });
});

describe('vector-clocks', () => {
  const name = 'vector-clocks';
  const row = (event: Planted['event'], vector: Planted['vector'], message?: string): Planted => ({
    event,
    vector,
    message,
  });
  const LOGS = {
    a: [
      row('start', { a: 1 }),
      row('send', { a: 2 }, 'a-1'),
      row('internal', { a: 3 }),
      row('receive', { a: 4, b: 3 }, 'b-1'),
    ],
    b: [row('start', { b: 1 }), row('receive', { b: 2, a: 2 }, 'a-1'), row('send', { a: 2, b: 3 }, 'b-1')],
    c: [row('internal', { c: 1 }), row('receive', { c: 2, a: 2 }, 'a-1')],
  };
  const changed = (node: keyof typeof LOGS, place: number, vector: Planted['vector']) => ({
    ...LOGS,
    [node]: LOGS[node].map((row, i) => (i === place ? { ...row, vector } : row)),
  });

  test('holds if every component is what the messages imply', async () => {
    expect(await check(name, LOGS)).toMatchObject({ outcome: 'holds', notes: ['6 steps compared'] });
  });

  test.each([
    [
      'an event is not counted',
      changed('a', 2, { a: 2 }),
      [
        ['a.csv:3', 'a.csv:4'],
        ['b.csv:4', 'a.csv:4', 'a.csv:5'],
      ],
    ],
    ['a receive forgets its send', changed('c', 1, { c: 2 }), [['a.csv:3', 'c.csv:2', 'c.csv:3']]],
    ['a receive knows too much', changed('c', 1, { c: 2, a: 3 }), [['a.csv:3', 'c.csv:2', 'c.csv:3']]],
    [
      'a component appears from nowhere',
      changed('c', 1, { c: 2, a: 2, b: 1 }),
      [['a.csv:3', 'c.csv:2', 'c.csv:3']],
    ],
    ['a last event forgets', changed('a', 3, { a: 4, b: 2 }), [['b.csv:4', 'a.csv:4', 'a.csv:5']]],
  ])('names the rows where %s', async (_, logs, expected) => {
    const report = await check(name, logs);
    expect(places(report)).toEqual(expected);
  });

  test('a restart begins to count again, and knows no more than the last incarnation', async () => {
    const again = (vector: Planted['vector']) => ({
      ...LOGS,
      a: [...LOGS.a, { ...row('start', vector), detail: 'boot=2' }, row('internal', { ...vector, 'a.2': 2 })],
    });
    expect(await check(name, again({ a: 2, 'a.2': 1 }))).toMatchObject({ outcome: 'holds' });
    const more = again({ a: 5, 'a.2': 1 });
    expect(places(await check(name, more))).toEqual([['a.csv:5', 'a.csv:6']]);
    // A process that was killed may have taken rows with it.
    expect(await check(name, more, { startedAt: '2026-01-01T00:00:00Z' })).toMatchObject({
      outcome: 'holds',
    });
  });

  test('if messages carry the clock from before the send, they lack their send', async () => {
    const logs = {
      ...LOGS,
      b: [],
      a: LOGS.a.slice(0, 3),
      c: [row('internal', { c: 1 }), row('receive', { c: 2, a: 1 }, 'a-1')],
    };
    expect(await check(name, logs, { stamp: 'before' })).toMatchObject({ outcome: 'holds' });
    expect(await check(name, logs)).toMatchObject({ outcome: 'violated', count: 1 });
  });

  test('steps across omitted rows are not checked', async () => {
    const lost: Planted = { event: 'fault', kind: 'log', detail: 'lost_rows=2' };
    const report = await check(name, {
      a: [row('internal', { a: 1 }), lost, row('internal', { a: 4 }), row('internal', { a: 5 })],
    });
    expect(report).toMatchObject({ outcome: 'holds', notes: ['1 step compared'] });
  });
});
