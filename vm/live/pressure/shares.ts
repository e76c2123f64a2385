/**
 * Costly work, so much of it at once and the rest in a fair queue: one address or account that asks for much is refused
 * and waits, others pass.
 */
import { type Asker, FairQueue } from './fair-queue.ts';

/** Too much of it waits already, and of this asker's the most. Nothing happened. */
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

/** The places for one kind of work. */
export class Shares {
  readonly #queue: FairQueue<Turn>;
  #free: number;

  constructor({ places, waiting }: ShareOptions) {
    this.#free = places;
    this.#queue = new FairQueue(waiting);
  }

  /**
   * Does `work` when it is this asker's turn, and resolves with what it gives. Rejects with `ShareExceeded` if there is no
   * room to wait, or if the asker `isGone` when the turn comes.
   */
  async run<T>(asker: Asker, work: () => Promise<T>, isGone: () => boolean = () => false): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await this.#turn(asker);
    try {
      if (isGone()) throw new ShareExceeded('whoever asked has gone');
      return await work();
    } finally {
      // Whoever finishes hands its place over.
      const next = this.#queue.shift();
      if (next) next.begin();
      else this.#free++;
    }
  }

  #turn(asker: Asker): Promise<void> {
    return new Promise((begin, refuse) => {
      const refused = this.#queue.push(asker, { begin, refuse });
      refused?.refuse(new ShareExceeded('too much is asked for at once'));
    });
  }
}
