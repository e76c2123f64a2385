/**
 * Limits for strangers at one server of a process: its connections, and the bytes it holds for
 * them.
 */
import type { Server as HttpServer, IncomingMessage } from 'node:http';
import type { Server } from 'socket.io';
import { clientAddress } from './address.ts';
import { Connections } from './connections.ts';
import { CONNECTION_LIMITS, SOCKET_LIMITS } from './limits.ts';
import { SocketBudgets } from './socket-budget.ts';

export interface GateOptions {
  /** Addresses of trusted proxies, which name the client in `X-Forwarded-For`. Default: none. */
  readonly proxies?: readonly string[] | undefined;
  /** Called with messages for the operator, a line each; frequent ones are summarised. */
  readonly onNotice: (line: string) => void;
}

/** How often closed connections are reported, in milliseconds. */
const NOTICE_MS = 10_000;

export interface Gate {
  /** The address of a request. */
  readonly addressOf: (request: IncomingMessage) => string;
  /** Decides about a client's handshake, now or when it is its turn: `refused` says why not. */
  readonly admit: (request: IncomingMessage, decide: (refused: string | undefined) => void) => void;
  /**
   * Watches what the connections of `io` hold, from now on. `binary`: whether they may send binary
   * frames.
   */
  readonly watch: (io: Server, options: { readonly binary: boolean }) => void;
  /** How many connections the watched servers have. */
  readonly clients: () => number;
}

/** The gate of an HTTP server. */
export function gateOf(http: HttpServer, { proxies = [], onNotice }: GateOptions): Gate {
  const trusted = new Set(proxies);
  const addressOf = (request: IncomingMessage) => clientAddress(request, trusted);
  const budgets = new SocketBudgets({ ...SOCKET_LIMITS, addressOf, onClosed: closedNotice(onNotice) });
  const connections = new Connections(http, {
    ...CONNECTION_LIMITS,
    addressOf,
    proxies: trusted,
    count: (address) => budgets.count(address),
  });
  const watched: Server[] = [];
  return {
    addressOf,
    admit: (request, decide) => connections.admit(request, decide),
    watch(io, { binary }) {
      budgets.watch(io.engine, binary);
      watched.push(io);
    },
    clients: () => watched.reduce((sum, io) => sum + io.engine.clientsCount, 0),
  };
}

/** Reports the first connection that was closed, and how many more there were since. */
function closedNotice(onNotice: (line: string) => void): (address: string, reason: string) => void {
  let quietUntil = 0;
  let untold = 0;
  return (address, reason) => {
    const now = Date.now();
    if (now < quietUntil) {
      untold++;
      return;
    }
    const others = untold > 0 ? ` (and ${untold} more before it)` : '';
    onNotice(`closed a connection from ${address}: ${reason}${others}`);
    quietUntil = now + NOTICE_MS;
    untold = 0;
  };
}
