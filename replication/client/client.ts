/**
 * The client library of replication, for programs in Node. Pages are refused: they would need the
 * cluster's secret.
 *
 *     const client = await connectClient({ machine, servers: ['http://localhost:8081'], secret });
 *     const result = await client.submit(command);
 *
 * It survives its replica (`failover.ts`): what was not answered is asked again elsewhere, under
 * the same sequence numbers of its session, so nothing happens twice. Commands of one client that
 * are under way at once may be applied in any order. A call that no replica would read is refused
 * at once.
 */
import { io, type Socket } from 'socket.io-client';
import { checkSecret, greetingHeaders } from '../../vm/live/index.ts';
import { RefusalReportingWebSocket } from '../../vm/live/server/index.ts';
import { refusesAttempt } from '../core/fate.ts';
import { ReplicationError, type ReplicationErrorCode } from '../errors.ts';
import { Failover } from '../failover/failover.ts';
import { LinkLost, type Wire } from '../failover/link.ts';
import { ClientSession } from '../failover/session.ts';
import {
  CLIENT_NAMESPACE,
  CLIENT_PATH,
  type ClientGreeting,
  type ClientReply,
  type ClientRequest,
  MAX_BATCH_BYTES,
  MAX_REQUEST_BYTES,
  pack,
  REQUESTS,
} from '../failover/wire.ts';
import type { Consistency, ReplicaStatus } from '../replication.ts';
import type { StateMachine } from '../state-machine.ts';
import { clientParser } from './client-parser.ts';

/** How a client behaves; times in milliseconds. */
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
  /** Addresses to try first, as `http://host:port`; the others are learned from the server. */
  readonly servers: readonly string[];
  /** The state machine that the servers replicate: the client takes its types from it. */
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

/**
 * A client of a replicated state machine with commands `C`, results `R`, queries `Q` and answers
 * `A`.
 */
export class ReplicationClient<C, R, Q, A> {
  readonly #failover: Failover<ClientRequest>;
  readonly #deadlineMs: number;
  readonly #maxWaiting: number;
  readonly #session = new ClientSession();
  #waiting = 0;
  #closed = false;

  /**
   * A client connected to one of `servers` (`http://host:port`). Rejects with `NoLeader` if none
   * answers in time, with `Rejected` if there is no such address, and with a `LiveError` if the
   * secret is empty.
   */
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

  private constructor(
    servers: readonly string[],
    { secret, deadlineMs = 15_000, maxWaiting = 20_000 }: ClientOptions,
  ) {
    this.#deadlineMs = deadlineMs;
    this.#maxWaiting = maxWaiting;
    this.#failover = new Failover({ servers, wire: clientWire(checkSecret(secret)) });
  }

