/**
 * Bounds what one process holds for its WebSockets: the bytes that wait for a reader to take them,
 * and those of frames that have begun to arrive.
 *
 * A socket with too much waiting is not read from until its reader has caught up, so it cannot ask
 * for more. One that does not catch up is closed, with the reason in the close frame (RFC 6455,
 * code 1013). When all sockets together use too much, the address that uses the most loses sockets
 * until they do not.
 *
 * It works below namespaces, on the connection that they share, so it counts whatever leaves:
 * answers, refusals, events, and the pongs that a reader asks for with pings.
 */
import type { Socket as NetSocket } from 'node:net';
import type { Server, Socket } from 'socket.io';

/** A connection of Engine.IO, and the server of them. */
type Connection = Socket['conn'];
type Engine = Server['engine'];

export interface BudgetOptions {
  readonly pauseBytes: number;
  readonly closeBytes: number;
  readonly stallMs: number;
  readonly totalBytes: number;
  /** Who a connection is from. Default: the address of its socket. */
  readonly addressOf?: (request: Connection['request']) => string;
  /** Called for each connection that is closed, with the reason. */
  readonly onClosed?: (address: string, reason: string) => void;
}

/** How long a close frame may take to leave, in milliseconds. */
const CLOSE_MS = 2_000;
/** "Try again later" (IANA's registry of WebSocket close codes). */
const TRY_AGAIN_LATER = 1013;

const budgets = new WeakMap<Connection, SocketBudget>();

/**
 * Calls `done` once everything sent to `connection` so far has left this process, or never will.
 */
export function whenFlushed(connection: Connection, done: () => void): void {
  const budget = budgets.get(connection);
  if (budget) budget.whenFlushed(done);
  else done();
}

/**
 * Whether more waits for the reader of `connection` than should: nothing new is to be begun for it.
 */
export function isBehind(connection: Connection): boolean {
  return budgets.get(connection)?.isBehind ?? false;
}

/** All sockets of one process. */
export class SocketBudgets {
  readonly options: BudgetOptions;
  readonly #open = new Set<SocketBudget>();
  #held = 0;

  constructor(options: BudgetOptions) {
    this.options = options;
  }

