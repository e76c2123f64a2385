/** Logs in words, as scenarios write them. */
import type { SubjectEntry } from './subject.ts';

/** A log without entries. */
export const EMPTY = 'empty';

/** An entry as scenarios write it: `1:x=1`. */
export function entryText({ term, text }: SubjectEntry): string {
  return `${term}:${text}`;
}

/** A log as scenarios write it. */
export function logText(entries: readonly SubjectEntry[]): string {
  return entries.map(entryText).join(' ') || EMPTY;
}
