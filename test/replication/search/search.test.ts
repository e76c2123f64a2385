/**
 * The search: what it finds is replayed, fewer orders reach the same states, and a state of it is
 * what a simulated world comes to by the same story.
 */
import { ClientHistory } from '../../../analysis/campaign/client-history.ts';
import { playScenario, runScenario } from '../../../replication/scenario/scenario.ts';
import { Breadth } from '../../../replication/search/breadth.ts';
import { prepare, SearchError, type SearchOptions, search } from '../../../replication/search/search.ts';
import { roll, seedRandom } from '../../../vm/random.ts';

const newHistory: NonNullable<SearchOptions['newHistory']> = (guarantees) => new ClientHistory(guarantees);

const ALL = { tick: 2, timeout: 2, crash: 1, restart: 1, drop: 1, duplicate: 1, partition: 1 };
const DELIVERIES = { tick: 1, timeout: 2, crash: 0, restart: 0 };

const WORLDS: readonly (readonly [name: string, text: string])[] = [
  ['raft', 'cluster raft 3 seed 7\nrun until leader\nput x 1 as w'],
  ['raft, at its ticks', 'cluster raft 3 seed 7 class\nrun until leader\nput x 1 as w'],
  ['primary-backup', 'cluster primary-backup 3 seed 7\nrun until leader\nput x 1 as w'],
  ['lowest-port', 'cluster lowest-port 3 seed 7\nrun until all agree\nput x 1 as w'],
  ['nwr', 'cluster nwr 3 seed 7\nput x 1 as w'],
];

describe.each(WORLDS)('%s', (_name, text) => {
  test.each([
    ['deliveries', DELIVERIES, 5],
    ['all faults', ALL, 3],
  ])('fewer orders of %s reach the same states', (_faults, budget, depth) => {
    const [reduced, plain] = [true, false].map((reduce) => {
      const { model, bounds } = prepare(text, { budget });
      return new Breadth(model, { ...bounds, depth }, { isGoal: undefined, reduce }).run();
    });
    expect(reduced).toMatchObject({ ending: 'depth', distinct: plain!.distinct, completeTo: depth });
    expect(reduced!.generated).toBeLessThan(plain!.generated);
  });

  test('a story leads a world to the state that the search has', () => {
    const { model, tell } = prepare(text, { budget: ALL });
    const random = seedRandom(text);
    const choices: number[] = [];
    for (let story = 0; story < 8; story++) {
      const row = model.root.slice();
      const way: number[] = [];
      for (model.choices(row, choices); way.length < 14 && choices.length > 0; model.choices(row, choices)) {
        way.push(choices[roll(random, choices.length) - 1]!);
        model.take(row, way.at(-1)!);
      }
      const again = prepare(tell({ choices: way, what: 'nothing' }, undefined).scenario, {}).model;
      for (const node of model.nodes.keys())
        expect(again.stateOf(again.root, node).a).toBe(model.stateOf(row, node).a);
      for (let link = 0; link < 9; link++)
        expect(again.queueOf(again.root, link).a).toBe(model.queueOf(row, link).a);
    }
  });
});

/** What is found, and that it is as long as it says and can be replayed. */
function found(text: string, options: SearchOptions) {
  const { story, ending } = search(text, { newHistory, ...options });
  const history = new ClientHistory();
  const { failure } = runScenario(story!.scenario, { history });
  return { ending, length: story!.length, failure: failure?.message.split('\n', 1)[0], story };
}

describe('the shortest stories', () => {
  test('of a mesh with two masters', () => {
    const { story, ...rest } = found('cluster lowest-port 3 seed 7\nrun until all agree', {
      goal: 'two leaders',
    });
    expect(rest).toEqual({ ending: 'goal', length: 1, failure: undefined });
    expect(story!.scenario).toContain(
      'by hand\njump n2 12 ticks            # n2 is master\nexpect two leaders\n',
    );
  });

  test('of a mesh that answers what it no longer is', () => {
    const options = { asks: ['put x 1', 'get x'], goal: 'not linearizable' };
    expect(found('cluster lowest-port 3 seed 7\nrun until all agree', options).length).toBe(3);
  });

  test('of quorums that need not meet', () => {
    const options = { asks: ['put x 1', 'get x'], goal: 'not linearizable' };
    expect(found('cluster nwr 3 seed 7\nset quorum 3/1/1', options)).toMatchObject({ length: 2 });
  });

  test('of a primary that acknowledges alone, and dies', () => {
    const text =
      'cluster primary-backup 3 seed 7\nset ack primary\nrun until all agree\nput x 1 as w\nby hand\ncrash n1';
    const options = { goal: 'leader among n2 n3', budget: { tick: 0, crash: 0, restart: 0 } };
    const { length, story } = found(text, options);
    const { run } = playScenario(story!.scenario, { history: new ClientHistory() });
    // Acknowledged, and gone.
    expect(run.answer('w')).toEqual({ ok: true, text: 'ok' });
    expect(run.value(run.resolve('leader'), 'x')).toBe('nothing');
    expect(length).toBeLessThan(9);
  });
});

test.each([
  ['cluster raft 3 seed 7\nexpect leader', 'the scenario fails: line 2'],
  ['cluster raft 3 seed 7\nnetwork loss 5%', 'links that lose, duplicate or reorder messages by chance'],
  ['cluster raft 3 seed 7\nclog n1 -> n2', 'clogged links'],
  ['cluster raft 3 seed 7\ndisk full', 'the disk of n1 is full'],
])('no search begins after %j', (text, says) => {
  expect(() => search(text)).toThrow(SearchError);
  expect(() => search(text)).toThrow(says);
});

test('other orders end within their bounds', () => {
  const [, text] = WORLDS[0]!;
  for (const order of ['depth', 'random'] as const) {
    const bounds = { depth: 12, states: 500 };
    expect(search(text, { order, bounds, newHistory })).toMatchObject({
      ending: 'states',
      distinct: 500,
      deepest: 12,
    });
  }
});

test('a search that sees everything says so', () => {
  const budget = { tick: 0, timeout: 0, crash: 0, restart: 0 };
  const { ending, distinct } = search('cluster nwr 3 seed 7\nput x 1 as w', { budget, newHistory });
  expect(ending).toBe('complete');
  expect(distinct).toBeGreaterThan(30);
});
