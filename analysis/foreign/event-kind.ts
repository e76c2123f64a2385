/** What kind of event a log of others means, in SQL. */
import { EVENT_KINDS, type EventKind } from '../../vm/event.ts';
import { literal } from '../database.ts';

/** Words that tell the kind, wherever they stand in the text. A receive may mention the send, so it is looked for first. */
const WORDS: readonly (readonly [EventKind, string])[] = [
  ['receive', 'receive[sd]?|receiving|recv|recvd|rcv|rcvd|reception|incoming|inbound|delivered'],
  ['send', 'sends?|sent|sending|broadcast|multicast|outgoing|outbound'],
  ['internal', 'internal|local|compute|computation|step'],
];

/** SQL for the kind that the column `text` tells: as `told` maps it, our own name for it, or by a word in it; null if nothing tells. */
export function eventKind(text: string, told: Readonly<Record<string, EventKind>>): string {
  const mapped = Object.entries(told).map(
    ([theirs, kind]) => `WHEN ${text} = ${literal(theirs)} THEN ${literal(kind)}`,
  );
  const words = WORDS.map(
    ([kind, word]) =>
      `WHEN regexp_matches(lower(${text}), '(^|[^a-z])(${word})([^a-z]|$)') THEN ${literal(kind)}`,
  );
  return `CASE ${mapped.join(' ')}
    WHEN regexp_full_match(lower(${text}), '${EVENT_KINDS.join('|')}') THEN lower(${text})
    ${words.join(' ')} END`;
}
