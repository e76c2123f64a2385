/**
 * A client's connection to the chat, whichever server it runs over at the moment.
 *
 * It holds a link to one server and, when that ends, falls silent or cannot find a leader, moves on to the
 * next. It learns the replicas from every reply. `ask` sends a request until it is answered; that is safe
 * because requests only read, or carry a session tag under which they happen once.
 */
import { ChatError } from '../errors.ts';
import type { Cluster, Reply, RequestName, RequestOf, Values } from '../wire.ts';
import { Link, LinkLost, type Served } from './link.ts';
import { ServerList } from './server-list.ts';

/** Whether and where a client is connected. `lost` says which server it had before, and why no longer. */
export type ConnectionState =
  | { readonly status: 'connecting'; readonly lost?: Lost | undefined }
  | { readonly status: 'connected'; readonly server: Served; readonly lost?: Lost | undefined }
  | { readonly status: 'closed' };

export interface Lost {
  readonly server: Served;
  /** Reads as "<server> <reason>". */
  readonly reason: string;
}

export interface ConnectionOptions {
  /** Addresses to begin with: `http://host:port`. */
  readonly servers: readonly string[];
  /** Brings a new link to where the last one was (login, cursor) before anything else goes over it. */
  readonly prepare: (link: Link) => Promise<void>;
  readonly onState: (state: ConnectionState) => void;
  readonly onCluster: (cluster: Cluster) => void;
}

/** How long a server may take to welcome a client: while there are others to try, and once all were tried. */
const WELCOME_TIMEOUT_MS = [1_000, 3_000] as const;
/** One that has not welcomed a client for so long (it may stand still) is raced by the next. */
const SLOW_WELCOME_MS = 150;
const REPLY_TIMEOUT_MS = 10_000;
/** A server that has not answered a request for so long is asked for a sign of life, and given that long to answer. */
const SILENCE_MS = 300;
const SIGN_OF_LIFE_MS = 700;
/** An idle link is asked for a sign of life this often, and given as long to answer. */
const HEARTBEAT_MS = 3_000;
const OVERLOADED_WAIT_MS = 200;
/** The pause before another server, once all were tried: doubles up to the other. */
const BACKOFF_MS = 25;
const BACKOFF_MAX_MS = 2_000;
/** So many connections in a row that end over a request are its fault. */
const MOST_BROKEN = 4;

