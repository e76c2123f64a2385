/**
 * Tells the servers what one login's user has read: one request at a time, and of several places
 * only the last. Another login gets another marker.
 */
import type { ChatClient } from './client.ts';

/** What stands before the name of a room, where names of people and rooms are mixed. */
export const ROOM_SIGN = '#';

export class ReadMarker {
  readonly #client: ChatClient;
  readonly #upTo = new Map<string, number>();
  #busy = false;

  constructor(client: ChatClient) {
    this.#client = client;
  }

  /** The user has seen the conversation with `other`, or the room `#other`, up to that place. */
  seen(other: string, upTo: number): void {
    this.#upTo.set(other, Math.max(upTo, this.#upTo.get(other) ?? 0));
    if (!this.#busy) void this.#tell();
  }

  async #tell(): Promise<void> {
    this.#busy = true;
    for (const [other, upTo] of this.#upTo) {
      this.#upTo.delete(other);
      // What cannot be sent now is sent with the next message that is read.
      await this.#mark(other, upTo).catch(() => {});
    }
    this.#busy = false;
  }

  #mark(other: string, upTo: number): Promise<unknown> {
    if (!other.startsWith(ROOM_SIGN)) return this.#client.markRead(other, upTo);
    return this.#client.rooms.markRead(other.slice(ROOM_SIGN.length), upTo);
  }
}
