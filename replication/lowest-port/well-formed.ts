/** Whether what a peer sent is a message of this protocol: checked before anything else. */

import { isFields, isListOf, isToken } from '../core/forms.ts';
import { isOrderingMessage } from '../ordering/well-formed.ts';
import { type LowestPortMessage, type LowestPortState, ROLES } from './state.ts';

/** The most servers that one may name at once. */
const MOST_KNOWN = 1_000;

/**
 * Whether `value` is a message that a server in `state` can handle. Changes nothing, never throws.
 */
export function isLowestPortMessage(value: unknown, state: LowestPortState): value is LowestPortMessage {
  if (!isFields(value)) return false;
  switch (value.type) {
    case 'AddConnect':
    case 'Connected':
      return isRole(value.role) && isListOf(value.known, isToken) && value.known.length <= MOST_KNOWN;
    case 'IsMaster':
    case 'IsMasterReply':
    case 'Heartbeat':
      return isRole(value.role);
    case 'Disconnect':
      return isRole(value.role) && isToken(value.peer);
    default:
      return isOrderingMessage(value, state);
  }
}

function isRole(role: unknown): boolean {
  return (ROLES as readonly unknown[]).includes(role);
}
