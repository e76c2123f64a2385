import { analyzeRun, type CheckReport } from '../../analysis/analyze.ts';
import type { Evidence } from '../../analysis/check.ts';
import type { Manifest } from '../../logs/manifest.ts';
import { removeTemporary } from '../logs/temporary.ts';
import { type Planted, plantRun } from './planted.ts';

afterAll(removeTemporary);

/** What a check finds in planted logs. */
async function check(
  name: string,
  logs: Record<string, readonly Planted[]>,
  manifest: Partial<Manifest> = {},
): Promise<CheckReport> {
  const { checks } = await analyzeRun(plantRun(logs, manifest));
  return checks.find((report) => report.name === name)!;
}

/** The places of the rows of each case. */
function places(report: CheckReport): string[][] {
  if (report.outcome !== 'violated') throw new Error(`${report.name}: ${report.outcome}`);
  return report.evidence.map((rows: Evidence) => rows.map(({ file, line }) => `${file}:${line}`));
}

const internal = (lamport: number): Planted => ({ event: 'internal', lamport });
const send = (lamport: number, message: string): Planted => ({ event: 'send', lamport, message });
const receive = (lamport: number, message: string): Planted => ({ event: 'receive', lamport, message });

describe('clock-condition', () => {
  const name = 'clock-condition';

  test('holds where every receive is later than its send, also of one send to many', async () => {
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

  test('explains equal clocks where messages carry the clock from before their send', async () => {
    const logs = { a: [send(5, 'a-1')], b: [receive(5, 'a-1')] };
    const before = await check(name, logs, { stamp: 'before' });
    expect(before).toMatchObject({ outcome: 'violated', count: 1 });
    expect(before.notes.join()).toContain('in 1 of them both clocks are equal');
    const after = await check(name, logs);
    expect(after).toMatchObject({ outcome: 'violated', notes: ['1 of 1 receive'] });
  });

  test('leaves out what has no send, or several, and says so', async () => {
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
    expect(report).toMatchObject({ outcome: 'cannot tell', notes: ['no receive has its send in the logs'] });
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

  test('holds where clocks go up, and over a restart that forgot', async () => {
    const report = await check(name, {
      a: [{ event: 'start', lamport: 1 }, internal(9), { event: 'start', lamport: 2 }, internal(3)],
      b: [internal(1), internal(4)],
      world: [{ event: 'fault', kind: 'crash' }],
    });
    expect(report).toMatchObject({ outcome: 'holds', notes: ['3 steps compared'] });
  });

  test('names both rows of a step that does not go up', async () => {
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
    expect(report).toMatchObject({ outcome: 'holds', notes: ['2 terms with a leader'] });
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
    expect(await check(name, { a: [internal(1)] })).toMatchObject({
      outcome: 'cannot tell',
      notes: ['no machine became a leader'],
    });
  });
});
