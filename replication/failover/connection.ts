/**
 * A client's connection to a cluster, whichever server it runs over at the moment: a link to one
 * server and, when that ends, to the next. It learns the servers from what they answer.
 */

import { checkedChanging } from './cluster.ts';
import { Link, type Served, unlessLost, type Wire } from './link.ts';
import { ServerList } from './server-list.ts';
import type { Cluster } from './wire.ts';

/**
 * Whether and where a client is connected. `lost` says which server it had before, and why no
 * longer.
 */
export type ConnectionState =
  | { readonly status: 'connecting'; readonly lost?: Lost | undefined }
  | { readonly status: 'connected'; readonly server: Served; readonly lost?: Lost | undefined }
  | { readonly status: 'closed' };

export interface Lost {
  readonly server: Served;
  /** Reads as "<server> <reason>". */
  readonly reason: string;
}

export interface ConnectionOptions<Request> {
  readonly wire: Wire<Request>;
  /** Addresses to begin with, `http://host:port`; the others are learned. */
  readonly servers: readonly string[];
  /** Brings a new link to where the last one was before anything else goes over it, or drops it. */
  readonly prepare?: (link: Link<Request>) => Promise<void>;
  readonly onState?: (state: ConnectionState) => void;
  readonly onCluster?: (cluster: Cluster) => void;
}

/**
 * How long a server may take to welcome a client: while there are others to try, and once all were
 * tried.
 */
const WELCOME_TIMEOUT_MS = [1_000, 3_000] as const;
/** One that has not welcomed a client for so long (it may be paused) is raced by the next. */
const SLOW_WELCOME_MS = 150;
/**
 * The pause before another server, once all were tried: doubles with each round over all, up to the
 * other.
 */
const BACKOFF_MS = 25;
const BACKOFF_MAX_MS = 2_000;

export class Connection<Request> {
  readonly #options: ConnectionOptions<Request>;
  /** Hears that there is a link again. */
  readonly #onLink: () => void;
  readonly #servers: ServerList;
  #closed = false;
  #link: Link<Request> | undefined;
  #lost: Lost | undefined;
  /** Why there is no link, in words for people; undefined while there is one. */
  failure: string | undefined = 'not connected yet';
  /** Ends the pause before the next server. */
  #wake: () => void = () => {};

  /**
   * Begins to look for a server. Throws a RangeError if there is no address of one to begin with.
   */
  constructor(options: ConnectionOptions<Request>, onLink: () => void) {
    this.#options = options;
    this.#onLink = onLink;
    this.#servers = new ServerList(options.servers);
    void this.#run();
  }

  /** The link over which requests may go now. */
  get link(): Link<Request> | undefined {
    return this.#link?.up ? this.#link : undefined;
  }

  /** Ends the connection for good. */
  close(): void {
    this.#closed = true;
    this.#link?.leave('was left');
    this.#wake();
    this.#options.onState?.({ status: 'closed' });
  }

  /** The life of the connection: one server after the other. */
  async #run(): Promise<void> {
    let failures = 0;
    while (!this.#closed) {
      this.#options.onState?.({ status: 'connecting', lost: this.#lost });
      const link = await this.#open(WELCOME_TIMEOUT_MS[failures < this.#servers.size ? 0 : 1]);
      if (link) await this.#use(link);
      failures = link?.lasted ? 0 : failures + 1;
      // One that was of use and then ended makes the next wait, but not for long.
      if (link?.served) failures = Math.min(failures, this.#servers.size);
      // The first round over all servers goes without waiting.
      const round = Math.floor(failures / this.#servers.size);
      const ms = Math.min(BACKOFF_MS * 2 ** round, BACKOFF_MAX_MS) * (0.5 + Math.random() / 2);
      if (round > 0 && !this.#closed) await this.#sleep(ms);
    }
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /**
   * A link to the next server, or to the one after it if that is sooner. Undefined if there is none
   * within `timeoutMs`.
   */
  async #open(timeoutMs: number): Promise<Link<Request> | undefined> {
    const first = this.#dial(timeoutMs);
    const slow = new Promise<'slow'>((resolve) => setTimeout(resolve, SLOW_WELCOME_MS, 'slow'));
    const soon = await Promise.race([first, slow]);
    if (soon !== 'slow' || this.#servers.size === 1) return first;
    const second = this.#dial(timeoutMs);
    const found = (link: Link<Request> | undefined) => link ?? Promise.reject();
    const link = await Promise.any([first.then(found), second.then(found)]).catch(() => undefined);
    for (const one of [first, second]) void one.then((other) => other !== link && other?.leave('was left'));
    return link;
  }

  #dial(timeoutMs: number): Promise<Link<Request> | undefined> {
    const { wire } = this.#options;
    const options = { wire, url: this.#servers.next(), learn: (cluster: Cluster) => this.#learn(cluster) };
    return Link.open(options, timeoutMs).catch(({ message }: Error) => {
      this.failure = message;
      return undefined;
    });
  }

  async #use(link: Link<Request>): Promise<void> {
    this.#servers.reached(link.server);
    await this.#options.prepare?.(link).catch(unlessLost);
    if (this.#closed) link.leave('was left');
    if (link.up) {
      this.#link = link;
      this.failure = undefined;
      this.#options.onState?.({ status: 'connected', server: link.server, lost: this.#lost });
      this.#onLink();
    }
    const reason = await link.ended;
    this.#lost = { server: link.server, reason };
    this.failure = `${link.server.id} ${reason}`;
  }

  /** Takes in what a server said of the cluster. */
  #learn({ replicas, leader, leaderless, changing }: Cluster): void {
    if (!Array.isArray(replicas)) return;
    this.#servers.learn(replicas);
    const members = checkedChanging(changing);
    this.#options.onCluster?.({
      ...{ replicas, leader },
      ...(leaderless === true && { leaderless }),
      ...(members && { changing: members }),
    });
  }
}
