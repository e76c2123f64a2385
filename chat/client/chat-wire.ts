/**
 * How the chat's client talks to a server: the wire for the client that survives the loss of its
 * server (`replication/failover/failover.ts`).
 */
import { io, type Socket } from 'socket.io-client';
import { refusesAttempt } from '../../replication/core/index.ts';
import type { Wire } from '../../replication/failover/index.ts';
import { ChatError, type ChatErrorCode } from '../errors.ts';
import type { Reply, RequestName, RequestOf, ServerEvents } from '../wire.ts';

/** A request: its name and its contents. */
export type ChatRequest = {
  [K in RequestName]: { readonly name: K; readonly body: RequestOf<K> };
}[RequestName];

/**
 * Codes that say that this attempt did nothing, besides those of replication; an earlier attempt
 * may have. Refusals by the state machine are about all attempts.
 */
const OF_ONE_ATTEMPT = [
  ...['Rejected', 'NotLoggedIn', 'BadRequest', 'UnknownRequest', 'Internal'],
  // An earlier attempt may have changed the password.
  ...['WrongPassword', 'TooManyTries'],
];

export const chatWire: Wire<ChatRequest> = {
  connect: (url): Socket =>
    io(`${url}/chat`, { transports: ['websocket'], reconnection: false, forceNew: true }),
  welcome: (socket) =>
    new Promise<Parameters<ServerEvents['welcome']>[0]>((resolve) => socket.once('welcome', resolve)),
  send: async (socket, [request]) => {
    const { name, body } = request!;
    const { replicas, leader, leaderless, changing, ...outcome } = (await socket.emitWithAck(
      name,
      body,
    )) as Reply<unknown>;
    return { outcomes: [outcome], cluster: { replicas, leader, leaderless, changing } };
  },
  probe: { name: 'cluster', body: {} },
  batch: { requests: 1, bytes: Number.POSITIVE_INFINITY },
  gather: (send) => send(),
  refusesAttempt: (code) => refusesAttempt(code) || OF_ONE_ATTEMPT.includes(code),
  error: (code, message) => new ChatError(code as ChatErrorCode, message),
};
