/** Logical clocks: the classic exercise of random messages. */
import { CLOCKS, type Drawn } from '../../run/run.ts';
import { asked, type Chapter, type Lesson, told } from './lesson.ts';

function clocks(
  name: string,
  title: string,
  about: string,
  setup: Omit<Drawn, 'program' | 'preset'>,
  ...questions: readonly (readonly [ask: string, answer: string])[]
): Lesson {
  const { machines, seed } = setup;
  return {
    ...{ name, title, about, questions: asked(questions) },
    setup: { program: CLOCKS, machines, preset: 'class', seed },
  };
}

export const CLOCKS_CHAPTER: Chapter = {
  title: 'Clocks',
  lessons: [
    clocks(
      'rates',
      'Clocks at different rates',
      'Three machines tick 1 to 6 times a second, each at a rate of its own, and send their logical clocks to each other at random. Watch whose number grows fastest, and what a message does to it.',
      { machines: 3, seed: 2 },
      [
        'Why is the clock of a slow machine not far behind for long?',
        'A message sets it to the larger of both clocks, plus one: whoever hears from a fast machine is taken along.',
      ],
      [
        'When does a slow machine stay behind?',
        'When nobody fast sends to it, or when what was sent still waits in its inbox.',
      ],
    ),
    clocks(
      'happened-before',
      'Happened before',
      'Stop, and choose an event in the diagram below the stage: what can have caused it, and what it can have caused, are marked. Two events between which there is no way of messages are concurrent, whatever the wall clock says.',
      { machines: 3, seed: 5 },
      [
        'Two events have the Lamport numbers 7 and 9. Did the first happen before the second?',
        'Nobody can say: a lower number only means that the second was not the cause. The vectors tell.',
      ],
      [
        'How do the vectors tell?',
        'One happened before the other if none of its numbers is larger. If each has a larger one, they are concurrent.',
      ],
    ),
    clocks(
      'jumps',
      'Jumps',
      'Five machines, and a clock that jumps whenever a message of a faster machine is taken out of the inbox. Let a machine tick half as fast, and see its jumps grow.',
      { machines: 5, seed: 11 },
      [
        'What makes jumps larger: different rates, or rarer messages?',
        'Both: a jump is what the sender has gained since they last had news of each other.',
      ],
      [
        'What does the inbox of the slowest machine do?',
        'It takes one message a tick. If more come than it ticks, the queue grows, and it acts on old news.',
      ],
    ),
    told(
      'drift',
      'A clock that drifts',
      "Election timeouts count ticks of a machine's own clock, so one whose clock runs ever faster asks for votes in vain, again and again. Pre-votes keep it from doing harm.",
      `
# Three machines with clocks of the same rate. n1 shall lead.
cluster raft 3 seed 1
rate n1 300
run until leader n1
rate n1 100
run 3 ticks
# The clock of n3 begins to drift: each second it runs three times as fast.
drift n3 3
run 100 ticks
# It counts its timeout faster and faster. But as long as heartbeats come in time, it waits.
run 150 ticks
# By now it may ask: would you vote for me? Those who hear the leader say no.
expect leader n1
expect term of n1 is 1
`,
      [
        'Why does n3 not become the leader although its timeout runs out first?',
        'Before it begins a term it asks whether it could win. Whoever has just heard the leader refuses.',
      ],
      [
        'What would happen without pre-votes?',
        'n3 would begin term after term, and each would depose a leader that is well.',
      ],
    ),
  ],
};
