/** Logs: how they part, and how they become one again. */
import { type Chapter, told } from './lesson.ts';

export const LOGS: Chapter = {
  title: 'Logs',
  lessons: [
    told(
      'log-repair',
      'Log repair',
      'Seven logs as in Figure 7 of the Raft paper: some miss entries, some have entries that were never committed. A leader makes all of them like its own.',
      `
# Figure 7. The numbers in the logs are terms.
cluster raft 7 seed 1
log n1 terms 1 1 1 4 4 5 5 6 6 6     at term 7
log n2 terms 1 1 1 4 4 5 5 6 6       at term 7
log n3 terms 1 1 1 4                 at term 7
log n4 terms 1 1 1 4 4 5 5 6 6 6 6   at term 7
log n5 terms 1 1 1 4 4 5 5 6 6 6 7 7 at term 7
log n6 terms 1 1 1 4 4 4 4           at term 7
log n7 terms 1 1 1 2 2 2 3 3 3 3 3   at term 7
rate n1 400
run until leader n1
# n1 leads. n4 and n5 knew more and refused their votes; four others were enough.
expect term of n1 is 8
# Each says where its log stops agreeing, and gets what it lacks.
expect all agree within 20 ticks
# All logs are one.
expect n7 log like n1
expect k11 is nothing at n4
`,
      [
        'n4 lost its entry 11. Was a promise broken?',
        'No: it was never on a majority, so nobody was told that it had happened.',
      ],
    ),
    told(
      'figure-8',
      'Figure 8',
      'An entry of an earlier term is on a majority, and is still lost. So a leader counts copies of entries of its own term only.',
      `
# n1 led term 2 and copied an entry to n2 only. n5 led term 3, wrote another, and stopped.
cluster raft 5 seed 1
set maxEntriesPerAppend 1
log n1 terms 1 2
log n2 terms 1 2
log n3 terms 1   at term 3
log n4 terms 1   at term 3
log n5 terms 1 3
crash n5
isolate n2
rate n1 300
run until leader n1
# n1 leads again, in term 4, and copies its old entry on.
run until n3 log terms 1 2
block n1 -> n3
run until n4 log terms 1 2
block n1 -> n4
run 5 ticks
# Four of five have it. Is it safe? It must not be called committed: it is of an earlier term.
expect commit of n1 is 0
# And rightly so: n5 comes back, its last entry has the highest term, and it wins.
crash n1
heal
rate n5 300
restart n5
run until leader n5
expect all agree within 20 ticks
# Term 3 has taken the place of term 2, everywhere.
expect n2 log terms 1 3 5
restart n1
expect all agree within 50 ticks
`,
      [
        'What would have made the entry of term 2 safe?',
        'One entry of term 4 on a majority: then n5 could not have won. Try it: do not cut the links.',
      ],
    ),
    told(
      'late-messages',
      'Messages of the dead',
      'Messages of a former leader arrive long after its death, and contradict the log of the next. Their term is over: they are refused and change nothing.',
      `
# n1 leads. Its messages to n3 are slow from now on, those to n2 are lost.
cluster raft 3 seed 1
rate n1 300
run until leader n1
expect all agree within 20 ticks
rate n1 100
block n1 -> n2
link n1 -> n3 delay 900ms
put x 1 as a
run 5 ticks
# n1 dies. Its last words are still on their way.
crash n1
run until leader
# n2 and n3 go on without it.
put x 2 as b
run until answer b is ok
expect all agree within 20 ticks
# Now the old messages arrive.
run 70 ticks
expect n3 log is 1:noop 2:noop 2:x=2
expect n2 log like n3
`,
      [
        'How does n3 know that the message is old?',
        'It carries the term of its sender, and n3 knows a later one.',
      ],
    ),
    told(
      'restart',
      'The power fails',
      'All machines lose their power at the same moment, and come back with what is on their disks. Nothing that was acknowledged is missing.',
      `
# Two writes, both acknowledged.
cluster raft 3 seed 2
run until leader
put x 1 as first
put y 2 as second
run until answer second is ok
run 1 tick
# The power fails, everywhere.
crash n1
crash n2
crash n3
run 10 ticks
# It is back. Terms, votes and logs are on the disks; who led is not.
restart n1
restart n2
restart n3
expect n1 log is 1:noop 1:x=1 1:y=2
expect no leader
run until leader
# The next leader commits what it finds.
expect all agree within 20 ticks
expect x is 1 at n1
expect y is 2 at n3
`,
      [
        'Why must a vote be on the disk before it is sent?',
        'A machine that forgot it could vote twice in one term, and two leaders could win it.',
      ],
    ),
    told(
      'lost-disk',
      'A disk is lost',
      'A machine comes back with an empty disk and the same name. It may have acknowledged what it no longer has, so it has no vote until it has learned everything again.',
      `
# x = 1 will be on n1 and n2 only.
cluster raft 3 seed 1
set maxEntriesPerAppend 1
set maxAppendsInFlight 1
rate n1 300
run until leader n1
rate n1 100
put a 1
put b 1
expect all agree within 20 ticks
block n3 <-> n1
put x 1 at n1 as x
run until answer x is ok within 5 ticks
# n2 loses its disk, and gets the log back entry by entry. Before x comes, n1 dies.
wipe n2
restart n2
run until length of n2 is 2 within 50 ticks
crash n1
heal
run 60 ticks
# Two of three are up, and yet nobody leads: n2 counts for nothing. Else x would be lost.
expect no leader
expect recovery of n2 is recovering
# With n1 all is there again.
restart n1
run until leader n1 within 200 ticks
run until recovery of n2 is normal within 50 ticks
expect x is 1 at n2
`,
      [
        'What if n2 had voted?',
        'n2 and n3 would have elected a leader without x = 1, which was acknowledged.',
      ],
    ),
    told(
      'snapshot',
      'A snapshot for a laggard',
      "A follower that was away for long is behind the beginning of the leader's log. It is sent the data as a snapshot, and goes on from there.",
      `
# Logs are kept short here: three entries.
cluster raft 3 seed 1
set maxLogEntries 3
log n1 terms 1 1 2 2 2 2
log n2 terms 1 1 2 2 2 2
log n3 terms 1
block n3 <-> n1 n2
rate n1 300
run until leader n1
rate n1 100
# n3 has one entry, and is cut off.
expect all agree among n1 n2 within 20 ticks
run 5 ticks
# It is back. What it lacks is no longer in any log: a snapshot is sent.
unblock n3 <-> n1 n2
run until base of n3 is 7 within 40 ticks
# It has the data, and goes on from there.
expect all agree within 20 ticks
expect k6 is 2 at n3
`,
      [
        'What must a snapshot carry besides the data?',
        'The index and the term of its last entry: the next append is checked against them. And the members.',
      ],
    ),
  ],
};
