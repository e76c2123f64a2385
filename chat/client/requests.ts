/** How the parts of the client ask servers: the client itself does it. */
import { ChatError } from '../errors.ts';
import { canonicalName } from '../state/names.ts';
import { type ChangeName, flawOf, type RequestName, type RequestOf, type Values } from '../wire.ts';

/** A change without the tag that the client adds. */
export type ChangeOf<K extends ChangeName> = Omit<RequestOf<K>, 'tag'>;

/** Asking, and changing in the name of the user who is logged in. */
export interface Requests {
  ask<K extends RequestName>(name: K, request: RequestOf<K>): Promise<Values[K]>;
  /** One change after the other. `waits`: for as long as it takes, not only for the usual time. */
  change<K extends ChangeName>(name: K, change: ChangeOf<K>, waits?: 'waits'): Promise<Values[K]>;
}

/** Throws a `BadRequest` where a server would answer with one. */
export function check(name: RequestName, request: unknown): void {
  const flaw = flawOf(name, request);
  if (flaw !== undefined) throw new ChatError('BadRequest', flaw);
}

/** A typed name as servers know it. What is no text is theirs to refuse. */
export function named(typed: string): string {
  return typeof typed === 'string' ? canonicalName(typed) : typed;
}

/** A key for a message. Not `randomUUID`: browsers have that on secure origins only. */
export function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}
