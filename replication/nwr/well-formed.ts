/** Whether what a peer sent is a message of this protocol: checked before anything else. */

import { isCount, isFields, isListOf, isToken, isUpTo } from '../core/forms.ts';
import { isPlain } from '../core/plain.ts';
import { isKey } from '../ordering/well-formed.ts';
import type { NwrMessage, NwrState } from './state.ts';

/** How far ahead of this machine's own clock a number may be. */
const LEAD = 2 ** 32;

/**
 * Whether `value` is a message that a machine in `state` can handle. Changes nothing, never throws.
 */
export function isNwrMessage(value: unknown, state: NwrState): value is NwrMessage {
  if (!isFields(value)) return false;
  const isNumber = (number: unknown) => isUpTo(number, state.clock + LEAD);
  const areItems = (items: unknown) => isListOf(items, (item) => isItem(item, isNumber));
  switch (value.type) {
    case 'Get':
      return isToken(value.id) && isListOf(value.ranges, (range) => isPairOf(range, isKey, isKey));
    case 'Got':
      return isToken(value.id) && areItems(value.items);
    case 'Put':
      return (
        (value.id === '' || isToken(value.id)) && areItems(value.items) && isListOf(value.hints, isToken)
      );
    case 'PutDone':
      return isToken(value.id);
    case 'Spread':
      return (
        isKey(value.from) &&
        (value.to === undefined || isKey(value.to)) &&
        isListOf(value.names, (pair) => isPairOf(pair, isKey, (name) => typeof name === 'string'))
      );
    case 'SpreadReply':
      return areItems(value.items) && isListOf(value.wants, isKey);
    default:
      return false;
  }
}

type Form = (value: unknown) => boolean;

function isPairOf(value: unknown, isFirst: Form, isSecond: Form): boolean {
  return Array.isArray(value) && value.length === 2 && isFirst(value[0]) && isSecond(value[1]);
}

function isItem(item: unknown, isNumber: Form): boolean {
  return isPairOf(item, isKey, (versions) => isListOf(versions, (one) => isSibling(one, isNumber)));
}

function isSibling(value: unknown, isNumber: Form): boolean {
  if (!isFields(value) || !isToken(value.by) || !isNumber(value.at) || !isFields(value.past)) return false;
  if (!Object.entries(value.past).every(([by, at]) => isToken(by) && isCount(at))) return false;
  return (value.gone === undefined || value.gone === true) && isPlain(value.value);
}
