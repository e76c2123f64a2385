/** Scenarios expect guarantees of client histories, and say who asks. */
import { ClientHistory } from '../../../analysis/campaign/client-history.ts';
import { runScenario } from '../../../replication/scenario/scenario.ts';

/** What fails in the last line of a scenario; undefined if nothing does. */
function failureOf(lines: readonly string[], last: string): string | undefined {
  const text = [...lines, last].join('\n');
  const { failure } = runScenario(text, { history: new ClientHistory() });
  if (failure !== undefined) expect(failure.line).toBe(lines.length + 1);
  return failure?.message;
}

const STALE = [
  'cluster nwr 3 seed 7',
  'set quorum 3/1/1',
  'append a p1 at n1 by p as first',
  'run until answer first is ok',
  'run until all agree',
  'block n1 <-> n2 n3',
  'append a p2 at n1 by p as second',
  'run until answer second is ok',
  'get a at n2 by p as read',
  'run until answer read is p1',
];

test('a client that asks another replica does not find its own change', () => {
  expect(failureOf(STALE, 'expect read-your-writes')).toBe(
    `expected read-your-writes, saw p's read a found "p1" after p's append a "p2" was acknowledged`,
  );
  expect(failureOf(STALE, 'expect no-lost-updates')).toBeUndefined();
  const others = STALE.map((line) => line.replace('get a at n2 by p', 'get a at n2 by q'));
  expect(failureOf(others, 'expect read-your-writes')).toBeUndefined();
});

const SPLIT = [
  'cluster lowest-port 3 seed 7',
  'run until leader n1',
  'run until role of n3 is slave',
  'partition n1 | n2 n3',
  'run until leader n2 among n2 n3',
  'append a p1 at n1 by p',
  'append a q1 at n2 by q as other',
  'run until answer other is ok',
  'heal',
  'run until all agree',
];

test.each([
  ['no-split-brain', 'n1 and n2 both led and decided from '],
  ['no-lost-updates', `p's append a "p1" and q's append a "q1" were both made over null`],
  ['acknowledged-survive', `q's append a "q1" was acknowledged, and is not in "p1"`],
])('two masters break %s', (guarantee, seen) => {
  expect(failureOf(SPLIT, `expect ${guarantee}`)).toContain(`expected ${guarantee}, saw ${seen}`);
});

test('a leader that was deposed and decides nothing more is no split brain', () => {
  const lines = SPLIT.slice(3, 5).map((line) => line.replaceAll('n1', 'old').replaceAll('n2 n3', 'others'));
  const raft = [
    ...['cluster raft 3 seed 7', 'run until leader', 'let old be leader', lines[0]!],
    ...['append a p1 at old', 'run 2 s', 'expect leader'],
  ];
  expect(failureOf(raft, 'expect no-split-brain')).toBeUndefined();
  expect(failureOf(raft, 'expect one leader a term')).toBeUndefined();
});
