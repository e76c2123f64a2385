/**
 * What the chat server does for each request. All it knows of replication is `submit` and `read`
 * (and that a client's changes run in a session).
 *
 * Reads for a request are linearizable, or by a lease. Only delivery reads what this replica has
 * applied: it may come late, but is never wrong (`follower.ts`).
 */
import type { RequestName } from '../wire.ts';
import { accountHandlers } from './account-requests.ts';
import { Backend, type HandlerOptions, type HandlersOf } from './handlers.ts';
import { messageHandlers } from './message-requests.ts';
import { roomHandlers } from './room-requests.ts';

/** A function for every request. */
export type Handlers = HandlersOf<RequestName>;

/** The handlers of a server on this replica. */
export function chatHandlers(options: HandlerOptions): Handlers {
  const backend = new Backend(options);
  return {
    ...accountHandlers(backend, options),
    ...messageHandlers(backend, options),
    ...roomHandlers(backend),
    cluster: async (_, { follower }) => {
      // A replica that installs a snapshot applies no single commands, so changes may be missed:
      // poll from time to time.
      follower?.wake();
      return {};
    },
  };
}
