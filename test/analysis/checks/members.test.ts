/**
 * Quorums of elections and commits, configurations and promotions: on logs in which members change,
 * correct ones and such with a single planted fault.
 */
import type { CheckReport } from '../../../analysis/analyze.ts';
import { CHECKS } from '../../../analysis/checks/index.ts';
import { loadRun } from '../../../analysis/run/load.ts';
import type { Manifest } from '../../../logs/format/manifest.ts';
import { removeTemporary } from '../../logs/temporary.ts';
import { check, type Planted, places, plantRun } from './planted.ts';

afterAll(removeTemporary);

type Logs = Record<'a' | 'b' | 'c' | 'd', Planted[]>;

const FOUNDERS: Partial<Manifest> = { machines: ['a', 'b', 'c'].map((id) => ({ id })), protocol: 'raft' };

let clock = 0;
let messages = 0;
const at = (row: Planted): Planted => ({ lamport: ++clock, timeUs: 1000 * clock, ...row });
const lost = (): Planted => at({ event: 'fault', kind: 'log', detail: 'lost_rows=2' });

/** Nobody has done anything: all rows of one clock. */
function empty(): Logs {
  clock = 0;
  const [a, b, c, d] = Array.from({ length: 4 }, () => [at({ event: 'start', detail: 'boot=1' })]);
  return { a: a!, b: b!, c: c!, d: d! };
}

/** `leader` calls an election in `term`, and these vote for it. */
function elect(logs: Logs, leader: keyof Logs, term: number, voters: readonly (keyof Logs)[]): void {
  logs[leader].push(at({ event: 'role', role: 'candidate', term }));
  for (const voter of voters)
    logs[voter].push(at({ event: 'vote', term, peer: leader, detail: 'granted=true' }));
  logs[leader].push(at({ event: 'role', role: 'leader', term }));
}

/** Machines append an entry; the leader, the first of them, hears of all and commits it. */
function commit(
  logs: Logs,
  index: number,
  [leader, ...others]: readonly [keyof Logs, ...(keyof Logs)[]],
  { term = 1, what = '1.1', members = '', by = [leader, ...others].join(',') } = {},
): void {
  const detail = `first=${index} prev=${index === 1 ? 0 : term} entries=${term}:${what}`;
  const append = { event: 'append', index, term, detail } as const;
  const configured = (role: string) =>
    at({ event: 'config', kind: 'append', index, term, role, detail: members });
  logs[leader].push(at(append), ...(members === '' ? [] : [configured('leader')]));
  for (const node of others) {
    const message = `${node}-${++messages}`;
    logs[node].push(at({ ...append, peer: leader }), ...(members === '' ? [] : [configured('follower')]));
    logs[node].push(at({ event: 'send', peer: leader, message }));
    logs[leader].push(at({ event: 'receive', peer: node, message }));
  }
  logs[leader].push(at({ event: 'commit', role: 'leader', index, term, detail: `by=${by}` }));
}

const THREE_AND_LEARNER = 'voters=a,b,c learners=d wanted=d';
const FOUR = 'voters=a,b,c,d learners=';
const ready = (learner: string, round = 1): Planted =>
  at({
    event: 'config',
    kind: 'learner',
    peer: learner,
    role: 'leader',
    detail: `phase=ready round=${round} check=3`,
  });
const digest = (text: string): Planted =>
  at({ event: 'config', kind: 'check', index: 3, detail: `digest=${text}` });

/** `a` leads `a`, `b` and `c`, adds `d`, and makes it a voter. */
function grown(change: { readonly ready?: boolean; readonly theirs?: string } = {}): Logs {
  const logs = empty();
  elect(logs, 'a', 1, ['a', 'b']);
  commit(logs, 1, ['a', 'b'], { what: 'noop' });
  commit(logs, 2, ['a', 'b', 'd'], { what: 'config', members: THREE_AND_LEARNER, by: 'a,b' });
  commit(logs, 3, ['a', 'b', 'd'], { what: 'check', by: 'a,b' });
  logs.a.push(digest('one'));
  logs.d.push(digest(change.theirs ?? 'one'));
  if (change.ready !== false) logs.a.push(ready('d'));
  commit(logs, 4, ['a', 'b', 'd'], { what: 'config', members: FOUR });
  return logs;
}

/** Of this check alone: a whole analysis takes several times as long. */
async function verdict(name: string, logs: Logs): Promise<CheckReport> {
  const run = await loadRun(plantRun(logs, FOUNDERS));
  const one = CHECKS.find((each) => each.name === name)!;
  try {
    return { name, claim: one.claim, ...(await one.run(run)) };
  } finally {
    run.database.close();
  }
}

test.each(['elected-by-majority', 'committed-by-majority', 'one-configuration', 'promoted-after-check'])(
  '%s holds where a learner joins and becomes a voter',
  async (name) => {
    expect(await verdict(name, grown())).toMatchObject({ outcome: 'holds' });
  },
);

