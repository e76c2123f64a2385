/**
 * The client library of replication, for programs in Node. Pages are refused: they would need the cluster's secret.
 *
 *     const client = await connectClient({ machine, servers: ['http://localhost:8081'], secret });
 *     const result = await client.submit(command);
 *
 * Calls made in one turn of the event loop travel as one batch, and batches do not wait for each other. When the
 * replica dies or finds no leader, the client tries the next one it knows and asks again what was not
 * answered, under the same sequence numbers of its session, so nothing happens twice. Commands of one client that
 * are under way at once may be applied in any order.
 *
 * A call that no replica would read is refused at once. A call that breaks connection after connection is found and
 * given up; those that were sent with it continue.
 */
import { checkSecret } from '../../vm/live/handshake.ts';
import { SessionWindow } from '../core/session-window.ts';
import { ReplicationError, type ReplicationErrorCode } from '../errors.ts';
import type { Consistency, ReplicaStatus } from '../replication.ts';
import type { StateMachine } from '../state-machine.ts';
import { bytesOf, type Call, isSuspect, isToBlame, takeBatch } from './calls.ts';
import { Link } from './link.ts';
import type { ClientReply, ClientRequest } from './wire.ts';

/** Options; times in milliseconds. */
export interface ClientOptions {
  /** The cluster's secret, where it has one. */
  readonly secret?: string | undefined;
  /** How long a call is tried before it fails. Default: 15,000. */
  readonly deadlineMs?: number;
  /** Calls that may wait at once; more are refused as Overloaded. Default: 20,000. */
  readonly maxWaiting?: number;
}

/** Options for connecting. */
export interface ConnectOptions<C, R, Q, A> extends ClientOptions {
  /** Addresses to begin with, as `http://host:port`; the others are learned. */
  readonly servers: readonly string[];
  /** What the servers replicate: its types are the client's. */
  readonly machine: StateMachine<C, R, Q, A>;
}

/** A client of servers that replicate `machine`. Rejects as `ReplicationClient.connect` does. */
export function connectClient<C, R, Q, A>({
  servers,
  machine: _,
  ...options
}: ConnectOptions<C, R, Q, A>): Promise<ReplicationClient<C, R, Q, A>> {
  return ReplicationClient.connect(servers, options);
}

/** How long one attempt may take before another replica is tried. */
const ATTEMPT_MS = 6_000;
const CONNECT_MS = 2_000;
/** The pause before asking again, in milliseconds. */
const RETRY_MS = 50;
/** The longest pause before connecting again, in milliseconds: it doubles with each failed round over all replicas. */
const LONGEST_PAUSE_MS = 800;

/** A client of a replicated state machine with commands `C`, results `R`, queries `Q` and answers `A`. */
export class ReplicationClient<C, R, Q, A> {
  readonly #options: Required<Omit<ClientOptions, 'secret'>> & { readonly secret: string | undefined };
  #urls: string[];
  #queue: Call[] = [];
  #waiting = 0;
  #scheduled = false;
  #connecting = false;
  #link: Link | undefined;
  #session: Promise<SessionWindow> | undefined;
  /** Whether calls that may break the connection are under way: one batch of them at a time. */
  #trying = false;
  /** Connections in a row that were not made, or ended without an answer. */
  #failures = 0;
  #lastFailure = 'not connected yet';
  #closed = false;

  /** A client connected to one of `servers` (`http://host:port`). Rejects with `NoLeader` if none answers in time, with a `LiveError` if the secret is empty. */
  static async connect<C, R, Q, A>(
    servers: readonly string[],
    options: ClientOptions = {},
  ): Promise<ReplicationClient<C, R, Q, A>> {
    const client = new ReplicationClient<C, R, Q, A>(servers, options);
    try {
      await client.status();
      return client;
    } catch (error) {
      client.close();
      throw error;
    }
  }

  private constructor(servers: readonly string[], options: ClientOptions) {
    checkSecret(options.secret);
    this.#urls = [...servers];
    this.#options = { deadlineMs: 15_000, maxWaiting: 20_000, secret: undefined, ...options };
  }

