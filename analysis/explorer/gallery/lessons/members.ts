/** Members that come and go. */
import { type Chapter, told } from './lesson.ts';

export const MEMBERS: Chapter = {
  title: 'Members',
  lessons: [
    told(
      'join',
      'A machine joins',
      "A new machine learns everything first, and counts for nothing. Only when its copy is the same as the leader's does it get a vote.",
      `
# Three machines, and some data.
cluster raft 3 seed 1
rate n1 300
run until leader n1
rate n1 100
put x 1
expect all agree within 20 ticks
# n4 joins, as a learner: it gets every entry.
add n4
run until n4 is a learner within 20 ticks
# It catches up, its copy is compared, and then it is promoted.
run until n4 is a voter within 300 ticks
expect all agree within 100 ticks
# Four vote from now on: a majority is three.
expect x is 1 at n4
`,
      [
        'Why not let it vote at once?',
        'It has nothing yet: with it as one of the majority, an entry could be on fewer full copies than it seems.',
      ],
    ),
    told(
      'joint-change',
      'A joint change',
      'Two voters are to lose their votes at once. Until the change ends, a majority of those before and one of those after must agree.',
      `
# Five voters. n1 leads.
cluster raft 5 seed 1
rate n1 300
run until leader n1
expect all agree within 20 ticks
rate n1 100
# n4 and n5 are to lose their votes. But n1 reaches only these two.
partition n1 n4 n5 | n2 n3
demote n4 n5 at n1 as a
run 8 ticks
# Three of the five before have it: a majority. Of the three after, only n1 has: none.
expect outgoing of n4 are n1 n2 n3 n4 n5
expect commit of n1 is 1
expect answer a is pending
# Both halves meet, and the change ends.
heal
expect answer a is ok within 300 ticks
expect voters of leader are n1 n2 n3
expect learners of leader are n4 n5
expect all agree within 100 ticks
`,
      [
        'What could happen if the new voters counted alone at once?',
        'n1, n4 and n5 by the old count and n2, n3 by the new could each elect a leader of the same term.',
      ],
    ),
    told(
      'transfer',
      'Leadership is handed over',
      'A leader that is about to be taken away hands its work to a follower, which need not wait for a timeout. The cluster is without a leader for one election only.',
      `
# n1 leads.
cluster raft 3 seed 1
rate n1 300
run until leader n1
rate n1 100
put x 1
run 5 ticks
# It is asked to hand over to n3: which is brought up to date, and told to campaign now.
transfer to n3 as a
run until leader n3 within 5 ticks
run until answer a is n3 within 5 ticks
# n3 leads, a term later.
expect all agree within 10 ticks
expect term of n3 is 2
`,
      [
        'Why do the others vote although they have just heard their leader?',
        'The request says that the old leader wants it so.',
      ],
    ),
  ],
};