describe('committed-by-majority', () => {
  const name = 'committed-by-majority';

  test('a majority of the voters before is none of those that the leader counts by', async () => {
    const logs = grown();
    commit(logs, 5, ['a', 'b']);
    const report = await verdict(name, logs);
    expect(report).toMatchObject({ outcome: 'violated', count: 1 });
    expect(places(report)[0]![0]).toMatch(/^a\.csv/);
  });

  test('a learner is no copy', async () => {
    const logs = empty();
    elect(logs, 'a', 1, ['a', 'b']);
    commit(logs, 1, ['a', 'b', 'd'], { what: 'config', members: THREE_AND_LEARNER });
    commit(logs, 2, ['a', 'd']);
    expect(await verdict(name, logs)).toMatchObject({ outcome: 'violated', count: 1 });
  });

  test.each([
    ['both halves', ['a', 'b', 'd'], 'holds'],
    ['the incoming half alone', ['a', 'd'], 'violated'],
    ['the outgoing half alone', ['a', 'b'], 'violated'],
  ] as const)('in a joint configuration, a majority of %s: %s %s', async (_, holders, outcome) => {
    const logs = empty();
    elect(logs, 'a', 1, ['a', 'b']);
    commit(logs, 1, ['a', 'b', 'd'], { what: 'config', members: 'voters=a,d outgoing=a,b,c learners=' });
    commit(logs, 2, [...holders]);
    expect(await verdict(name, logs)).toMatchObject({ outcome });
  });

  test('a configuration that was cut counts no more', async () => {
    const logs = grown();
    logs.a.push(
      at({ event: 'config', kind: 'rollback', index: 2, role: 'leader', detail: THREE_AND_LEARNER }),
    );
    commit(logs, 5, ['a', 'b']);
    expect(await verdict(name, logs)).toMatchObject({ outcome: 'holds' });
  });

  test('after a restart, a row must say what was found', async () => {
    const restarted = (found?: Planted) => {
      const logs = grown();
      logs.a.push(at({ event: 'start', detail: 'boot=2' }), ...(found === undefined ? [] : [found]));
      elect(logs, 'a', 2, ['a', 'b', 'd']);
      commit(logs, 5, ['a', 'b'], { term: 2 });
      return verdict(name, logs);
    };
    expect(await restarted()).toMatchObject({
      outcome: 'holds',
      notes: [expect.any(String), expect.stringContaining('left out')],
    });
    const found = (detail: string) => ({ event: 'config', kind: 'start', index: 4, detail }) as const;
    expect(await restarted(found(FOUR))).toMatchObject({ outcome: 'violated', count: 1 });
    expect(await restarted(found('voters=a,b,c learners='))).toMatchObject({
      outcome: 'holds',
      notes: [expect.any(String)],
    });
  });

  test('a member that was added and whose log is not there may have had what it was sent', async () => {
    const { d: _, ...logs } = grown();
    commit(logs as Logs, 5, ['a', 'b'], { by: 'a,b,d' });
    const run = await loadRun(plantRun(logs, FOUNDERS));
    expect(run.holes).toEqual([{ where: 'd', what: 'this machine left no rows' }]);
    run.database.close();
    expect(await verdict(name, logs as Logs)).toMatchObject({ outcome: 'holds' });
  });

  test('a leader whose log lacks rows may count by others', async () => {
    const logs = grown();
    logs.a.push(lost(), at({ event: 'internal' }));
    commit(logs, 5, ['a', 'b']);
    expect(await verdict(name, logs)).toMatchObject({
      outcome: 'holds',
      notes: [expect.any(String), expect.stringContaining('left out')],
    });
  });
});

describe('elected-by-majority', () => {
  const name = 'elected-by-majority';

  test('names the election and the votes if there are too few, also without changes', async () => {
    const logs = empty();
    elect(logs, 'b', 1, ['b']);
    const report = await verdict(name, logs);
    expect(report).toMatchObject({ outcome: 'violated', count: 1 });
    expect(places(report)).toEqual([['b.csv:5', 'b.csv:4']]);
  });

  test('counts by the voters of the candidate: not those before, and no learner', async () => {
    const four = grown();
    elect(four, 'b', 2, ['b', 'a']);
    expect(await verdict(name, four)).toMatchObject({
      outcome: 'violated',
      count: 1,
      notes: ['1 of 2 elections'],
    });
    const learner = empty();
    elect(learner, 'a', 1, ['a', 'b']);
    commit(learner, 1, ['a', 'b', 'd'], { what: 'config', members: THREE_AND_LEARNER, by: 'a,b' });
    elect(learner, 'b', 2, ['b', 'd']);
    expect(await verdict(name, learner)).toMatchObject({ outcome: 'violated' });
  });

  test('a vote that was refused, of another term or given afterwards is none', async () => {
    const logs = empty();
    elect(logs, 'b', 2, ['b']);
    logs.a.push(at({ event: 'vote', term: 2, peer: 'b', detail: 'granted=true' }));
    logs.c.push(
      { ...at({ event: 'vote', term: 2, peer: 'b', detail: 'granted=false' }), lamport: 5 },
      { ...at({ event: 'vote', term: 1, peer: 'b', detail: 'granted=true' }), lamport: 5 },
    );
    expect(await verdict(name, logs)).toMatchObject({ outcome: 'violated' });
  });

  test('cannot tell if a machine without such a row may have voted, or nobody says who did', async () => {
    const logs = empty();
    logs.b.push(at({ event: 'role', role: 'candidate', term: 1 }));
    logs.b.push(at({ event: 'vote', term: 1, peer: 'b', detail: 'granted=true' }));
    logs.c.push(lost(), at({ event: 'internal' }));
    logs.b.push(at({ event: 'role', role: 'leader', term: 1 }));
    logs.c.push(at({ event: 'internal' }));
    expect(await verdict(name, logs)).toMatchObject({
      outcome: 'cannot tell',
      notes: ['of no election do the logs say enough', expect.stringContaining('1 election left out')],
    });
    const silent = empty();
    elect(silent, 'b', 1, []);
    expect(await verdict(name, silent)).toMatchObject({
      outcome: 'cannot tell',
      notes: ['no row says who voted'],
    });
  });
});

