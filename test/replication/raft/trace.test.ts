/** The event rows of entries are for those who read logs: Raft does the same without them. */
import { plantBug } from '../../support/mutant-raft.ts';
import { Cluster } from '../../support/simulated.ts';

test('a cluster without traces elects, commits and applies the same', async () => {
  const { createRaft, dispose } = await plantBug(
    {
      file: 'trace.ts',
      find: "  ctx.note('append', () => {",
      replace: "  if (first) return;\n  ctx.note('append', () => {",
    },
    {
      file: 'trace.ts',
      find: "  ctx.note('commit', () => {",
      replace: "  if (ctx) return;\n  ctx.note('commit', () => {",
    },
    {
      file: 'trace.ts',
      find: "  ctx.note('apply', () => {",
      replace: "  if (first) return;\n  ctx.note('apply', () => {",
    },
  );
  try {
    const [silent, usual] = [new Cluster(3, {}, {}, createRaft), new Cluster(3)];
    for (const cluster of [silent, usual]) {
      cluster.put(cluster.elect(), 'x', 1);
      cluster.world.do({ type: 'crash', node: cluster.leader! });
      cluster.put(cluster.elect(), 'x', 2);
      cluster.agree();
    }
    const seen = (cluster: Cluster) => cluster.nodes.map((node) => cluster.view(node));
    expect(seen(silent)).toEqual(seen(usual));
    expect(silent.violations).toEqual([]);
  } finally {
    dispose();
  }
});
