/** The checks of replication, each on a correct log and on one with a single planted fault. */
import type { Manifest } from '../../../logs/format/manifest.ts';
import { removeTemporary } from '../../logs/temporary.ts';
import { check, type Planted, places } from './planted.ts';

afterAll(removeTemporary);

let clock = 0;
const at = (row: Planted): Planted => ({ lamport: ++clock, timeUs: 1000 * clock, ...row });
const append = (first: number, prev: number, entries: string, detail = ''): Planted =>
  at({
    event: 'append',
    index: first + entries.split(',').length - 1,
    detail: `first=${first} ${detail}prev=${prev} entries=${entries}`,
  });
const apply = (first: number, index: number, more = ''): Planted =>
  at({ event: 'apply', index, detail: `first=${first}${more}` });
const start = (): Planted => at({ event: 'start', detail: 'boot=2' });
const respond = (index: number, more = ''): Planted =>
  at({ event: 'respond', index, detail: `id=q${index}${more}` });

type Logs = Record<string, readonly Planted[]>;

/**
 * Three machines that append, commit and apply what the leader `a` proposes. The clock runs through
 * all rows.
 */
function healthy(): Record<'a' | 'b' | 'c', Planted[]> {
  clock = 0;
  const logs = {
    a: [append(1, 0, '1:noop,1:1.1')],
    b: [append(1, 0, '1:noop')],
    c: [append(1, 0, '1:noop,1:1.1')],
  };
  return {
    a: [...logs.a, apply(1, 2), respond(2)],
    b: [...logs.b, append(2, 1, '1:1.1'), apply(1, 2)],
    c: [...logs.c, apply(1, 1), apply(2, 2)],
  };
}

describe.each(['terms-never-fall', 'commit-never-falls'] as const)('%s', (name) => {
  const column = name === 'terms-never-fall' ? 'term' : 'commit';
  const row = (value?: number): Planted => ({ event: 'internal', [column]: value });

  test('holds if it rises, and across a restart that reset it', async () => {
    const logs = {
      a: [row(1), row(), row(3), { ...row(2), event: 'start' } as const, row(2)],
      b: [row(0), row(1)],
    };
    expect(await check(name, logs)).toMatchObject({ outcome: 'holds', notes: ['3 steps compared'] });
  });

  test('names both rows of a fall, whatever is between them', async () => {
    const report = await check(name, { a: [row(1), row(3), row(), row(2)], b: [row(1)] });
    expect(report).toMatchObject({ outcome: 'violated', count: 1 });
    expect(places(report)).toEqual([['a.csv:3', 'a.csv:5']]);
  });
});

test.each(['log-matching', 'committed-by-majority', 'same-applied', 'exactly-once', 'acknowledged-applied'])(
  '%s holds for a healthy cluster, cannot tell without its rows, and does not apply where nothing is replicated',
  async (name) => {
    expect(await check(name, healthy())).toMatchObject({ outcome: 'holds' });
    const silent = { a: [at({ event: 'internal' })] };
    expect(await check(name, silent, { protocol: 'raft' })).toMatchObject({ outcome: 'cannot tell' });
    expect(await check(name, silent)).toMatchObject({ outcome: 'not-applicable' });
  },
);

describe('log-matching', () => {
  test('an entry that is removed and replaced in a later term is no violation', async () => {
    const logs = healthy();
    logs.b.push(append(3, 1, '1:1.2'), append(3, 1, '2:noop', 'cut=true '));
    logs.a.push(append(3, 1, '2:noop'));
    expect(await check('log-matching', logs)).toMatchObject({
      outcome: 'holds',
      notes: ['4 entries compared'],
    });
  });

  test.each([
    ['another entry', '1:1.7', 1],
    ['another entry before it', '1:1.2', 2],
  ])('names the rows in which an index and term have %s', async (_, entries, prev) => {
    const logs = healthy();
    logs.a.push(append(3, 1, '1:1.2'));
    logs.c.push(append(3, prev, entries));
    const report = await check('log-matching', logs);
    expect(report).toMatchObject({ outcome: 'violated', count: 1 });
    expect(places(report)).toEqual([['a.csv:5', 'c.csv:5']]);
  });
});