describe('one-configuration', () => {
  const name = 'one-configuration';

  test.each([
    ['one entry', 'append', /^b\.csv/],
    ['one committed index', 'commit', /^b\.csv/],
  ])('names the rows that say different members of %s', async (_, kind, place) => {
    const logs = grown();
    logs.a.push(at({ event: 'config', kind: 'commit', index: 4, detail: FOUR }));
    const row = logs.b.findLast(({ event }) => event === 'config')!;
    if (kind === 'append') Object.assign(row, { detail: 'voters=a,b,d learners=' });
    else logs.b.push(at({ event: 'config', kind, index: 4, detail: 'voters=a,b,d learners=' }));
    const report = await verdict(name, logs);
    expect(report).toMatchObject({ outcome: 'violated', count: 1, notes: ['1 of 2 configurations'] });
    expect(places(report)[0]!.some((one) => place.test(one))).toBe(true);
  });

  test('an index whose entry was cut may have another configuration in a later term', async () => {
    const logs = grown();
    logs.c.push(
      at({ event: 'append', index: 4, term: 2, detail: 'first=4 prev=1 entries=2:config' }),
      at({ event: 'config', kind: 'append', index: 4, term: 2, detail: 'voters=b,c learners=' }),
    );
    expect(await verdict(name, logs)).toMatchObject({ outcome: 'holds' });
  });

  test('cannot tell if no two rows are about one index', async () => {
    const logs = empty();
    logs.a.push(at({ event: 'config', kind: 'start', index: 3, detail: THREE_AND_LEARNER }));
    expect(await verdict(name, logs)).toMatchObject({ outcome: 'cannot tell' });
  });
});

describe('promoted-after-check', () => {
  const name = 'promoted-after-check';

  test('names the promotion without a check that agreed', async () => {
    const report = await verdict(name, grown({ ready: false }));
    expect(report).toMatchObject({ outcome: 'violated', count: 1 });
    expect(places(report)[0]).toHaveLength(1);
  });

  test('names both digests if they differ, whatever the leader says', async () => {
    const report = await verdict(name, grown({ theirs: 'another' }));
    expect(report).toMatchObject({ outcome: 'violated', count: 1 });
    expect(places(report)[0]).toHaveLength(4);
  });

  test('what an earlier leadership knew does not count', async () => {
    const logs = empty();
    elect(logs, 'a', 1, ['a', 'b']);
    commit(logs, 1, ['a', 'b', 'd'], { what: 'config', members: THREE_AND_LEARNER, by: 'a,b' });
    logs.a.push(ready('d'));
    elect(logs, 'a', 2, ['a', 'b']);
    commit(logs, 2, ['a', 'b', 'd'], { term: 2, what: 'config', members: FOUR });
    expect(await verdict(name, logs)).toMatchObject({ outcome: 'violated' });
  });

  test('cannot tell if rows of the leader may be missing', async () => {
    const logs = grown({ ready: false });
    const before = logs.a.findLastIndex(({ event }) => event === 'append');
    logs.a.splice(before, 0, {
      event: 'fault',
      kind: 'log',
      detail: 'lost_rows=1',
      timeUs: logs.a[before]!.timeUs!,
    });
    expect(await verdict(name, logs)).toMatchObject({
      outcome: 'cannot tell',
      notes: ['of no promotion do the logs say enough', expect.any(String)],
    });
  });
});

test('where members stay the same, there is no verdict on them', async () => {
  const logs = empty();
  elect(logs, 'a', 1, ['a', 'b']);
  commit(logs, 1, ['a', 'b'], { what: 'noop' });
  for (const name of ['one-configuration', 'promoted-after-check'])
    expect(await check(name, logs, FOUNDERS)).toMatchObject({
      outcome: 'not-applicable',
      notes: ['the members do not change'],
    });
});
