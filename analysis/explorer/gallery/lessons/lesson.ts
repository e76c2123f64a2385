/** A lesson of the gallery: a scenario or a program, and what to ask about it. */
import type { Setup } from '../../run/run.ts';

export interface Question {
  readonly ask: string;
  readonly answer: string;
}

export interface Lesson {
  /** Short and unique: links and the command line name it. */
  readonly name: string;
  readonly title: string;
  /** What is to be seen: two sentences. */
  readonly about: string;
  readonly questions: readonly Question[];
  /** A scenario, or machines that run until they are stopped. */
  readonly setup: Setup;
}

/** Lessons of one subject, in the order to take them. */
export interface Chapter {
  readonly title: string;
  readonly lessons: readonly Lesson[];
}

/** A lesson that is a scenario. Its comments are what is told while it plays. */
export function told(
  name: string,
  title: string,
  about: string,
  script: string,
  ...questions: readonly (readonly [ask: string, answer: string])[]
): Lesson {
  return { ...{ name, title, about, questions: asked(questions) }, setup: { script: script.trim() } };
}

/** Questions and their answers. */
export function asked(questions: readonly (readonly [ask: string, answer: string])[]): readonly Question[] {
  return questions.map(([ask, answer]) => ({ ask, answer }));
}
