/** Scenarios in which logs are compacted and data is sent as a snapshot. */
import { runScenario } from '../../../replication/scenario/scenario.ts';
import { simulatedRaft } from '../../../replication/sim/raft.ts';
import { plantBug } from '../../support/mutant-raft.ts';

/** n3 misses so much that n1 must send it a snapshot. */
const SCENARIO = `
cluster raft 3 seed 1
set maxLogEntries 3
rate n1 300
run until leader n1
rate n1 100
isolate n3
put a 1
put b 2
put c 3
put d 4
fill e 300
put f 6
run 20 ticks
heal
expect all agree within 30 ticks
`;

test('show snapshots, compacted logs, and long texts by their length', () => {
  const { failure, transcript } = runScenario(`${SCENARIO}show n3\nget e as e\nrun 3 ticks`);
  expect(failure).toBeUndefined();
  expect(transcript).toMatch(/n1@1 takes a snapshot of 1\.\.7\n/);
  expect(transcript).toMatch(/n3@1 installs a snapshot of 1\.\.7\n/);
  expect(transcript).toMatch(/n3@1 follower: log \(1\.\.7 compacted\) empty, commit 7/);
  expect(transcript).toContain('1:e=300-letters');
  expect(transcript).toContain('answer to e: 300-letters');
});

test('can check up to where a log is compacted, and compare logs that begin at different entries', () => {
  const expectations = ['base of n3 is 7', 'not base of n1 is 7', 'n3 log like n1', 'n1 log like n3'];
  for (const line of expectations) {
    expect(runScenario(`${SCENARIO}expect ${line}`).failure).toBeUndefined();
  }
  expect(runScenario(`${SCENARIO}expect base of n3 is 1`).failure?.message).toBe(
    'expected base of n3 is 1, saw 7',
  );
  const differing = `${SCENARIO}isolate n3\nput g 7 at n1\nrun 2 ticks\nexpect n3 log like n1`;
  expect(runScenario(differing).failure?.message).toContain('saw empty');
  const down = `${SCENARIO}crash n1\nexpect n3 log like n1`;
  expect(runScenario(down).failure?.message).toContain('n1 is down');
});

test('refuse a text of length 0', () => {
  for (const length of ['0', '1.5', 'long', '1000001', '']) {
    expect(() => runScenario(`cluster raft 1 seed 1\nfill a ${length}`)).toThrow('fill KEY LENGTH');
  }
});

test('fail if a snapshot does not have what was committed', async () => {
  const { createRaft, dispose } = await plantBug({
    file: 'log.ts',
    find: 'log.base = { index, term };\n',
    replace: 'log.base = { index, term: 0 };\n',
  });
  try {
    const protocols = { raft: simulatedRaft(createRaft) };
    expect(runScenario(SCENARIO, { protocols }).failure?.message).toContain(
      'committed-never-changes violated by n3',
    );
  } finally {
    dispose();
  }
});