  /**
   * Watches every connection that `engine` takes from now on. `binary`: whether they may send
   * binary frames.
   */
  watch(engine: Engine, binary = false): void {
    engine.on('connection', (connection: Connection) => {
      const budget = new SocketBudget(connection, this, binary);
      budgets.set(connection, budget);
      this.#open.add(budget);
      connection.request.socket.once('close', () => this.#forget(budget));
    });
  }

  /** How many connections there are, from `address` or from everywhere. */
  count(address?: string): number {
    if (address === undefined) return this.#open.size;
    let count = 0;
    for (const budget of this.#open) if (budget.address === address) count++;
    return count;
  }

  /** A socket holds so many bytes more, or less if it is negative. */
  grew(bytes: number): void {
    this.#held += bytes;
    if (bytes > 0 && this.#held > this.options.totalBytes) this.#shed();
  }

  /** Closes sockets until all together hold no more than the limit. */
  #shed(): void {
    // Those that are closing anyway go first.
    for (const budget of this.#open) {
      if (this.#held <= this.options.totalBytes) return;
      if (budget.isClosing) this.#drop(budget);
    }
    while (this.#held > this.options.totalBytes && this.#open.size > 0) {
      const budget = this.#heaviest();
      budget.close('the connections to this server use too much memory, and yours is among the largest');
      this.#drop(budget);
    }
  }

  #drop(budget: SocketBudget): void {
    this.#forget(budget);
    budget.destroy();
  }

  #forget(budget: SocketBudget): void {
    if (!this.#open.delete(budget)) return;
    this.#held -= budget.held;
    budget.end();
  }

  /** The socket that holds the most, of the address that holds the most. */
  #heaviest(): SocketBudget {
    const addresses = new Map<string, number>();
    for (const { address, held } of this.#open) addresses.set(address, (addresses.get(address) ?? 0) + held);
    const [worst] = [...addresses].reduce((a, b) => (b[1] > a[1] ? b : a));
    const theirs = [...this.#open].filter(({ address }) => address === worst);
    return theirs.reduce((a, b) => (b.held > a.held ? b : a));
  }
}

/** What one connection holds. */
class SocketBudget {
  readonly address: string;
  readonly #all: SocketBudgets;
  readonly #connection: Connection;
  readonly #socket: NetSocket;
  readonly #takesBinary: boolean;
  /** Bytes of packets that Engine.IO has not handed to the socket yet. */
  #queued = 0;
  /**
   * Packets made so far, of these how many the socket was handed, and of these how many have left.
   */
  #made = 0;
  #handed = 0;
  #left = 0;
  /** What the socket had received when the last whole packet was. */
  #receivedWhole = 0;
  readonly #waiting: { readonly packet: number; readonly done: () => void }[] = [];
  #stalled: NodeJS.Timeout | undefined;
  held = 0;
  isClosing = false;
  #ended = false;

  constructor(connection: Connection, all: SocketBudgets, binary: boolean) {
    this.#all = all;
    this.#takesBinary = binary;
    this.#connection = connection;
    this.#socket = connection.request.socket;
    this.address = all.options.addressOf?.(connection.request) ?? this.#socket.remoteAddress ?? '';
    this.#receivedWhole = this.#socket.bytesRead;
    connection.on('packetCreate', ({ data }: { data?: unknown }) => this.#packet(data));
    connection.on('flush', () => {
      this.#queued = 0;
      this.#handed = this.#made;
    });
    connection.transport.on('drain', () => this.#drained(this.#handed));
    connection.on('packet', ({ data }: { data?: unknown }) => this.#received(data));
    connection.on('close', () => this.#released());
    // Every connection begins as a WebSocket: no client of ours asks to change its transport.
    connection.on('upgrading', () => this.close('a connection cannot change its transport'));
    this.#socket.on('data', () => this.#look());
    this.#socket.on('drain', () => this.#look());
  }

  get isBehind(): boolean {
    return this.#stalled !== undefined || this.isClosing;
  }

  whenFlushed(done: () => void): void {
    if (this.#left >= this.#made || this.#connection.readyState === 'closed') done();
    else this.#waiting.push({ packet: this.#made, done });
  }

  /** Closes the connection, with a reason for the client if it still reads. */
  close(reason: string): void {
    if (this.isClosing) return;
    this.isClosing = true;
    this.#all.options.onClosed?.(this.address, reason);
    const webSocket = this.#webSocket;
    webSocket?.resume();
    webSocket?.close(TRY_AGAIN_LATER, reason);
    this.#connection.close(true);
    // A close frame behind so much would never be read.
    if (this.#socket.writableLength > this.#all.options.closeBytes / 4) this.destroy();
    else this.#stalled = setTimeout(() => this.destroy(), CLOSE_MS).unref();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** The socket is gone. */
  end(): void {
    this.#ended = true;
    clearTimeout(this.#stalled);
    this.#released();
  }

  get #webSocket() {
    return (this.#connection.request as WithWebSocket).websocket;
  }

  #packet(data: unknown): void {
    this.#made++;
    this.#queued += typeof data === 'string' || Buffer.isBuffer(data) ? data.length : 0;
    this.#look();
  }

  #received(data: unknown): void {
    this.#receivedWhole = this.#socket.bytesRead;
    // Where it is one part of several, it would be held until the last one arrives.
    if (data !== undefined && typeof data !== 'string' && !this.#takesBinary)
      this.close('only text frames are accepted');
  }

  #drained(packets: number): void {
    this.#left = packets;
    while (this.#waiting.length > 0 && this.#waiting[0]!.packet <= packets) this.#waiting.shift()!.done();
    this.#look();
  }

  /** Nothing more will leave: nobody waits for it. */
  #released(): void {
    for (const { done } of this.#waiting.splice(0)) done();
  }

  /** Counts what is held, and acts on it. */
  #look(): void {
    if (this.#ended) return;
    const { pauseBytes, closeBytes, stallMs } = this.#all.options;
    const waiting = this.#queued + this.#socket.writableLength;
    const grown = waiting + this.#socket.bytesRead - this.#receivedWhole - this.held;
    this.held += grown;
    this.#all.grew(grown);
    if (this.isClosing || this.#ended) return;
    // Engine.IO waits with closing until all has left, however long that takes.
    if (this.#connection.readyState === 'closing') this.close('it does not read what was sent to it');
    else if (waiting > closeBytes) this.close(`${mebibytes(waiting)} wait to be read`);
    else if (waiting > pauseBytes && this.#stalled === undefined) {
      this.#webSocket?.pause();
      this.#stalled = setTimeout(
        () => this.close(`over ${mebibytes(pauseBytes)} have waited for ${stallMs / 1000} s`),
        stallMs,
      ).unref();
    } else if (waiting <= pauseBytes / 2 && this.#stalled !== undefined) {
      clearTimeout(this.#stalled);
      this.#stalled = undefined;
      this.#webSocket?.resume();
    }
  }
}

/** Engine.IO keeps the WebSocket of a connection with its request. */
type WithWebSocket = Connection['request'] & {
  readonly websocket?: { pause(): void; resume(): void; close(code: number, reason: string): void };
};

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