describe('committed-by-majority', () => {
  const name = 'committed-by-majority';
  const lonely = (
    manifest: Partial<Manifest> = {},
    more: (logs: Record<string, Planted[]>) => void = () => {},
  ) => {
    const logs = healthy();
    logs.a.push(append(3, 1, '1:1.2'), apply(3, 3));
    logs.b.push(append(3, 1, '1:1.2'));
    more(logs);
    return check(name, logs, manifest);
  };

  test('names the apply and the appends of an entry that only one machine had', async () => {
    const report = await lonely();
    expect(report).toMatchObject({ outcome: 'violated', count: 1 });
    expect(places(report)).toEqual([['a.csv:6', 'a.csv:5', 'b.csv:5']]);
  });

  test('an entry of another term at the same index is not a copy', async () => {
    clock = 0;
    const logs = { a: [append(1, 0, '2:noop')], b: [append(1, 0, '1:noop')], c: [at({ event: 'internal' })] };
    const report = await check(name, { ...logs, a: [...logs.a, apply(1, 1)] }, { machines: three });
    expect(places({ ...report })).toEqual([['a.csv:3', 'a.csv:2']]);
  });

  test('reports no violation for a machine whose log may lack rows', async () => {
    const report = await lonely({}, (logs) => {
      logs.c!.push(at({ event: 'fault', kind: 'log', detail: 'lost_rows=3' }));
    });
    expect(report).toMatchObject({
      outcome: 'holds',
      notes: [
        '2 commits and applied entries compared',
        expect.stringContaining('1 commit or applied entry left out'),
        expect.stringContaining('Lamport clocks'),
      ],
    });
    expect(await lonely({ startedAt: '2026-01-01T00:00:00Z' })).toMatchObject({ outcome: 'holds' });
  });

  test('an entry from before the logs begin is no violation', async () => {
    clock = 0;
    const begin = (fields: Partial<Planted>) => at({ event: 'start', detail: 'boot=1', ...fields });
    const logs = (fields: Partial<Planted>) => ({
      b: [begin(fields)],
      c: [begin(fields)],
      a: [begin({ term: 0 }), append(1, 0, '1:noop'), apply(1, 1)],
    });
    // The entry came from another machine: its proposer's row is not in the logs.
    const learned = (fields: Partial<Planted>) => {
      const { a, ...rest } = logs(fields);
      return { ...rest, a: a.map((row) => (row.event === 'append' ? { ...row, peer: 'b' } : row)) };
    };
    for (const fields of [{ term: 1 }, { commit: 1 }, { detail: 'boot=2' }])
      expect(await check(name, learned(fields))).toMatchObject({ outcome: 'cannot tell' });
    expect(await check(name, learned({ term: 0 }))).toMatchObject({ outcome: 'violated' });
    // What was proposed since the logs began nobody had before.
    expect(await check(name, logs({ term: 1 }))).toMatchObject({ outcome: 'violated' });
  });

  const three = ['a', 'b', 'c'].map((id) => ({ id }));

  describe('of what a leader commits', () => {
    let messages = 0;
    /** A message from one to the other, as rows of both. */
    const say = (from: string, to: string): [Planted, Planted] => {
      const message = `${from}-${++messages}`;
      const send = at({ event: 'send', peer: to, message });
      return [send, at({ event: 'receive', peer: from, message })];
    };
    const commit = (index: number, by?: string, term = 1): Planted =>
      at({ event: 'commit', role: 'leader', index, term, ...(by !== undefined && { detail: `by=${by}` }) });

    /**
     * Leader `a` proposes two entries; `b` appends the first and answers, then the second, and
     * answers after the commit.
     */
    const scenario = (change: {
      readonly by?: string;
      readonly entries?: string;
      readonly reordered?: boolean;
      readonly rows?: (logs: Record<string, Planted[]>) => void;
      readonly manifest?: Partial<Manifest>;
    }) => {
      clock = 0;
      const logs: Record<'a' | 'b' | 'c', Planted[]> = { a: [], b: [], c: [at({ event: 'internal' })] };
      logs.a.push(append(1, 0, change.entries ?? '1:noop,1:1.1'));
      logs.b.push({ ...append(1, 0, '1:noop'), peer: 'a' });
      const [send, receive] = say('b', 'a');
      logs.b.push(send, { ...append(2, 1, '1:1.1'), peer: 'a' });
      logs.a.push(receive, commit(1, change.by ?? 'a,b'));
      const [second, secondReceived] = say('b', 'a');
      const [third, thirdReceived] = say('b', 'a');
      logs.b.push(second, third);
      // The message behind it may overtake the first that was sent after the append.
      if (change.reordered === true)
        logs.a.push(thirdReceived, { ...commit(2, 'a,b'), lamport: clock }, secondReceived);
      else logs.a.push({ ...commit(2, change.by ?? 'a,b'), lamport: clock }, secondReceived, thirdReceived);
      change.rows?.(logs);
      return check(name, logs, change.manifest);
    };

    test('names the commit and the appends if the leader had not heard of a copy yet, even if the copy existed', async () => {
      const report = await scenario({});
      expect(report).toMatchObject({
        outcome: 'violated',
        count: 1,
        notes: ['1 of 2 commits and applied entries'],
      });
      expect(places(report)).toEqual([['a.csv:5', 'a.csv:2', 'b.csv:4']]);
    });

    test('holds if it had, even through a message that overtook another one', async () => {
      expect(await scenario({ reordered: true })).toMatchObject({
        outcome: 'holds',
        notes: ['2 commits and applied entries compared'],
      });
    });

    test.each([
      ['only itself', 'a'],
      ['nobody', ''],
      ['all but itself, for its own copy is not on its disk', 'b'],
    ])('a leader whose row names %s is wrong, whatever messages say', async (_, by) => {
      expect(await scenario({ by, reordered: false })).toMatchObject({ outcome: 'violated', count: 2 });
    });

    test('copies of machines that it does not name do not count', async () => {
      const report = await scenario({ by: 'a,c' });
      expect(report).toMatchObject({ outcome: 'violated', count: 2 });
    });

    test('a leader that commits an entry of an earlier term is a violation', async () => {
      const report = await scenario({
        reordered: true,
        rows: ({ a }) => {
          for (const row of a!)
            if (row.event === 'commit' && row.index === 2) Object.assign(row, { term: 2 });
        },
      });
      expect(report).toMatchObject({ outcome: 'violated', count: 1 });
      expect(places(report)).toEqual([['a.csv:6', 'a.csv:2', 'b.csv:4']]);
    });

    test('there is no violation if rows of the leader or of a machine that it names may be missing', async () => {
      for (const node of ['a', 'b'])
        expect(
          await scenario({
            rows: (logs) => logs[node]!.splice(2, 0, { event: 'fault', kind: 'log', detail: 'lost_rows=2' }),
          }),
        ).toMatchObject({
          outcome: 'holds',
          notes: [expect.any(String), expect.stringContaining('left out')],
        });
      // Those of one that it does not name are of no matter.
      expect(
        await scenario({ rows: ({ c }) => c!.push({ event: 'fault', kind: 'log', detail: 'lost_rows=2' }) }),
      ).toMatchObject({ outcome: 'violated' });
    });
  });
});

