/** All lessons, in the order to take them. */
import type { Setup } from '../run/run.ts';
import { CLOCKS_CHAPTER } from './lessons/clocks.ts';
import { ELECTIONS } from './lessons/elections.ts';
import type { Chapter, Lesson } from './lessons/lesson.ts';
import { LOGS } from './lessons/logs.ts';
import { MEMBERS } from './lessons/members.ts';
import { OPENING } from './lessons/opening.ts';
import { OTHERS } from './lessons/others.ts';
import { READS } from './lessons/reads.ts';

export const CHAPTERS: readonly Chapter[] = [
  { title: 'To begin with', lessons: [OPENING] },
  CLOCKS_CHAPTER,
  ELECTIONS,
  LOGS,
  READS,
  MEMBERS,
  OTHERS,
];

/** All lessons, one after the other. */
export const LESSONS: readonly Lesson[] = CHAPTERS.flatMap(({ lessons }) => lessons);

/** The lesson of a setup; undefined where it is none. */
export function lessonOf(setup: Setup): Lesson | undefined {
  const text = JSON.stringify(setup);
  return LESSONS.find((lesson) => JSON.stringify(lesson.setup) === text);
}

/** The lesson after this one. */
export function nextLesson(lesson: Lesson | undefined): Lesson | undefined {
  return lesson && LESSONS[LESSONS.indexOf(lesson) + 1];
}
