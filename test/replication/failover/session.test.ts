import { DEFAULT_SESSION_LIMITS } from '../../../replication/core/sessions.ts';
import { ClientSession } from '../../../replication/failover/session.ts';
import type { SessionTag } from '../../../replication/replication.ts';

const failure = (code: string) => Object.assign(new Error(code), { code });

/** Opens sessions s1, s2, ... */
function opener() {
  let count = 0;
  return async () => `s${++count}`;
}

test('changes are numbered, and later ones acknowledge those that were answered', async () => {
  const session = new ClientSession();
  const open = opener();
  const tags: SessionTag[] = [];
  let answer = () => {};
  const first = session.run(open, (tag) => {
    tags.push(tag());
    return new Promise<void>((resolve) => {
      answer = resolve;
    });
  });
  const note = async (tag: () => SessionTag) => void tags.push(tag());
  await session.run(open, note);
  answer();
  await first;
  await session.run(open, note);
  expect(tags).toEqual([
    { session: 's1', sequence: 1, acknowledged: 1 },
    { session: 's1', sequence: 2, acknowledged: 1 },
    { session: 's1', sequence: 3, acknowledged: 3 },
  ]);
});

test('a retried change has the current acknowledgement', async () => {
  const session = new ClientSession();
  const open = opener();
  await session.run(open, async () => {});
  let answer = () => {};
  const before = session.run(
    open,
    () =>
      new Promise<void>((resolve) => {
        answer = resolve;
      }),
  );
  await session.run(open, async (tag) => {
    expect(tag()).toMatchObject({ sequence: 3, acknowledged: 2 });
    answer();
    await before;
    expect(tag()).toMatchObject({ sequence: 3, acknowledged: 3 });
  });
});

test('a change that was refused only because of its session is made in another one', async () => {
  const session = new ClientSession();
  const sessions: string[] = [];
  const value = await session.run(opener(), async (tag) => {
    sessions.push(tag().session);
    if (sessions.length < 3) throw failure('SessionExpired');
    return 'done';
  });
  expect([value, ...sessions]).toEqual(['done', 's1', 's2', 's3']);
});

test.each([
  ['Indeterminate', 's2'],
  ['Rejected', 's1'],
])('%s is told, and the next change is made in %s', async (code, next) => {
  const session = new ClientSession();
  const open = opener();
  const failing = session.run(open, () => Promise.reject(failure(code)));
  await expect(failing).rejects.toMatchObject({ code });
  expect(await session.run(open, async (tag) => tag().session)).toBe(next);
});

test('many changes whose session has ended open one new session', async () => {
  const session = new ClientSession();
  const open = opener();
  const makes = (tag: () => SessionTag) =>
    tag().session === 's1' ? Promise.reject(failure('SessionExpired')) : Promise.resolve(tag().session);
  const made = await Promise.all(Array.from({ length: 10 }, () => session.run(open, makes)));
  expect(new Set(made)).toEqual(new Set(['s2']));
});

test('after a session could not be opened, the next change opens one', async () => {
  const session = new ClientSession();
  const failing = session.run(
    () => Promise.reject(failure('NoLeader')),
    async () => {},
  );
  await expect(failing).rejects.toMatchObject({ code: 'NoLeader' });
  expect(await session.run(opener(), async (tag) => tag().session)).toBe('s1');
});

test('more unanswered changes than results are kept are refused', async () => {
  const session = new ClientSession();
  const open = opener();
  const never = () => new Promise<void>(() => {});
  for (let i = 0; i < DEFAULT_SESSION_LIMITS.maxKeptResults; i++) void session.run(open, never);
  await expect(session.run(open, never)).rejects.toMatchObject({ code: 'Overloaded' });
});

test('a change under which session after session expires is given up', async () => {
  let opened = 0;
  const expired = failure('SessionExpired');
  const open = async () => `s${++opened}`;
  await expect(new ClientSession().run(open, () => Promise.reject(expired))).rejects.toBe(expired);
  expect(opened).toBe(4);
});
