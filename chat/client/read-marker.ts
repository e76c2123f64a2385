/**
 * Tells the servers what one login's user has read: one request at a time, and of several places
 * only the last. Another login gets another marker.
 */
import type { ChatClient } from './client.ts';

export class ReadMarker {
  readonly #client: ChatClient;
  readonly #upTo = new Map<string, number>();
  #busy = false;

  constructor(client: ChatClient) {
    this.#client = client;
  }

  /** The user has seen the conversation with `other` up to that sequence number. */
  seen(other: string, upTo: number): void {
    this.#upTo.set(other, Math.max(upTo, this.#upTo.get(other) ?? 0));
    if (!this.#busy) void this.#tell();
  }

  async #tell(): Promise<void> {
    this.#busy = true;
    for (const [other, upTo] of this.#upTo) {
      this.#upTo.delete(other);
      // What cannot be sent now is sent with the next message that is read.
      await this.#client.markRead(other, upTo).catch(() => {});
    }
    this.#busy = false;
  }
}