describe('same-applied', () => {
  test.each([
    ['another entry', '1:1.9', ''],
    ['the same without effect', '1:1.2', ' skipped=3'],
    ['the same without effect of one command', '1:1.2', ' skipped=3:1.2'],
  ])('names the rows in which machines apply %s', async (_, entries, more) => {
    const logs = healthy();
    logs.a.push(append(3, 1, '1:1.2'), apply(3, 3));
    logs.b.push(append(3, 1, entries), apply(3, 3, more));
    const report = await check('same-applied', logs);
    expect(report).toMatchObject({ outcome: 'violated', count: 1 });
    expect(places(report)).toEqual([['a.csv:6', 'b.csv:6']]);
  });
});

describe('exactly-once', () => {
  const name = 'exactly-once';
  const more = async (rows: (logs: Record<'a' | 'b' | 'c', Planted[]>) => void) => {
    const logs = healthy();
    rows(logs);
    return check(name, logs as Logs);
  };

  test('a skipped duplicate, a restart and a snapshot are no violation', async () => {
    const report = await more(({ a, b, c }) => {
      a.push(append(3, 1, '1:1.1,1:1.2'), apply(3, 4, ' skipped=3'));
      a.push(append(5, 1, '1:1.2-4+2.1+2.1'), apply(5, 5, ' skipped=5:1.2,5:2.1'));
      b.push(start(), apply(2, 2), append(3, 1, '1:1.1'), apply(3, 3, ' skipped=3'));
      c.push(
        at({ event: 'snapshot', index: 9, detail: 'installed=true' }),
        append(10, 1, '1:1.7'),
        apply(10, 10),
      );
    });
    expect(report).toMatchObject({ outcome: 'holds' });
  });

  test.each<[string, (logs: Record<'a' | 'b' | 'c', Planted[]>) => void, string[]]>([
    ['applies an entry again', ({ a }) => a.push(apply(2, 2)), ['a.csv:3', 'a.csv:5']],
    [
      'leaves an entry out',
      ({ b }) => b.push(append(3, 1, '1:1.2,1:1.3'), apply(4, 4)),
      ['b.csv:4', 'b.csv:6'],
    ],
    [
      'leaves one out over a restart',
      ({ c }) => c.push(start(), append(3, 1, '1:1.2,1:1.3'), apply(4, 4)),
      ['c.csv:4', 'c.csv:7'],
    ],
    [
      'runs a command at two indexes',
      ({ a }) => a.push(append(3, 1, '1:1.1'), apply(3, 3)),
      ['a.csv:3', 'a.csv:6'],
    ],
    [
      'runs a command of a batch again in another',
      ({ a }) => a.push(append(3, 1, '1:1.2-9+command*3,1:2.1+1.7-8'), apply(3, 4, ' skipped=4:1.8')),
      ['a.csv:6', 'a.csv:6'],
    ],
  ])('names the rows where a machine %s', async (_, rows, expected) => {
    const report = await more(rows);
    expect(report).toMatchObject({ outcome: 'violated', count: 1 });
    expect(places(report)).toEqual([expected]);
  });
});

describe('acknowledged-applied', () => {
  const name = 'acknowledged-applied';

  test('names the answer for an entry that nobody applied', async () => {
    const logs = healthy();
    logs.b.push(respond(3, ' error=Indeterminate'), respond(7));
    const report = await check(name, logs);
    expect(report).toMatchObject({ outcome: 'violated', count: 1, notes: ['1 of 2 acknowledged changes'] });
    expect(places(report)).toEqual([['b.csv:6']]);
  });

  test('reports no violation for an answer whose rows a killed machine may have lost', async () => {
    const logs = healthy();
    logs.b.push(respond(7));
    const live = { startedAt: '2026-01-01T00:00:00Z' };
    expect(await check(name, logs, live)).toMatchObject({
      outcome: 'holds',
      notes: [expect.any(String), expect.stringContaining('1 answer left out')],
    });
    for (const rows of Object.values(logs)) rows.push(at({ event: 'stop' }));
    expect(await check(name, logs, live)).toMatchObject({ outcome: 'violated' });
  });
});