export class Connection {
  readonly #options: ConnectionOptions;
  readonly #servers: ServerList;
  #closed = false;
  #link: Link | undefined;
  #lost: Lost | undefined;
  /** Who waits for a link, and who waits for time to pass. */
  readonly #waiting = new Set<() => void>();
  readonly #sleeping = new Set<() => void>();
  /** The last of the requests that take turns. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#servers = new ServerList(options.servers);
    void this.#run();
  }

  /**
   * Sends a request, over as many servers as it takes, for `patienceMs` at most. Rejects with the server's
   * refusal; with `Unreachable` (or why no server could) if patience ends, or if one server after the other breaks the
   * connection on being sent it; with `Indeterminate` if a change has been sent and it cannot be found out any more
   * whether it happened; with `Closed`.
   */
  async ask<K extends RequestName>(name: K, request: RequestOf<K>, patienceMs: number): Promise<Values[K]> {
    const deadline = Date.now() + patienceMs;
    const isChange = 'tag' in request || name === 'account.create';
    let failure = new ChatError('Unreachable', 'no server answers');
    let uncertain = false;
    let broken = 0;
    for (;;) {
      const link = await this.#ready(deadline - Date.now());
      if (!link) throw uncertain && isChange ? fateUnknown() : failure;
      const attempt = () => this.#attempt(link, name, request);
      const reply = await (broken === 0 ? attempt() : this.#alone(link, attempt));
      if (reply === 'not sent') continue;
      if (reply === 'broken') {
        if (++broken === MOST_BROKEN) throw isChange ? fateUnknown() : breaksConnections();
        uncertain = true;
        continue;
      }
      broken = 0;
      if (reply.ok) return reply.value;
      uncertain ||= reply.code === 'Indeterminate';
      failure = new ChatError(reply.code, reply.message);
      if (reply.code === 'Overloaded') await this.#sleep(OVERLOADED_WAIT_MS);
      else if (reply.code !== 'NoLeader' && reply.code !== 'Indeterminate') {
        const forgotten = reply.code === 'SessionExpired' || reply.code === 'NotLoggedIn';
        throw uncertain && forgotten && isChange ? fateUnknown() : failure;
      }
    }
  }

  /** Resolves once there is a link; false if there is none within `timeoutMs`. Rejects with `Closed`. */
  async connected(timeoutMs: number): Promise<boolean> {
    return (await this.#ready(timeoutMs)) !== undefined;
  }

  /** Ends the connection; whatever waits for an answer is rejected with `Closed`. */
  close(): void {
    this.#closed = true;
    this.#link?.drop('was left');
    wakeAll(this.#waiting);
    wakeAll(this.#sleeping);
    this.#options.onState({ status: 'closed' });
  }

  /** One try: `broken` if the link ended before the answer. A server that finds no leader is left for the next. */
  async #attempt<K extends RequestName>(
    link: Link,
    name: K,
    request: RequestOf<K>,
  ): Promise<Reply<Values[K]> | 'broken'> {
    try {
      const reply = await this.#answered(link, link.request(name, request, REPLY_TIMEOUT_MS));
      this.learn(reply);
      link.served ||= reply.ok;
      if (reply.ok) return reply;
      if (reply.code === 'NoLeader') this.#leave(link, 'finds no leader');
      else if (reply.code === 'Indeterminate') this.#leave(link, 'lost touch with the leader');
      return reply;
    } catch (error) {
      if (error instanceof LinkLost) {
        this.#leave(link, 'stopped answering');
        return 'broken';
      }
      throw error;
    }
  }

  /**
   * Waits for an answer as long as the server shows signs of life. A process that stands still keeps its connections open;
   * one that is merely busy with the request answers the question in between.
   */
  async #answered<T>(link: Link, answer: Promise<T>): Promise<T> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async () => {
      // Without an answer in time the link is dropped, and the request with it.
      await link.request('cluster', {}, SIGN_OF_LIFE_MS).catch(() => {});
      if (timer !== undefined && link.up) timer = setTimeout(look, SILENCE_MS);
    };
    timer = setTimeout(look, SILENCE_MS);
    try {
      return await answer;
    } finally {
      clearTimeout(timer);
      timer = undefined;
    }
  }

  /**
   * A try of a request over which a link has ended: it may be to blame, so such requests take turns, and are sent over a
   * link only that holds without them.
   */
  #alone<T>(link: Link, attempt: () => Promise<T>): Promise<T | 'not sent'> {
    const turn = this.#turn.then(async () => {
      const holds = await link.request('cluster', {}, HEARTBEAT_MS).catch(() => undefined);
      if (holds !== undefined) return attempt();
      this.#leave(link, 'stopped answering');
      return 'not sent';
    });
    this.#turn = turn.catch(() => {});
    return turn;
  }

  /** Takes in what a server said of the cluster. */
  learn({ replicas, leader }: Cluster): void {
    this.#servers.learn(replicas);
    this.#options.onCluster({ replicas, leader });
  }

  #leave(link: Link, reason: string): void {
    if (this.#link === link) this.#link = undefined;
    link.drop(reason);
  }

  async #ready(timeoutMs: number): Promise<Link | undefined> {
    if (!this.#link && !this.#closed && timeoutMs > 0) await pause(this.#waiting, timeoutMs);
    if (this.#closed) throw new ChatError('Closed', 'the chat client was closed');
    return timeoutMs > 0 ? this.#link : undefined;
  }

  /** The life of the connection: one server after the other. */
  async #run(): Promise<void> {
    let failures = 0;
    while (!this.#closed) {
      this.#options.onState({ status: 'connecting', lost: this.#lost });
      const patienceMs = WELCOME_TIMEOUT_MS[failures < this.#servers.size ? 0 : 1];
      const link = await this.#open(patienceMs);
      if (link) await this.#use(link);
      failures = link?.lasted ? 0 : failures + 1;
      // One that was of use and then ended makes the next wait, but not for long.
      if (link?.served) failures = Math.min(failures, this.#servers.size);
      // The first round over all servers goes without waiting.
      const round = Math.floor(failures / this.#servers.size);
      if (round > 0)
        await this.#sleep(Math.min(BACKOFF_MS * 2 ** round, BACKOFF_MAX_MS) * (0.5 + Math.random() / 2));
    }
  }

  /** A link to the next server, or to the one after it if that is sooner. Undefined if there is none within `patienceMs`. */
  async #open(patienceMs: number): Promise<Link | undefined> {
    const first = Link.open(this.#servers.next(), patienceMs);
    const slow = pause(this.#sleeping, SLOW_WELCOME_MS).then(() => 'slow' as const);
    const soon = await Promise.race([first, slow]).catch(() => undefined);
    if (soon !== 'slow' || this.#servers.size === 1) return first.catch(() => undefined);
    const both = [first, Link.open(this.#servers.next(), patienceMs)];
    const link = await Promise.any(both).catch(() => undefined);
    for (const one of both) void one.then((other) => other !== link && other.drop('was left'), ignore);
    return link;
  }

  async #use(link: Link): Promise<void> {
    this.#servers.reached(link.server);
    this.learn(link.hello);
    try {
      await this.#options.prepare(link);
    } catch {
      link.drop('could not take over');
    }
    if (this.#closed) link.drop('was left');
    if (link.up) {
      this.#link = link;
      this.#options.onState({ status: 'connected', server: link.server, lost: this.#lost });
      wakeAll(this.#waiting);
      this.#watch(link);
    }
    const reason = await link.ended;
    if (this.#link === link) this.#link = undefined;
    this.#lost = { server: link.server, reason };
  }

  /** A server that hangs, or a network that swallows everything, closes no connection: ask now and then. */
  #watch(link: Link): void {
    const look = async () => {
      const reply = await link.request('cluster', {}, HEARTBEAT_MS).catch(() => undefined);
      if (reply) this.learn(reply);
      if (link.up) timer = setTimeout(look, HEARTBEAT_MS);
    };
    let timer = setTimeout(look, HEARTBEAT_MS);
    void link.ended.then(() => clearTimeout(timer));
  }

  #sleep(ms: number): Promise<void> {
    return this.#closed ? Promise.resolve() : pause(this.#sleeping, ms);
  }
}

function ignore(): void {}

/** Resolves after `ms`, or as soon as all in `pauses` are woken. */
function pause(pauses: Set<() => void>, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      clearTimeout(timer);
      pauses.delete(wake);
      resolve();
    };
    // An unlimited wait needs no timer (and timers end at 2^31 ms).
    const timer = Number.isFinite(ms) ? setTimeout(wake, ms) : undefined;
    pauses.add(wake);
  });
}

function wakeAll(pauses: Set<() => void>): void {
  for (const wake of [...pauses]) wake();
}

const fateUnknown = () =>
  new ChatError('Indeterminate', 'the connection broke: this may or may not have happened');

const breaksConnections = () =>
  new ChatError('Unreachable', 'one server after the other broke the connection on being asked this');
