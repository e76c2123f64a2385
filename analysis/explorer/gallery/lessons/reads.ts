/** Clients: retries and reads. */
import { type Chapter, told } from './lesson.ts';

export const READS: Chapter = {
  title: 'Clients',
  lessons: [
    told(
      'retry',
      'A lost acknowledgement',
      'The leader dies after a command is on its way, before it can answer, and the client tries again. The command carries its session and number: it applies once.',
      `
# A client opens a session.
cluster raft 3 seed 1
rate n1 300
run until leader n1
rate n1 100
session s
run 5 ticks
# It asks for x to become 1 if there is none. The leader dies before it can answer.
cas x nothing 1 in s at n1 as first
run until n2 log is 1:noop 1:session 1:cas(x,nothing,1) within 1 tick
crash n1
run until leader
# It does not know whether it happened, and asks another machine again.
retry first at n2 as second
run until answer second is ok within 20 ticks
# It had happened, and happened once: the second attempt got the answer of the first.
expect all agree within 20 ticks
cas x nothing 1 at n2 as without
# Without a session the same would be refused: x is there.
run until answer without is refused within 20 ticks
`,
      [
        'What should the client be told when the leader dies?',
        'That it may or may not have happened. Only then can it decide to try again.',
      ],
    ),
    told(
      'stale-read',
      'A stale read',
      'A leader that was replaced without noticing answers from its own data. A read that asks a majority first does not.',
      `
# n1 leads, and x is 1.
cluster raft 3 seed 1
rate n1 300
run until leader n1
rate n1 100
put x 1 as a
run until answer a is ok
expect all agree within 20 ticks
# n1 is cut off, and the others elect another.
isolate n1
run until leader among n2 n3 within 100 ticks
put x 2 at leader as b
run until answer b is ok within 20 ticks
# A read from n1's own data is answered at once: with the past.
get x stale at n1 as old
expect answer old is 1
# One that asks a majority gets no answer, until it is one that is true.
get x at n1 as true
run 20 ticks
expect answer true is pending
heal
run until answer true is 2 within 100 ticks
`,
      [
        'When is a stale read good enough?',
        'Where the past does no harm: a count of visitors, not a balance.',
      ],
    ),
    told(
      'lease',
      'A lease',
      'A leader that a majority has answered may read from its own data for a while and ask nobody. Before anybody else can lead, its lease is over.',
      `
# n1 leads, with leases of twelve ticks.
cluster raft 3 seed 1
set leaseTicks 12
rate n1 300
run until leader n1
rate n1 100
put x 1 as a
run until answer a is ok
run 5 ticks
# A read by the lease is answered at once.
get x lease at n1 as by-lease
expect answer by-lease is 1
# n1 is cut off. For a while its lease holds.
isolate n1
run 10 ticks
get x lease at n1 as still
expect answer still is 1
run 2 ticks
# It is over before the others may vote again.
get x lease at n1 as over
expect answer over is pending
run until leader among n2 n3 within 60 ticks
put x 2 at leader as b
run until answer b is ok within 10 ticks
heal
run until answer over is 2 within 60 ticks
`,
      [
        'What does a lease rely on that Raft else does not?',
        'On clocks: that none runs much faster than another. Let a clock of n2 run four times as fast before the split, and see.',
      ],
    ),
    told(
      'clock-jump',
      'A clock is set',
      "Timeouts count ticks of a machine's own clock. One that is set forward gives up too early; one that is set back believes too long that a dead leader is well.",
      `
# n1 leads.
cluster raft 3 seed 1
rate n1 300
run until leader n1
rate n1 100
expect all agree within 20 ticks
# The clock of n2 is set forward: its timeout is over at once.
jump n2 40 ticks
expect role of n2 is pre-candidate
run 20 ticks
# The others have just heard the leader, and say so.
expect leader n1
expect role of n2 is follower
# Now it is set back, so that it stands still, and the leader dies.
jump n2 back 100 ticks
crash n1
run 80 ticks
# n3 wants to lead. n2 still believes that there is a leader.
expect no leader
expect role of n3 is pre-candidate
run until leader within 80 ticks
`,
      ['Does a wrong clock make Raft wrong?', 'No: it only makes it slow. Only leases rely on clocks.'],
    ),
  ],
};
