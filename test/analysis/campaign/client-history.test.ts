/** Whether the answers that clients got can be correct. */
import { ClientHistory } from '../../../analysis/campaign/client-history.ts';
import type { KeyValueCommand } from '../../../replication/core/key-value.ts';
import type { ProtocolRequest } from '../../../replication/protocol.ts';
import type { Consistency } from '../../../replication/replication.ts';
import type { Outcome } from '../../../vm/program.ts';

let history: ClientHistory;
let now: number;
let requests: number;
beforeEach(() => {
  history = new ClientHistory();
  now = 0;
  requests = 0;
});

/** Asks, a millisecond after whatever was before. */
function ask(body: ProtocolRequest): string {
  const id = `q${++requests}`;
  now += 1_000;
  history.asked(id, 'n1', body, now);
  return id;
}

function submit(command: KeyValueCommand, sequence?: number): string {
  if (sequence === undefined) return ask({ type: 'submit', command });
  return ask({ type: 'submit', command, tag: { session: 's', sequence, acknowledged: 1 } });
}

function read(key: string, consistency: Consistency = 'linearizable'): string {
  return ask({ type: 'read', query: { type: 'get', key }, consistency });
}

function tell(id: string, value: unknown): void {
  now += 1_000;
  history.answered(id, { ok: true, value }, now);
}

function refuse(id: string, code: string): void {
  now += 1_000;
  const outcome: Outcome = { ok: false, code, message: '' };
  history.answered(id, outcome, now);
}

const done = (previous: string | null) => ({ done: true, previous });
const contradiction = () => history.contradiction();

test.each(['linearizable', 'lease', 'stale'] as const)('only a stale read may be old: %s', (consistency) => {
  tell(submit({ type: 'put', key: 'x', value: 'new' }), done(null));
  tell(read('x', consistency), null);
  expect(contradiction() === undefined).toBe(consistency === 'stale');
});

test('a linearizable read that misses an acknowledged change is a contradiction, reported with the few operations that show it', () => {
  for (let i = 1; i <= 5; i++)
    tell(submit({ type: 'put', key: 'y', value: `${i}` }), done(i === 1 ? null : `${i - 1}`));
  tell(submit({ type: 'put', key: 'x', value: 'new' }), done(null));
  tell(read('x'), null);
  expect(contradiction()).toBe(
    [
      'no order of these operations on x explains their answers, whatever x was before:',
      '  at n1, 11 ms to 12 ms: write x "new": done',
      '  at n1, 13 ms to 14 ms: read x: null',
    ].join('\n'),
  );
});

test('the same answer to a stale read is no contradiction', () => {
  tell(submit({ type: 'put', key: 'x', value: 'new' }), done(null));
  tell(read('x', 'stale'), null);
  expect(contradiction()).toBeUndefined();
});

test('a change without a definite answer may have happened or not', () => {
  submit({ type: 'put', key: 'x', value: '1' });
  refuse(submit({ type: 'put', key: 'x', value: '2' }), 'Indeterminate');
  tell(read('x'), null);
  tell(read('x'), '2');
  tell(read('x'), '1');
  expect(contradiction()).toBeUndefined();
  tell(read('x'), '2');
  expect(contradiction()).toContain('at n1, 2 ms to no end: write x "2": no answer');
});

test('a change that was refused for certain never happened', () => {
  refuse(submit({ type: 'put', key: 'x', value: '1' }), 'NoLeader');
  tell(read('x'), '1');
  expect(contradiction()).toBe(
    'no order of these operations on x explains their answers:\n  at n1, 3 ms to 4 ms: read x: "1"',
  );
});

test('a retried command is one operation, and happens once', () => {
  submit({ type: 'append', key: 'a', value: 'p1' }, 1);
  refuse(submit({ type: 'append', key: 'a', value: 'p1' }, 1), 'NoLeader');
  tell(submit({ type: 'append', key: 'a', value: 'p1' }, 1), done(null));
  tell(read('a'), 'p1');
  expect(contradiction()).toBeUndefined();
  tell(read('a'), 'p1p1');
  expect(contradiction()).toContain('read a: "p1p1"');
});

test('the previous value that a change returns is checked', () => {
  tell(submit({ type: 'append', key: 'a', value: 'p1' }), done(null));
  tell(submit({ type: 'append', key: 'a', value: 'p2' }), done(null));
  expect(contradiction()).toContain('append a "p2": done, after null');
});

test('a stale read of a list must return a beginning of it; the final data of the replicas is checked as a read', () => {
  tell(submit({ type: 'append', key: 'a', value: 'p1' }), done(null));
  tell(submit({ type: 'append', key: 'a', value: 'p2' }), done('p1'));
  tell(read('a', 'stale'), 'p1');
  expect(history.verdict(new Map([['a', 'p1p2']]), now).contradiction).toBeUndefined();
  expect(history.verdict(new Map([['a', 'p1']]), now).contradiction).toContain(
    'at all, 6 ms to 6 ms: read a: "p1"',
  );
  tell(read('a', 'stale'), 'p2');
  expect(contradiction()).toBe('a was seen as "p2" and as "p1p2"');
});

test('all answers to one command must be the same, whichever attempt they belong to', () => {
  const first = submit({ type: 'append', key: 'a', value: 'p1' }, 1);
  const second = submit({ type: 'append', key: 'a', value: 'p1' }, 1);
  tell(first, done(null));
  tell(second, done(null));
  expect(contradiction()).toBeUndefined();
  tell(submit({ type: 'append', key: 'a', value: 'p1' }, 1), done('p1'));
  expect(history.differingRepeat).toBe(
    'repeat-answer violated: a command was told append a "p1": done, after null, ' +
      'and when it was tried again, append a "p1": done, after "p1"',
  );
  expect(contradiction()).toBe(history.differingRepeat);
});

test('an expired session says that this attempt did nothing; an earlier one may have', () => {
  const put = { type: 'put', key: 'x', value: '1' } as const;
  refuse(submit(put, 1), 'SessionExpired');
  tell(read('x'), '1');
  expect(contradiction()).toContain('no order of these operations on x');
  history = new ClientHistory();
  submit(put, 1);
  refuse(submit(put, 1), 'SessionExpired');
  tell(read('x'), '1');
  expect(contradiction()).toBeUndefined();
});

test('if messages may be duplicated, a refused command may have been carried out by another copy', () => {
  history.duplicates();
  refuse(submit({ type: 'put', key: 'x', value: '1' }, 1), 'SessionExpired');
  tell(read('x'), '1');
  expect(contradiction()).toBeUndefined();
});
