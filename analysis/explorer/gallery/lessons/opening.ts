/** The story that the page opens with. */
import { told } from './lesson.ts';

export const OPENING = told(
  'opening',
  'A leader falls',
  'Five machines elect a leader, it takes a write, and then it dies. The others notice, and elect another: nothing is lost.',
  `
# Five machines, five clocks. Whose runs out first?
cluster raft 5 seed 4
run until leader
# A majority said yes: there is a leader.
let first be leader
put x 1 at first as write
run until answer write is ok
# A majority has x = 1: it is committed.
run 1 tick
crash first
# The leader dies. Who notices?
run until leader within 100 ticks
# A new leader, in a new term. And x?
get x as read
run until answer read is 1 within 20 ticks
# Still there. Your turn: click the leader, and kill it.
expect all agree within 100 ticks
`,
  [
    'Why could the two of five that voted last not have elected somebody who lacks x = 1?',
    'Whoever leads needs three of five votes, and three of five have x = 1. One machine is in both, and it votes for nobody whose log is behind its own.',
  ],
  [
    'What happens if you kill two more?',
    'Two of five are left, no majority: nobody leads, and nothing is acknowledged, until one is back.',
  ],
);
