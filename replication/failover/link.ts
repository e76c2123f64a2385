/**
 * One Socket.IO connection to one server, from its welcome to its end. It is never mended: another
 * takes its place.
 *
 * A process that is paused, or a network that swallows everything, closes no connection. So a link
 * asks for a sign of life when nothing is heard, and ends without one.
 */
import type { Socket } from 'socket.io-client';
import type { ClientReply, Cluster } from './wire.ts';

/**
 * What clients and servers of one kind say to each other, over Socket.IO, and how clients say that
 * something failed.
 */
export interface Wire<Request> {
  /**
   * Begins to connect to the server at `url`, `http://host:port`. The socket does not connect again
   * by itself.
   */
  readonly connect: (url: string) => Socket;
  /** Resolves once the server has welcomed this client. `server` is its id. */
  readonly welcome: (socket: Socket) => Promise<Cluster & { readonly server: string }>;
  /** Sends requests together, once. Rejects if the connection ends before the answer. */
  readonly send: (socket: Socket, batch: readonly Request[]) => Promise<ClientReply>;
  /** Asks for nothing but a sign of life. */
  readonly probe: Request;
  /** How much is sent together, at most. */
  readonly batch: { readonly requests: number; readonly bytes: number };
  /** Calls `send` once the calls of this turn of the event loop have gathered. */
  readonly gather: (send: () => void) => void;
  /**
   * Whether an error of the server speaks of one attempt only, and not of all of the same request.
   */
  readonly refusesAttempt: (code: string) => boolean;
  /**
   * The error that callers get. `code` is one of the server's; `Indeterminate` where a change may
   * have happened; `Unreachable` where no server answered in time, or each broke the connection;
   * `Closed`; or `BadRequest` where there is no address to begin with.
   */
  readonly error: (code: string, message: string) => Error;
}

/** A server as a client knows it: the replica's name and the address that reached it. */
export interface Served {
  readonly id: string;
  readonly url: string;
}

export interface LinkOptions<Request> {
  readonly wire: Wire<Request>;
  readonly url: string;
  /** Hears what the server says of the cluster, at first and with every answer. */
  readonly learn: (cluster: Cluster) => void;
}

/**
 * How long a server that shows signs of life may take to answer a request: longer than replicas
 * try.
 */
const REPLY_TIMEOUT_MS = 10_000;
/**
 * A server that says nothing for so long while it owes an answer is asked for a sign of life, and
 * given that long for it.
 */
const SILENCE_MS = 300;
const SIGN_OF_LIFE_MS = 700;
/**
 * On top of that comes a second for so many bytes that were sent and not answered: networks may be
 * slow.
 */
const BYTES_PER_SECOND = 64_000;
/** At last what has arrived is read, for so long: it may be this process that stood still. */
const LAST_LOOK_MS = 50;
/** An idle link is asked for a sign of life this often, and given as long for it. */
const HEARTBEAT_MS = 3_000;
/** A link that answers for so long after its welcome (ms) is one that lasts. */
const LASTING_MS = 1_000;

/**
 * The connection could not be made, or ended before the answer came: the request may or may not
 * have been carried out.
 */
export class LinkLost extends Error {}

/** A connection in use. */
export class Link<Request> {
  readonly server: Served;
  /** For what the server sends by itself. */
  readonly socket: Socket;
  /** Resolves with the reason, in words for people, once the link has ended: "r2 <reason>". */
  readonly ended: Promise<string>;
  /** Whether it was of use: a request was carried out over it, other than what prepared it. */
  served = false;
  /** Whether it has lasted: long after its welcome, the server still answered. */
  lasted = false;
  /** Whether this side ended it, though it held. */
  left = false;
  readonly #options: LinkOptions<Request>;
  readonly #welcomedMs = performance.now();
  #end: (reason: string) => void = () => {};
  /** What waits for its answer, and how many bytes that has. */
  readonly #waiting = new Set<Waiting>();
  #waitingBytes = 0;
  /** When something was heard last, or an answer came to be owed, by `performance.now()`. */
  #heardMs = performance.now();
  /**
   * One timer for all that is waited for: setting one for each request cost more than the request.
   */
  #timer: ReturnType<typeof setTimeout> | undefined;
  #dueMs = Number.POSITIVE_INFINITY;
  /** Whether the server was asked for a sign of life and has given none yet. */
  #isProbing = false;

