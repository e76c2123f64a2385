/** Members that are removed and added again, under one id: nothing is left of the time before. */
import { Cluster, MS } from '../../support/simulated.ts';

test('one that is removed again has as long to hear of it as the first time', () => {
  const cluster = new Cluster(4);
  const leader = cluster.elect();
  const [again] = cluster.followers as [string];
  const progress = () => cluster.world.node(leader).machine.state.program.leadership?.progress[again];
  cluster.do({ type: 'crash', node: again });
  cluster.changeMembers(leader, { do: 'remove', id: again });
  cluster.until('the leader to tell it', () => progress()?.leaving);
  cluster.changeMembers(leader, { do: 'add', role: 'learner', id: again });
  expect(progress()?.leaving).toBeUndefined();
  // Nearly as long as it had, ten of the longest election timeouts.
  cluster.advance(2_900 * MS);
  cluster.changeMembers(leader, { do: 'remove', id: again });
  cluster.advance(2_900 * MS);
  expect(progress()).toBeDefined();
  cluster.advance(200 * MS);
  expect(progress()).toBeUndefined();
  expect(cluster.violations).toEqual([]);
});