  /** Resolves with the command's result once it is committed and applied. Rejects with a `ReplicationError`. */
  async submit(command: C): Promise<R> {
    this.#session ??= this.#openSession();
    const session = this.#session;
    const window = await session;
    if (window.isFull) throw new ReplicationError('Overloaded', 'too many commands wait for their results');
    const sequence = window.take();
    try {
      const request = () => ({ type: 'submit' as const, command, tag: window.tag(sequence) });
      return (await this.#call(request)) as R;
    } catch (error) {
      const { code } = error as ReplicationError;
      if ((code === 'SessionExpired' || code === 'Indeterminate') && this.#session === session) {
        this.#session = undefined;
      }
      throw error;
    } finally {
      window.answered(sequence);
    }
  }

  /** Answers a query from the replicated state. */
  async read(
    query: Q,
    { consistency = 'linearizable' }: { readonly consistency?: Consistency } = {},
  ): Promise<A> {
    return (await this.#call(() => ({ type: 'read', query, consistency }))) as A;
  }

  /** The status of the replica that this client is connected to. */
  async status(): Promise<ReplicaStatus> {
    return (await this.#call(() => ({ type: 'status' }))) as ReplicaStatus;
  }

  /** Ends the client. Calls without an answer are rejected as `Indeterminate`. */
  close(): void {
    this.#closed = true;
    this.#link?.close();
    for (const call of this.#queue.splice(0)) this.#fail(call);
  }

  async #openSession(): Promise<SessionWindow> {
    try {
      return new SessionWindow((await this.#call(() => ({ type: 'open-session' }))) as string);
    } catch (error) {
      this.#session = undefined;
      throw error;
    }
  }

  async #call(request: () => ClientRequest): Promise<unknown> {
    if (this.#closed) throw new ReplicationError('Rejected', 'the client is closed');
    if (this.#waiting >= this.#options.maxWaiting) {
      throw new ReplicationError('Overloaded', `${this.#waiting} calls are waiting already`);
    }
    const bytes = bytesOf(request());
    this.#waiting++;
    return new Promise((resolve, reject) => {
      const deadline = performance.now() + this.#options.deadlineMs;
      this.#enqueue([{ request, bytes, deadline, attempts: 0, broken: 0, resolve, reject }]);
    });
  }

  #enqueue(calls: readonly Call[]): void {
    this.#queue.push(...calls);
    if (this.#scheduled) return;
    this.#scheduled = true;
    // At the end of this turn of the event loop.
    setImmediate(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  /** Sends the calls collected, if there is a connection. */
  #flush(): void {
    if (this.#queue.length === 0) return;
    if (this.#closed) for (const call of this.#queue.splice(0)) this.#fail(call);
    else if (this.#link === undefined) void this.#connect();
    else this.#sendAll(this.#link);
  }

  /** Sends all but suspects, and of those one batch at a time. */
  #sendAll(link: Link): void {
    const suspects = this.#queue.filter(isSuspect);
    const others = suspects.length === 0 ? this.#queue : this.#queue.filter((call) => !isSuspect(call));
    this.#queue = suspects;
    while (others.length > 0) void this.#send(link, takeBatch(others));
    if (this.#trying || suspects.length === 0) return;
    this.#trying = true;
    void this.#send(link, takeBatch(this.#queue)).finally(() => {
      this.#trying = false;
      this.#flush();
    });
  }

  async #send(link: Link, calls: readonly Call[]): Promise<void> {
    for (const call of calls) call.attempts++;
    let reply: ClientReply;
    try {
      reply = await link.request(
        calls.map(({ request }) => request()),
        ATTEMPT_MS,
      );
    } catch (error) {
      this.#leave(link, (error as Error).message);
      if (link.broken) for (const call of calls) call.broken++;
      const guilty = link.broken ? calls.find((call) => isToBlame(call, calls.length)) : undefined;
      if (guilty !== undefined)
        this.#fail(guilty, 'one replica after another broke the connection when it was sent');
      // Another replica can be asked at once.
      else this.#again(calls, 0);
      return;
    }
    this.#failures = 0;
    for (const call of calls) call.broken = 0;
    for (const { url } of reply.replicas) if (!this.#urls.includes(url)) this.#urls.push(url);
    const again = calls.filter((call, i) => !this.#settle(call, reply.outcomes[i]));
    if (again.length === 0) return;
    if (reply.outcomes.some((outcome) => !outcome.ok && outcome.code === 'NoLeader')) {
      this.#leave(link, `${link.url}: no leader is known there`);
    }
    this.#again(again);
  }

  /** Answers the caller, unless the outcome is one that asking again may change. */
  #settle(call: Call, outcome: ClientReply['outcomes'][number] | undefined): boolean {
    if (outcome?.ok) {
      this.#waiting--;
      call.resolve(outcome.value);
      return true;
    }
    const code = outcome?.code as ReplicationErrorCode | undefined;
    if (code === 'NoLeader' || code === 'Overloaded') call.attempts--;
    if (code !== 'Rejected' && code !== 'SessionExpired') return false;
    this.#waiting--;
    // An expired session says that this attempt did nothing. An earlier one may have.
    if (code === 'SessionExpired' && call.attempts > 1) {
      const message = 'the session expired between two attempts; the first may have happened';
      call.reject(new ReplicationError('Indeterminate', message));
    } else call.reject(new ReplicationError(code, outcome!.message));
    return true;
  }

  /** Asks again after a pause, unless the call's time is over. */
  #again(calls: readonly Call[], pauseMs = RETRY_MS): void {
    const now = this.#closed ? Number.POSITIVE_INFINITY : performance.now();
    for (const call of calls) if (call.deadline <= now) this.#fail(call);
    const rest = calls.filter(({ deadline }) => deadline > now);
    if (rest.length > 0) setTimeout(() => this.#enqueue(rest), pauseMs);
  }

  /** There will be no answer: time is over, the client is closed, or the call itself is the cause. */
  #fail({ request, attempts, reject }: Call, why?: string): void {
    this.#waiting--;
    if (attempts > 0 && request().type === 'submit') {
      const message = `${why ?? 'no answer in time'}; it may have happened (${this.#lastFailure})`;
      reject(new ReplicationError('Indeterminate', message));
    } else {
      const message = `${why ?? 'no replica could answer in time'} (${this.#lastFailure})`;
      reject(new ReplicationError('NoLeader', message));
    }
  }

  /** Gives up a connection; its calls are sent again over another. */
  #leave(link: Link, why: string): void {
    this.#lastFailure = why;
    if (this.#link === link) this.#link = undefined;
    link.close();
  }

  /** Tries one replica after another, until one answers or nobody waits any more. */
  async #connect(): Promise<void> {
    if (this.#connecting) return;
    this.#connecting = true;
    while (!this.#closed && this.#link === undefined && this.#queue.length > 0) {
      await this.#pause();
      const url = this.#urls.shift()!;
      this.#urls.push(url);
      try {
        const link = await Link.open(url, { secret: this.#options.secret }, CONNECT_MS);
        this.#link = link;
        void link.ended.then(() => {
          if (!link.served) this.#failures++;
          this.#leave(link, `${url}: the connection ended`);
        });
      } catch (error) {
        this.#failures++;
        this.#lastFailure = (error as Error).message;
        this.#expire();
      }
    }
    this.#connecting = false;
    this.#flush();
  }

  /** The first round over all replicas goes without waiting. */
  async #pause(): Promise<void> {
    const round = Math.floor(this.#failures / this.#urls.length);
    if (round === 0) return;
    const ms = Math.min(RETRY_MS * 2 ** (round - 1), LONGEST_PAUSE_MS) * (0.5 + Math.random() / 2);
    await new Promise((resolve) => setTimeout(resolve, ms));
    this.#expire();
  }

  #expire(): void {
    const now = performance.now();
    const late = this.#queue.filter(({ deadline }) => deadline <= now);
    this.#queue = this.#queue.filter(({ deadline }) => deadline > now);
    for (const call of late) this.#fail(call);
  }
}
