/** Scenarios in which logs are compacted and data is sent as a snapshot. */
import { raftSubject, SCENARIO_PROTOCOLS } from '../../../replication/scenario/protocols.ts';
import { runScenario } from '../../../replication/scenario/scenario.ts';
import type { SubjectOptions } from '../../../replication/scenario/subject.ts';
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

test('tell of the snapshot, of what is compacted, and of long texts by their lengths', () => {
  const { failure, transcript } = runScenario(
    `${SCENARIO}show n3\nget e as e\nrun 3 ticks`,
    SCENARIO_PROTOCOLS,
  );
  expect(failure).toBeUndefined();
  expect(transcript).toMatch(/n1@1 takes a snapshot of 1\.\.7\n/);
  expect(transcript).toMatch(/n3@1 installs a snapshot of 1\.\.7\n/);
  expect(transcript).toMatch(/n3@1 follower: log \(1\.\.7 compacted\) empty, commit 7/);
  expect(transcript).toContain('1:e=300-letters');
  expect(transcript).toContain('answer to e: 300-letters');
});

test('can ask how far a log is compacted, and compare logs that begin at different entries', () => {
  const expectations = ['base of n3 is 7', 'not base of n1 is 7', 'n3 log like n1', 'n1 log like n3'];
  for (const line of expectations) {
    expect(runScenario(`${SCENARIO}expect ${line}`, SCENARIO_PROTOCOLS).failure).toBeUndefined();
  }
  expect(runScenario(`${SCENARIO}expect base of n3 is 1`, SCENARIO_PROTOCOLS).failure?.message).toBe(
    'expected base of n3 is 1, saw 7',
  );
  const differing = `${SCENARIO}isolate n3\nput g 7 at n1\nrun 2 ticks\nexpect n3 log like n1`;
  expect(runScenario(differing, SCENARIO_PROTOCOLS).failure?.message).toContain('saw empty');
  const down = `${SCENARIO}crash n1\nexpect n3 log like n1`;
  expect(runScenario(down, SCENARIO_PROTOCOLS).failure?.message).toContain('n1 is down');
});

test('refuse a text of no length', () => {
  for (const length of ['0', '1.5', 'long', '1000001', '']) {
    expect(() => runScenario(`cluster raft 1 seed 1\nfill a ${length}`, SCENARIO_PROTOCOLS)).toThrow(
      'fill KEY LENGTH',
    );
  }
});

test('fail where what a snapshot stands for is not what was committed', async () => {
  const { createRaft, dispose } = await plantBug({
    file: 'log.ts',
    find: 'log.base = { index, term };\n',
    replace: 'log.base = { index, term: 0 };\n',
  });
  try {
    const registry = { raft: (options: SubjectOptions) => raftSubject(createRaft, options) };
    expect(runScenario(SCENARIO, registry).failure?.message).toContain(
      'committed-never-changes violated by n3',
    );
  } finally {
    dispose();
  }
});
