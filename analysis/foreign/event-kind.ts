/** What kind of event a log of others means. */
import { EVENT_KINDS, type EventKind } from '../../vm/event.ts';

/** Words that tell the kind, wherever they stand in the text. A receive may mention the send, so it is looked for first. */
const WORDS: readonly (readonly [EventKind, RegExp])[] = [
  ['receive', /^(receive[sd]?|receiving|recv|recvd|rcv|rcvd|reception|incoming|inbound|delivered)$/],
  ['send', /^(sends?|sent|sending|broadcast|multicast|outgoing|outbound)$/],
  ['internal', /^(internal|local|compute|computation|step)$/],
];

const KINDS: ReadonlySet<string> = new Set(EVENT_KINDS);

/** The kind of an event: as `told` maps its text, our own name for it, or by a word in it; null if nothing tells. */
export function eventKind(text: string, told: Readonly<Record<string, EventKind>>): EventKind | null {
  const mapped = told[text];
  if (mapped !== undefined) return mapped;
  const lower = text.toLowerCase();
  if (KINDS.has(lower)) return lower as EventKind;
  const words = lower.split(/[^a-z]+/);
  return WORDS.find(([, word]) => words.some((one) => word.test(one)))?.[0] ?? null;
}
