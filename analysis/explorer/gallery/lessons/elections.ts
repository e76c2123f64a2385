/** Elections, and what disturbs them. */
import { type Chapter, told } from './lesson.ts';

export const ELECTIONS: Chapter = {
  title: 'Elections',
  lessons: [
    told(
      'first-election',
      'The first election',
      'The machine whose timeout runs out first asks the others, wins and leads. Heartbeats keep everybody else from asking.',
      `
# Nobody leads. The arc around each machine is its election timeout.
cluster raft 3 seed 7
run until leader
# It asked whether it could win, then for votes. Two of three are a majority.
expect one leader
expect term of leader is 1
expect all agree within 20 ticks
# It has written an entry of its own term, and all have it.
expect leader log is 1:noop
let first be leader
run 40 ticks
# Its heartbeats reset the timeouts of the others: nobody else asks.
expect leader first
`,
      [
        'Why does a machine vote only once in a term?',
        'Two leaders of one term would each need a majority, and any two majorities share a machine.',
      ],
      [
        'Why are timeouts random?',
        'If all ran out together, all would ask at once, and nobody would get a majority.',
      ],
    ),
    told(
      'class-election',
      'An election in slow motion',
      'Machines of 1 to 6 ticks a second, and messages that take half a second: slow enough to say aloud what each one does. Messages wait in the inbox until the clock of their machine ticks.',
      `
# Clocks of 1 to 6 ticks a second. Which machine is the fastest?
cluster raft 3 seed 4 rates 1-6 class
run until leader
# The vote of a slow machine takes its time. Now write something.
put x 1 as a
run until answer a is ok
# It is answered: a majority has it. Soon all have.
expect all agree within 30 ticks
`,
      [
        'Who wins more often: a fast clock or a slow one?',
        'A fast one: its timeout runs out first. That is one reason why real clusters keep their clocks close.',
      ],
    ),
    told(
      'split-vote',
      'A split vote',
      'Two candidates ask at the same time, neither gets a majority, and their term ends without a leader. Random timeouts see to it that a later one has one.',
      `
# Four machines in two rooms. Between the rooms messages are slow.
cluster raft 4 seed 1
link n1 n2 -> n3 n4 delay 30ms
link n3 n4 -> n1 n2 delay 30ms
rate n1 300
rate n3 300
run until role of n1 is candidate
# n1 asks, and so does n3, before either hears of the other.
run until role of n3 is candidate within 5 ticks
run 5 ticks
# Each has the vote of its neighbour. Two of four are no majority.
expect vote of n2 is n1
expect vote of n4 is n3
expect no leader
run until leader
# Their timeouts differ, so one of them tried again alone.
expect not term of leader is 1
expect all agree within 50 ticks
`,
      [
        'Would a fifth machine have helped?',
        'Yes: with five, one of two candidates gets three votes. Even numbers tolerate no more failures, and tie.',
      ],
    ),
    told(
      'slow-leader',
      'A slow clock leads',
      'A leader whose clock is slow sends heartbeats rarely. The others run out of patience though nothing is broken.',
      `
# n1 leads, with a clock like the others'.
cluster raft 3 seed 3
rate n1 300
run until leader n1
rate n1 100
run 5 ticks
# Now its clock makes four ticks a second: a heartbeat is late, and the next is later.
rate n1 4
run until leader among n2 n3 within 300 ticks
# The others have replaced a leader that was only slow.
expect not term of leader is 1
put x 1 as a
run until answer a is ok within 60 ticks
expect all agree among n2 n3 within 40 ticks
`,
      [
        'Is a slow leader a failed one?',
        'Nobody can tell from outside. A timeout is a guess, and Raft is built so that a wrong one costs time and no data.',
      ],
    ),
    told(
      're-election',
      'Re-election',
      'The leader dies, the others choose another one, and one more dies: nothing that was acknowledged is lost as long as a majority is there.',
      `
# A leader, and a first write.
cluster raft 5 seed 24
run until leader
put x 1 as before
run until answer before is ok
let first be leader
run 1 tick
# It dies.
crash first
run until leader within 100 ticks
expect not leader first
# Another leads. What was acknowledged is there.
get x as read
run until answer read is 1 within 20 ticks
let second be leader
# One more dies: three of five are still a majority.
crash second
run until leader within 100 ticks
put x 3 as last
run until answer last is ok within 20 ticks
# Both come back with what is on their disks, and are told the rest.
restart first
restart second
expect all agree within 100 ticks
expect x is 3 at first
`,
      ['And if a third dies?', 'Two of five are no majority. The cluster waits, and loses nothing.'],
    ),
    told(
      'pre-vote',
      'Pre-votes',
      'A machine that was cut off comes back and would disturb a cluster that is well. It asks first whether it could win, and is told no.',
      `
# n1 leads.
cluster raft 3 seed 1
rate n1 300
run until leader n1
rate n1 100
expect all agree within 20 ticks
# n3 is cut off. It asks for pre-votes all the time; its term stays as it is.
isolate n3
run 60 ticks
expect role of n3 is pre-candidate
expect term of n3 is 1
# It is back, and hears n2 but not the leader. Its log is as good as n2's.
unblock n3 -> n1
unblock n3 <-> n2
run 50 ticks
# n2 has heard the leader just now, and says no.
expect leader n1
expect term of n1 is 1
heal
expect role of n3 is follower within 3 ticks
`,
      [
        'What would a plain vote have done?',
        'n3 would have come back with a high term, and everybody would have had to follow it: the leader falls for nothing.',
      ],
    ),
    told(
      'minority-leader',
      'A leader in the minority',
      'The network splits, and the old leader is on the smaller side. It can do nothing, and gives up; the larger side goes on.',
      `
# n1 shall lead.
cluster raft 5 seed 7
run until leader
expect all agree within 20 ticks
# The network splits. The old leader is with the two.
partition n1 n2 | n3 n4 n5
put x 1 at n1 as minority
run until leader among n3 n4 n5
# Two leaders? Only one of them can get anything done.
put x 2 at n3 as majority
run 50 ticks
expect answer majority is ok
expect answer minority is pending
# The old one has heard no majority for too long, and has given up.
expect not role of n1 is leader
# They meet again. What the old leader wrote alone gives way.
heal
expect all agree within 50 ticks
run until answer minority is ok
`,
      ['Can two machines lead at once?', 'Yes, in different terms. Only the one with a majority can commit.'],
      [
        'Why may the smaller side not answer reads?',
        'It does not know what the larger side has written meanwhile.',
      ],
    ),
  ],
};
