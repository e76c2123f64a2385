/**
 * The one session in which a client makes its changes: opened when first needed, and replaced once
 * it has ended.
 */
import { SessionWindow } from '../core/session-window.ts';
import { ReplicationError } from '../errors.ts';
import type { SessionTag } from '../replication.ts';

/**
 * Sessions that expire under one change before it is given up: there are too many clients for the
 * cluster's limit.
 */
const MOST_EXPIRED = 3;

export class ClientSession {
  #opening: Promise<SessionWindow> | undefined;
  /** The session, once it is open. */
  #window: SessionWindow | undefined;

  /**
   * Makes a change. `open` opens a session; `submit` submits the change with the tag that it has at
   * the time, however often that takes. Rejects as they do, as `SessionExpired` if session after
   * session expires, and as `Overloaded` while too many changes of the session have no answer.
   */
  async run<T>(open: () => Promise<string>, submit: (tag: () => SessionTag) => Promise<T>): Promise<T> {
    for (let expired = 0; ; expired++) {
      const window = this.#window ?? (await this.#opened(open));
      if (window.isFull) throw new ReplicationError('Overloaded', 'too many commands wait for their results');
      const sequence = window.take();
      try {
        return await submit(() => window.tag(sequence));
      } catch (error) {
        const { code } = error as { readonly code?: string };
        if ((code === 'SessionExpired' || code === 'Indeterminate') && this.#window === window)
          this.#window = undefined;
        // Refused for its session alone, it has not happened: again, in another one.
        if (code !== 'SessionExpired' || expired === MOST_EXPIRED) throw error;
      } finally {
        window.answered(sequence);
      }
    }
  }

  /** All who need a session while there is none share the next one, or why there is none. */
  #opened(open: () => Promise<string>): Promise<SessionWindow> {
    this.#opening ??= open()
      .then((session) => {
        this.#window = new SessionWindow(session);
        return this.#window;
      })
      .finally(() => {
        this.#opening = undefined;
      });
    return this.#opening;
  }
}
