/** How others name events, beyond the words that the reader knows by itself. */
import type { EventKind } from '../../../vm/index.ts';
import { kindByWord } from '../event-kind.ts';

/** Words that most often mean this kind. */
const OTHERS: readonly (readonly [EventKind, RegExp])[] = [
  [
    'receive',
    /^(?:took|takes?|taking|got|gets?|getting|dequeued?|popp?ed|pops?|consumed?|accept(?:s|ed)?|heard|hears?|r|rx|in)$/i,
  ],
  [
    'send',
    /^(?:post(?:s|ed|ing)?|push(?:es|ed)?|publish(?:es|ed)?|emit(?:s|ted)?|dispatch(?:es|ed)?|transmit(?:s|ted)?|s|tx|out)$/i,
  ],
  ['internal', /^(?:work(?:s|ed|ing)?|idle|think(?:s|ing)?|process(?:ed|ing)?|i|l|int)$/i],
  ['start', /^(?:init|initiali[sz]ed?|boot(?:ed)?|started)$/i],
];

/** The kind that a word most often means, if any. */
export function usualKind(word: string): EventKind | undefined {
  return OTHERS.find(([, words]) => words.test(word))?.[0];
}

/** The first word of a text that says what happened. */
export function eventWord(text: string): string | undefined {
  const words = text.match(/[A-Za-z]+(?:_[A-Za-z]+)*/g) ?? [];
  return words.find((word) => word.length > 1 && (kindByWord(word) ?? usualKind(word)) !== undefined);
}
