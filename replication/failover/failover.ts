/**
 * The client that survives its server: a call is tried, over one server after the other, until it
 * is answered. That is safe because requests only read, or carry a session tag under which they
 * happen once. Runs in Node and in browsers; what goes over the wire is the `Wire`'s business.
 *
 * Calls made in one turn of the event loop travel as one batch, if the wire has batches, and
 * batches do not wait for each other. A call over which connection after connection breaks is found
 * and given up, and those that were sent with it go on.
 */
import type { Outcome } from '../../vm/index.ts';
import { fateOf } from '../core/fate.ts';
import { type Asked, Call, takeBatch } from './calls.ts';
import { Connection, type ConnectionOptions } from './connection.ts';
import { type Link, unlessLost, type Wire } from './link.ts';
import type { ClientReply } from './wire.ts';

/** The pause before a server is asked again that has too much to do. */
const OVERLOADED_WAIT_MS = 100;
/** How often deadlines are checked. */
const EXPIRY_MS = 100;

const CLOSED = 'the client was closed';
const BREAKS = 'each server broke the connection on being sent this';
const NO_OUTCOME = { ok: false, code: 'Indeterminate', message: 'no answer' } as const;

/** A client: its calls, and its connection to one server at a time. */
export class Failover<Request> {
  readonly #wire: Wire<Request>;
  readonly #connection: Connection<Request>;
  /** All calls without an answer, and those of them that wait to be sent. */
  readonly #calls = new Set<Call<Request>>();
  #queue: Call<Request>[] = [];
  #isGathering = false;
  /** Whether calls that may break the connection are under way: one batch of them at a time. */
  #isTrying = false;
  #closed = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * Begins to look for a server. Throws a `BadRequest` if there is no address of one to begin with.
   */
  constructor(options: ConnectionOptions<Request>) {
    this.#wire = options.wire;
    try {
      this.#connection = new Connection(options, () => this.#sendQueued());
    } catch (error) {
      throw options.wire.error('BadRequest', (error as Error).message);
    }
  }

  /**
   * Sends a request, over as many servers as it takes, until its deadline. Resolves with the
   * answer. Rejects with the server's refusal; with why no server could, or `Unreachable`; with
   * `Indeterminate` if a change has been sent and it cannot be found out any more whether it
   * happened; or with `Closed`.
   */
  ask(asked: Asked<Request>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const call = new Call(asked, resolve, reject);
      this.#calls.add(call);
      if (this.#closed) return this.#giveUp(call, 'Closed', CLOSED);
      this.#timer ??= setTimeout(() => this.#expire(), EXPIRY_MS);
      this.#enqueue([call]);
    });
  }

  /**
   * Ends the client for good. What is unanswered is rejected: `Indeterminate` if it may have
   * happened, else `Closed`.
   */
  close(): void {
    this.#closed = true;
    this.#connection.close();
    for (const call of this.#calls) this.#giveUp(call, 'Closed', CLOSED);
  }

  #enqueue(calls: readonly Call<Request>[]): void {
    for (const call of calls) this.#queue.push(call);
    // A full batch leaves at once: while this turn makes the next one, the server works on it.
    if (this.#queue.length >= this.#wire.batch.requests) this.#sendQueued();
    if (this.#isGathering) return;
    this.#isGathering = true;
    this.#wire.gather(() => {
      this.#isGathering = false;
      this.#sendQueued();
    });
  }

  /**
   * Sends all that waits but what may break the connection, and of that one batch, once that before
   * it has ended.
   */
  #sendQueued(): void {
    const { link } = this.#connection;
    if (link === undefined) return;
    const calls = this.#queue.filter((call) => this.#calls.has(call));
    const suspects = calls.filter(({ isSuspect }) => isSuspect);
    const others = suspects.length === 0 ? calls : calls.filter(({ isSuspect }) => !isSuspect);
    this.#queue = suspects;
    while (others.length > 0) void this.#send(link, takeBatch(others, this.#wire.batch));
    if (this.#isTrying || suspects.length === 0) return;
    this.#isTrying = true;
    void this.#try(link, takeBatch(suspects, this.#wire.batch)).finally(() => {
      this.#isTrying = false;
      this.#sendQueued();
    });
  }

  /** Sends calls that may break the connection, if it holds without them. */
  async #try(link: Link<Request>, calls: readonly Call<Request>[]): Promise<void> {
    const sign = await link.request([this.#wire.probe]).catch(unlessLost);
    if (sign === undefined) this.#enqueue(calls);
    else await this.#send(link, calls);
  }

  async #send(link: Link<Request>, calls: readonly Call<Request>[]): Promise<void> {
    let bytes = 0;
    for (const call of calls) {
      call.attempts++;
      bytes += call.asked.bytes;
    }
    const batch = calls.map(({ asked }) => asked.request());
    const reply = await link.request(batch, bytes).catch(unlessLost);
    if (reply !== undefined) return this.#answered(link, calls, reply);
    if (!link.left)
      for (const call of calls) if (call.broke(calls.length === 1)) this.#giveUp(call, 'Unreachable', BREAKS);
    this.#enqueue(calls);
  }

  #answered(link: Link<Request>, calls: readonly Call<Request>[], reply: ClientReply): void {
    const again: Call<Request>[] = [];
    const later: Call<Request>[] = [];
    for (const [i, call] of calls.entries()) {
      call.held();
      const outcome = reply.outcomes[i] ?? NO_OUTCOME;
      if (outcome.ok) {
        link.served = true;
        if (this.#calls.delete(call)) call.resolve(outcome.value);
        continue;
      }
      const { code } = outcome;
      if (this.#wire.refusesAttempt(code)) call.attempts--;
      if (code === 'NoLeader' || code === 'Overloaded') call.refusal = outcome;
      if (code === 'Overloaded') later.push(call);
      else if (code === 'NoLeader' || code === 'Indeterminate') {
        again.push(call);
        link.leave(code === 'NoLeader' ? 'finds no leader' : 'lost touch with the leader');
      } else this.#refuse(call, outcome);
    }
    if (again.length > 0) this.#enqueue(again);
    if (later.length > 0) setTimeout(() => this.#enqueue(later), OVERLOADED_WAIT_MS);
  }

  /** The server's last word. */
  #refuse(call: Call<Request>, outcome: Outcome): void {
    const { error, refusesAttempt } = this.#wire;
    const fate = call.asked.isChange ? fateOf(outcome, call.attempts > 0, refusesAttempt) : outcome;
    if (!fate.ok && this.#calls.delete(call)) call.reject(error(fate.code, fate.message));
  }

  /** There will be no answer. */
  #giveUp(call: Call<Request>, code: string, why: string): void {
    const { error } = this.#wire;
    const isOpen = call.asked.isChange && call.attempts > 0;
    if (!this.#calls.delete(call)) return;
    call.reject(
      isOpen ? error('Indeterminate', `${why}; it may or may not have happened`) : error(code, why),
    );
  }

  /** Gives up what is late, and looks again while anything waits. */
  #expire(): void {
    const now = performance.now();
    const { failure } = this.#connection;
    const noAnswer = `no server answered in time${failure === undefined ? '' : ` (${failure})`}`;
    for (const call of this.#calls) {
      const { refusal } = call;
      if (call.asked.deadlineMs <= now)
        this.#giveUp(call, refusal?.code ?? 'Unreachable', refusal?.message ?? noAnswer);
    }
    this.#queue = this.#queue.filter((call) => this.#calls.has(call));
    this.#timer = this.#calls.size === 0 ? undefined : setTimeout(() => this.#expire(), EXPIRY_MS);
  }
}
