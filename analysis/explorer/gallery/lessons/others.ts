/** Other protocols, and what they lack. */
import { type Chapter, told } from './lesson.ts';

export const OTHERS: Chapter = {
  title: 'Other protocols',
  lessons: [
    told(
      'lowest-port',
      'Lowest port: two masters',
      'Whoever has the lowest id of all that it hears is the master. In a partition each part has one, and both acknowledge.',
      `
# The lowest id leads: n1.
cluster lowest-port 3 seed 7
run until leader n1
run until role of n3 is slave
# The network splits.
partition n1 | n2 n3
run until leader n2 among n2 n3
# Two masters, and both take writes.
put x 1 at n1 as a
put x 2 at n2 as b
run until answer b is ok
run until answer a is ok
# They meet. The lower id's state replaces the other's: x = 2, which was acknowledged, is gone.
heal
run until all agree
expect x is 1 at n3
`,
      ['What would a majority have prevented?', 'n1 alone could not have acknowledged anything.'],
    ),
    told(
      'primary-backup',
      'Primary-backup loses a write',
      'The primary answers when a command is on its own disk, and waits for nobody. It is cut off and dies: what was acknowledged is gone.',
      `
# n1 is the primary. It waits for nobody before it answers.
cluster primary-backup 3 seed 7
set ack primary
run until leader n1
run until all agree
# It is cut off, and takes a write.
isolate n1
put x 1 at n1 as a
run until answer a is ok
# The client was told that it happened. Now n1 dies.
crash n1
run until leader among n2 n3
# The others never heard of it.
heal
restart n1
run until all agree
expect x is nothing at n1
`,
      [
        'Which setting would have kept the write?',
        'set ack majority: then there would have been no answer, and the client would know that it does not know. Change it in the scenario, and run.',
      ],
    ),
    told(
      'nwr',
      'Quorums that do not meet',
      'Three copies, one is written and one is read: not the same one. The read is answered with what was there before.',
      `
# N = 3, W = 1, R = 1: one plus one is not more than three.
cluster nwr 3 seed 7
set quorum 3/1/1
put x 1 at n1
run until all agree
# n1 is cut off from the others, and takes a write.
block n1 <-> n2 n3
put x 2 at n1 as a
run until answer a is ok
# A read at n2 asks one copy: its own.
get x at n2 as b
run until answer b is 1
# They meet again, and the newer value wins.
heal
run until all agree
expect x is 2 at n2
`,
      [
        'Which R and W would do?',
        'Any with R + W > N, such as 2 and 2: then what is read and what was written share a machine.',
      ],
    ),
  ],
};
