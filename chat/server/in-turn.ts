/** Expensive work for a client: in turn, or refused with the chat's errors. */
import { type Asker, ShareExceeded, type Shares } from '../../vm/live/pressure/index.ts';
import { ChatError } from '../errors.ts';

/** Who asks, and whether they still wait for the answer. */
export interface ChatAsker extends Asker {
  readonly isGone: () => boolean;
}

/**
 * Does `work` when it is the caller's turn. Rejects with `Overloaded` if the queue is full and the
 * caller's part is the longest.
 */
export async function inTurn<T>(shares: Shares, asker: ChatAsker, work: () => Promise<T>): Promise<T> {
  try {
    return await shares.run(asker, work, asker.isGone);
  } catch (error) {
    if (!(error instanceof ShareExceeded)) throw error;
    throw new ChatError('Overloaded', 'this server has too many requests at once: try again');
  }
}