  /**
   * Resolves with the command's result once it is committed and applied. Rejects with a
   * `ReplicationError`.
   */
  submit(command: C): Promise<R> {
    return this.#counted((deadlineMs) => {
      const text = textOf(command);
      const bytes = checkSize(Buffer.byteLength(text) + TAG_BYTES);
      return this.#session.run(
        () => this.#ask(() => ({ type: 'open-session' }), TAG_BYTES, deadlineMs) as Promise<string>,
        (tag) =>
          this.#ask(
            () => ({ type: 'submit', command: text, tag: tag() }),
            bytes,
            deadlineMs,
            true,
          ) as Promise<R>,
      );
    });
  }

  /** Answers a query from the replicated state. */
  read(query: Q, { consistency = 'linearizable' }: { readonly consistency?: Consistency } = {}): Promise<A> {
    return this.#counted((deadlineMs) => {
      const request = { type: 'read', query, consistency } as const;
      return this.#ask(
        () => request,
        checkSize(Buffer.byteLength(textOf(request))),
        deadlineMs,
      ) as Promise<A>;
    });
  }

  /** The status of the replica that this client is connected to. */
  status(): Promise<ReplicaStatus> {
    return this.#counted(
      (deadlineMs) => this.#ask(() => PROBE, TAG_BYTES, deadlineMs) as Promise<ReplicaStatus>,
    );
  }

  /**
   * Ends the client. Calls without an answer are rejected: commands that were sent as
   * `Indeterminate`.
   */
  close(): void {
    this.#closed = true;
    this.#failover.close();
  }

  /** Counts a call while it waits. All that it asks for has one deadline. */
  #counted<T>(act: (deadlineMs: number) => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new ReplicationError('Rejected', 'the client is closed'));
    if (this.#waiting >= this.#maxWaiting)
      return Promise.reject(new ReplicationError('Overloaded', `${this.#waiting} calls are waiting already`));
    this.#waiting++;
    const answered = () => void this.#waiting--;
    try {
      const answer = act(performance.now() + this.#deadlineMs);
      answer.then(answered, answered);
      return answer;
    } catch (error) {
      answered();
      return Promise.reject(error as Error);
    }
  }

  #ask(request: () => ClientRequest, bytes: number, deadlineMs: number, isChange = false): Promise<unknown> {
    return this.#failover.ask({ request, isChange, bytes, deadlineMs });
  }
}

/**
 * Requests in one frame, at most: with more, client and replicas would wait for each other instead
 * of working at the same time, and with fewer a frame would cost more than what is in it.
 */
const BATCH = 256;

/** About how many bytes a session tag and what is around a request take. */
const TAG_BYTES = 200;

const PROBE: ClientRequest = { type: 'status' };

/** What programs and replicas say to each other. */
function clientWire(secret: string | undefined): Wire<ClientRequest> {
  const send = (socket: Socket, batch: readonly ClientRequest[]) =>
    socket.emitWithAck(REQUESTS, pack(batch)) as Promise<ClientReply>;
  return {
    connect: (url): Socket =>
      io(new URL(CLIENT_NAMESPACE, url).href, {
        path: CLIENT_PATH,
        parser: clientParser,
        transports: [RefusalReportingWebSocket],
        reconnection: false,
        forceNew: true,
        extraHeaders: greetingHeaders({ secret } satisfies ClientGreeting),
      }),
    welcome: async (socket) => {
      await new Promise<void>((resolve) => socket.once('connect', resolve));
      const { outcomes, cluster } = await send(socket, [PROBE]);
      const status = outcomes[0]!;
      if (!status.ok) throw new LinkLost(status.message);
      return { server: (status.value as ReplicaStatus).id, ...(cluster ?? { replicas: [] }) };
    },
    send,
    probe: PROBE,
    batch: { requests: BATCH, bytes: MAX_BATCH_BYTES },
    gather: setImmediate,
    refusesAttempt: (code) => refusesAttempt(code) || code === 'Rejected',
    error: (code, message) =>
      new ReplicationError(CODES.get(code) ?? (code as ReplicationErrorCode), message),
  };
}

/** What the client finds by itself, in the words of replication. */
const CODES = new Map<string, ReplicationErrorCode>([
  ['Unreachable', 'NoLeader'],
  ['Closed', 'NoLeader'],
  ['BadRequest', 'Rejected'],
]);

/** In JSON. Throws `Rejected` where there is none of it. */
function textOf(value: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (error) {
    throw rejected(`this cannot be sent: ${(error as Error).message.split('\n', 1)[0]}`);
  }
  if (text === undefined) throw rejected('this cannot be sent: it is not plain data');
  return text;
}

/** Throws `Rejected` where no replica would read a request of so many bytes. */
function checkSize(bytes: number): number {
  if (bytes <= MAX_REQUEST_BYTES) return bytes;
  throw rejected(`a request has at most ${MAX_REQUEST_BYTES} bytes, and this has ${bytes}`);
}

function rejected(why: string): ReplicationError {
  return new ReplicationError('Rejected', why);
}
