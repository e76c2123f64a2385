/** The servers a client may turn to: those it was given, and those that replies taught it. */
import type { ReplicaAddress } from '../replication.ts';
import type { Served } from './link.ts';

export class ServerList {
  readonly #given: readonly string[];
  #learned: readonly ReplicaAddress[] = [];
  #current: string | undefined;

  /** Throws a RangeError if there is no server, or one whose address is none. */
  constructor(given: readonly string[]) {
    if (given.length === 0) throw new RangeError('a client needs the address of a server');
    const wrong = given.find((url) => !(/^https?:/i.test(url) && URL.canParse(url)));
    if (wrong !== undefined) throw new RangeError(`${wrong} is not an address such as http://localhost:8081`);
    this.#given = given.map((url) => new URL(url).origin);
  }

  /** Replaces what was learned before. */
  learn(replicas: readonly ReplicaAddress[]): void {
    this.#learned = replicas;
  }

  /**
   * This server welcomed us. A replica may be reached under a given address that is not the one it
   * goes by: then the turn goes on from the latter, so that its neighbour comes next and not
   * itself.
   */
  reached(server: Served): void {
    this.#current = this.#learned.find(({ id }) => id === server.id)?.url ?? server.url;
  }

  get size(): number {
    return this.#all().length;
  }

  /** The server whose turn it is, after the one tried last. */
  next(): string {
    const all = this.#all();
    const index = this.#current === undefined ? -1 : all.indexOf(this.#current);
    this.#current = all[(index + 1) % all.length]!;
    return this.#current;
  }

  #all(): string[] {
    return [...new Set([...this.#learned.map(({ url }) => url), ...this.#given])];
  }
}
