/**
 * Notes what a follower's client has acknowledged as delivered: one command at a time, and of
 * several places only the last. What cannot be noted now is noted with the next message.
 */
import type { ChatCommand, ChatResult } from '../state/commands.ts';
import { MESSAGES_AT_ONCE } from '../state/limits.ts';

export interface MarkerOptions {
  readonly login: string;
  readonly submit: (command: ChatCommand) => Promise<ChatResult>;
  /** How many messages wait, as far as this replica knows. */
  readonly waiting: () => Promise<number>;
}

export class DeliveredMarker {
  readonly #options: MarkerOptions;
  #upTo = 0;
  #busy = false;

  constructor(options: MarkerOptions) {
    this.#options = options;
  }

  /** The client has everything up to that place of the mailbox. */
  delivered(upTo: number): void {
    this.#upTo = Math.max(this.#upTo, upTo);
    if (!this.#busy) void this.#note();
  }

  async #note(): Promise<void> {
    const { login, submit, waiting } = this.#options;
    this.#busy = true;
    try {
      let noted = 0;
      // Another device of the user may have been quicker.
      while (noted < this.#upTo && (await waiting()) > 0) {
        const upTo = this.#upTo;
        const result = await submit({ type: 'mailbox.delivered', login, upTo });
        const isWhole = result.type !== 'mailbox.delivered' || result.taken.length < MESSAGES_AT_ONCE;
        if (isWhole) noted = upTo;
      }
    } catch {
      // There is no leader just now, or the login has ended.
    }
    this.#busy = false;
  }
}