  /**
   * Connects to a server. Rejects with a `LinkLost` that says why if there is no welcome within
   * `timeoutMs`.
   */
  static async open<Request>(options: LinkOptions<Request>, timeoutMs: number): Promise<Link<Request>> {
    const { wire, url } = options;
    const socket = wire.connect(url);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const failed = new Promise<never>((_, reject) => {
      const fail = (why: string) => reject(new LinkLost(`${url}: ${why}`));
      timer = setTimeout(fail, timeoutMs, 'no answer');
      socket.once('connect_error', ({ message }) =>
        fail(message === 'websocket error' ? 'no answer' : message),
      );
      socket.once('disconnect', () => fail('the connection ended'));
    });
    try {
      const { server, ...cluster } = await Promise.race([wire.welcome(socket), failed]);
      options.learn(cluster);
      return new Link(options, socket, server);
    } catch (error) {
      socket.disconnect();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  private constructor(options: LinkOptions<Request>, socket: Socket, id: string) {
    this.#options = options;
    this.socket = socket;
    this.server = { id, url: options.url };
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    socket.once('disconnect', () => this.drop('stopped answering'));
    if (this.up) this.#lookWithin(HEARTBEAT_MS);
    else this.drop('stopped answering');
  }

  get up(): boolean {
    return this.socket.connected;
  }

  /**
   * Sends requests together, once; they have about so many bytes. Rejects with a `LinkLost` if the
   * link ends.
   */
  request(batch: readonly Request[], bytes = 0): Promise<ClientReply> {
    return this.#send(batch, REPLY_TIMEOUT_MS, bytes);
  }

  /** Ends the link, for a reason to show to people. */
  drop(reason: string): void {
    clearTimeout(this.#timer);
    this.#end(reason);
    this.socket.disconnect();
  }

  /** Ends the link by choice: what is under way over it has not broken it. */
  leave(reason: string): void {
    this.left ||= this.up;
    this.drop(reason);
  }

  #send(batch: readonly Request[], timeoutMs: number, bytes = 0): Promise<ClientReply> {
    if (!this.up) return Promise.reject(new LinkLost(`${this.server.url}: the connection ended`));
    this.#waitingBytes += bytes;
    const now = performance.now();
    if (this.#waiting.size === 0) this.#heardMs = now;
    const slownessMs = 1_000 * Math.floor(this.#waitingBytes / BYTES_PER_SECOND);
    const waiting = { untilMs: now + timeoutMs + slownessMs, isOverdue: false };
    this.#waiting.add(waiting);
    this.#lookWithin(Math.min(SILENCE_MS, timeoutMs));
    const answered = () => {
      this.#waiting.delete(waiting);
      this.#waitingBytes -= bytes;
    };
    const lost = () => {
      this.drop('stopped answering');
      throw new LinkLost(`${this.server.url}: no answer`);
    };
    return this.#options.wire.send(this.socket, batch).then(
      (reply) => {
        answered();
        if (!Array.isArray(reply?.outcomes)) return lost();
        this.#heard(reply);
        return reply;
      },
      () => {
        answered();
        return lost();
      },
    );
  }

  #heard({ outcomes, cluster }: ClientReply): void {
    this.#heardMs = performance.now();
    this.lasted ||= this.#heardMs - this.#welcomedMs >= LASTING_MS && outcomes.some((outcome) => outcome?.ok);
    if (cluster) this.#options.learn(cluster);
  }

  /** Looks in so many milliseconds, or before, whether what is owed has come. */
  #lookWithin(ms: number): void {
    const dueMs = performance.now() + ms;
    if (dueMs >= this.#dueMs || !this.up) return;
    clearTimeout(this.#timer);
    this.#dueMs = dueMs;
    this.#timer = setTimeout(() => this.#look(), ms);
  }

  /** Gives up a server that is late, and asks one that says nothing for a sign of life. */
  #look(): void {
    this.#dueMs = Number.POSITIVE_INFINITY;
    const now = performance.now();
    let nextMs = Number.POSITIVE_INFINITY;
    for (const waiting of this.#waiting) {
      if (now < waiting.untilMs) nextMs = Math.min(nextMs, waiting.untilMs - now);
      else if (waiting.isOverdue) {
        this.drop('stopped answering');
        return;
      } else {
        waiting.isOverdue = true;
        waiting.untilMs = now + LAST_LOOK_MS;
        nextMs = Math.min(nextMs, LAST_LOOK_MS);
      }
    }
    const [silenceMs, answerTimeoutMs] =
      this.#waiting.size > 0 ? [SILENCE_MS, SIGN_OF_LIFE_MS] : [HEARTBEAT_MS, HEARTBEAT_MS];
    const silentMs = now - this.#heardMs;
    if (silentMs >= silenceMs && !this.#isProbing) void this.#probe(answerTimeoutMs);
    this.#lookWithin(Math.min(nextMs, Math.max(1, this.#isProbing ? silenceMs : silenceMs - silentMs)));
  }

  /** Without an answer in time the link is dropped, and the requests with it. */
  async #probe(timeoutMs: number): Promise<void> {
    this.#isProbing = true;
    await this.#send([this.#options.wire.probe], timeoutMs).catch(unlessLost);
    this.#isProbing = false;
  }
}

/** A request that was sent, and until when its answer is waited for. */
interface Waiting {
  untilMs: number;
  /** Whether that time is over, and only what has arrived already is still looked at. */
  isOverdue: boolean;
}

/** Throws what went wrong, unless it is that a link was lost. */
export function unlessLost(error: unknown): void {
  if (!(error instanceof LinkLost)) throw error;
}
