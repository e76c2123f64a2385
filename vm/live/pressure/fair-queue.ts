/**
 * A bounded queue that is fair to its users: a queue for each address, and in it one for each
 * account. Queues take turns, so however much one user asks for, an item of another waits for one
 * turn of each. When it is full, the longest queue loses its latest item, so a user who asks for
 * little is not refused because of others.
 *
 * Pure: no clock, no timers.
 */

/** Who asks: the address, and the account (or the account asked about). */
export interface Asker {
  readonly address: string;
  readonly account: string;
}

/** A queue of `T`. */
export class FairQueue<T> {
  readonly #limit: number;
  /** By address, by account. The order of a map is the order of turns; no queue is empty. */
  readonly #lines = new Map<string, Map<string, T[]>>();
  #size = 0;

  /** A queue that holds `limit` items at most. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#size;
  }

  /**
   * Adds an item. Returns the one that is evicted for it, perhaps this one itself, if the queue is
   * full.
   */
  push({ address, account }: Asker, item: T): T | undefined {
    const accounts = lineOf(this.#lines, address, () => new Map<string, T[]>());
    lineOf(accounts, account, () => []).push(item);
    this.#size++;
    return this.#size > this.#limit ? this.#dropFrom(address, account) : undefined;
  }

  /** Takes the item whose turn it is. */
  shift(): T | undefined {
    for (const [address, accounts] of this.#lines) {
      for (const [account, line] of accounts) {
        const item = line.shift();
        this.#size--;
        // To the back of both orders, or removed from them.
        accounts.delete(account);
        if (line.length > 0) accounts.set(account, line);
        this.#lines.delete(address);
        if (accounts.size > 0) this.#lines.set(address, accounts);
        return item;
      }
    }
    return undefined;
  }

  /** Drops the latest item of the longest queue; among equals, of the queue that has just grown. */
  #dropFrom(grownAddress: string, grownAccount: string): T | undefined {
    const address = longest(this.#lines, lengthOf, grownAddress);
    const accounts = this.#lines.get(address)!;
    const account = longest(accounts, (line) => line.length, grownAccount);
    const line = accounts.get(account)!;
    const item = line.pop();
    this.#size--;
    if (line.length === 0) accounts.delete(account);
    if (accounts.size === 0) this.#lines.delete(address);
    return item;
  }
}

function lineOf<V>(lines: Map<string, V>, key: string, make: () => V): V {
  let line = lines.get(key);
  if (line === undefined) {
    line = make();
    lines.set(key, line);
  }
  return line;
}

function lengthOf(accounts: ReadonlyMap<string, readonly unknown[]>): number {
  let length = 0;
  for (const line of accounts.values()) length += line.length;
  return length;
}

/** The key of the longest line, `preferred` if none is longer. */
function longest<V>(lines: ReadonlyMap<string, V>, length: (line: V) => number, preferred: string): string {
  let found = preferred;
  let most = lines.has(preferred) ? length(lines.get(preferred)!) : 0;
  for (const [key, line] of lines) {
    if (length(line) > most) {
      most = length(line);
      found = key;
    }
  }
  return found;
}
