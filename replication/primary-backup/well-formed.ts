/** Whether what a peer sent is a message of this protocol: checked before anything else. */

import { isBoolean, isCount, isFields, isUpTo } from '../core/forms.ts';
import { isOrderingMessage } from '../ordering/well-formed.ts';
import type { PrimaryBackupMessage, PrimaryBackupState } from './state.ts';

/** How far ahead of this replica's own a term may be. */
const LEAD = 2 ** 32;

/**
 * Whether `value` is a message that a replica in `state` can handle. Changes nothing, never throws.
 */
export function isPrimaryBackupMessage(
  value: unknown,
  state: PrimaryBackupState,
): value is PrimaryBackupMessage {
  if (!isFields(value)) return false;
  const isTerm = (term: unknown) => isUpTo(term, state.hard.term + LEAD);
  switch (value.type) {
    case 'VoteRequest':
      return (
        isTerm(value.term) && isBoolean(value.trial) && isCount(value.lastIndex) && isCount(value.lastTerm)
      );
    case 'VoteReply':
      return isTerm(value.term) && isBoolean(value.trial) && isBoolean(value.granted);
    case 'NewTerm':
      return isTerm(value.term);
    case 'Recovered':
      return isTerm(value.term) && isCount(value.incarnation);
    default:
      return isOrderingMessage(value, state) && (!('epoch' in value) || isTerm(value.epoch));
  }
}
