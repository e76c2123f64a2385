/** Primary-backup replication where random faults seldom reach: moments that a scenario makes. */
import { describeFailure, runScenario } from '../../../replication/scenario/scenario.ts';

function expectHolds(scenario: string): void {
  const { failure } = runScenario(scenario);
  expect(failure && describeFailure(failure)).toBeUndefined();
}

test('an entry of an earlier term is not committed by counting its copies (Raft, Figure 8)', () => {
  expectHolds(`
cluster primary-backup 5 seed 1
set maxEntriesPerUpdate 1
set ack majority
log n1 terms 1 2
log n2 terms 1 2
log n3 terms 1   at term 3
log n4 terms 1   at term 3
log n5 terms 1 3
crash n5
isolate n2
rate n1 300
run until leader n1
expect term of n1 is 4
run until n3 log terms 1 2
block n1 -> n3
run until n4 log terms 1 2
block n1 -> n4
run 5 ticks
expect n1 log terms 1 2 4
expect n4 log terms 1 2
expect commit of n1 is 0
`);
});

const LOST_DISK = `
cluster primary-backup 3 seed 7
run until leader n1
run until all agree
# n2 and n1 have an entry that n3 has not.
block n1 -> n3
put x 1 at n1 as a
run until answer a is ok within 200 ticks
`;

test('a backup that has lost its disk has no vote until the primary has brought everything back', () => {
  // With its vote n3 would lead, which never had the entry: what was acknowledged would be gone.
  expectHolds(`${LOST_DISK}
wipe n2
crash n1
restart n2
heal
run 300 ticks
expect no leader
expect not recovery of n2 is normal
restart n1
run until all agree
expect recovery of n2 is normal within 50 ticks
expect x is 1 at n3
`);
});

test('nor does it count before that', () => {
  expectHolds(`${LOST_DISK}
wipe n2
restart n2
put y 2 at n1 as b
run until n2 log like n1
run 10 ticks
expect answer b is pending
heal
run until answer b is ok
`);
});

test('a dropped backup that is back is waited for again', () => {
  expectHolds(`
cluster primary-backup 3 seed 7
run until leader n1
run until all agree
crash n3
put x 1 as a
run until answer a is ok
restart n3
run until all agree
run 20 ticks
# The primary waits for all that it believes alive: n3 is one of them.
block n1 -> n3
put x 2 as b
run 3 ticks
expect answer b is pending
run until answer b is ok within 30 ticks
`);
});

test('a late message of the primary takes nothing away that it has sent since', () => {
  expectHolds(`
cluster primary-backup 3 seed 7
set ack majority
run until leader n1
run until all agree
# A heartbeat from before x is on its way for long.
link n1 -> n3 delay 100ms
run 2 ticks
link n1 -> n3 delay 1ms reorder 100%
block n1 -> n2
put x 1 at n1 as a
run until answer a is ok
crash n1
restart n3
run 100 ms
expect n3 log terms 1 1
heal
run until leader n3
`);
});
