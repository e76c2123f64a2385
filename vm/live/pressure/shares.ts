/**
 * Limits expensive work: some runs at once, the rest waits in a fair queue. An address or account
 * that asks for much is refused or waits; others do not.
 */
import { type Asker, FairQueue } from './fair-queue.ts';

/** Too much work is waiting already, most of it this caller's. Nothing happened. */
export class ShareExceeded extends Error {}

export interface ShareOptions {
  /** How much is under way at once. */
  readonly places: number;
  /** How much may wait. */
  readonly waiting: number;
}

interface Turn {
  readonly begin: () => void;
  readonly refuse: (why: ShareExceeded) => void;
}

/** The slots for one kind of work. */
export class Shares {
  readonly #queue: FairQueue<Turn>;
  #free: number;

  constructor({ places, waiting }: ShareOptions) {
    this.#free = places;
    this.#queue = new FairQueue(waiting);
  }

  /**
   * Does `work` when it is this caller's turn, and resolves with its result. Rejects with
   * `ShareExceeded` if there is no free place in the queue, or if the caller `isGone` when the turn
   * comes.
   */
  async run<T>(asker: Asker, work: () => Promise<T>, isGone: () => boolean = () => false): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await this.#turn(asker);
    try {
      if (isGone()) throw new ShareExceeded('the caller has disconnected');
      return await work();
    } finally {
      // Finished work hands its slot to the next.
      const next = this.#queue.shift();
      if (next) next.begin();
      else this.#free++;
    }
  }

  #turn(asker: Asker): Promise<void> {
    return new Promise((begin, refuse) => {
      const refused = this.#queue.push(asker, { begin, refuse });
      refused?.refuse(new ShareExceeded('too many requests at once'));
    });
  }
}
