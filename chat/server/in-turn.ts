/** Costly work for a client: in its turn, or refused as the chat refuses. */
import type { Asker } from '../../vm/live/pressure/fair-queue.ts';
import { ShareExceeded, type Shares } from '../../vm/live/pressure/shares.ts';
import { ChatError } from '../errors.ts';

/** Who asks, and whether they still wait for the answer. */
export interface ChatAsker extends Asker {
  readonly isGone: () => boolean;
}

/** Does `work` when it is the asker's turn. Rejects with `Overloaded` if theirs is the longest line and there is no more room. */
export async function inTurn<T>(shares: Shares, asker: ChatAsker, work: () => Promise<T>): Promise<T> {
  try {
    return await shares.run(asker, work, asker.isGone);
  } catch (error) {
    if (!(error instanceof ShareExceeded)) throw error;
    throw new ChatError('Overloaded', 'too much is asked of this server at once: try again');
  }
}
