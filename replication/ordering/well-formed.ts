/**
 * Whether what a peer sent is one of the messages of `messages.ts`: checked for every message
 * before anything else. About form, not truth: replicas trust each other that well-formed messages
 * are true.
 */
import { commandsOf } from '../core/batch.ts';
import { type Fields, isBoolean, isCount, isFields, isListOf, isToken, isUpTo } from '../core/forms.ts';
import { isBatch, isPlain } from '../core/plain.ts';
import { lastIndex } from './log.ts';
import type { OrderingMessage, RequestBody } from './messages.ts';
import type { OrderingState } from './state.ts';

/** How far ahead of this replica's own an index may be. */
const LEAD = 2 ** 32;
const MAX_KEY = 1_977;

/**
 * Whether `value` is a message that a replica in `state` can handle. Changes nothing, never throws.
 */
export function isOrderingMessage(value: unknown, state: OrderingState): value is OrderingMessage {
  if (!isFields(value)) return false;
  const isIndex = (index: unknown) => isUpTo(index, lastIndex(state.log) + LEAD);
  switch (value.type) {
    case 'Update':
      return (
        isOfLeadership(value) &&
        isPosition(value.prev, isIndex) &&
        isListOf(value.entries, isFields) &&
        value.entries.every((entry, i) => isEntry(entry as Fields, (value.prev as Fields).index, i)) &&
        isIndex(value.commit) &&
        isToken(value.by) &&
        isIndex(value.last) &&
        isBoolean(value.counted)
      );
    case 'Updated':
      return isOfLeadership(value) && isBoolean(value.ok) && isPosition(value, isIndex) && isAnswer(value);
    case 'Copy':
      return (
        isOfLeadership(value) &&
        isPosition(value.to, isIndex) &&
        isCount((value.to as Fields).term) &&
        isKey(value.from) &&
        isListOf(value.pairs, isPair) &&
        (value.next === undefined || isKey(value.next))
      );
    case 'Copied':
      return (
        isOfLeadership(value) &&
        isIndex(value.index) &&
        (value.next === undefined || isKey(value.next)) &&
        isAnswer(value)
      );
    case 'Forward':
      return isToken(value.id) && isCount(value.attempt) && isRequestBody(value.body);
    case 'ForwardReply':
      return isToken(value.id) && isCount(value.attempt) && isReply(value, state);
    default:
      return false;
  }
}

function isOfLeadership({ epoch, round }: Fields): boolean {
  return isCount(epoch) && isCount(round);
}

function isAnswer({ recovering }: Fields): boolean {
  return recovering === undefined || isCount(recovering);
}

function isPosition(value: unknown, isIndex: (index: unknown) => boolean): boolean {
  return isFields(value) && isIndex(value.index) && (value.by === '' || isToken(value.by));
}

function isEntry(entry: Fields, prev: unknown, place: number): boolean {
  if (entry.index !== (prev as number) + 1 + place || !isCount(entry.term) || !isToken(entry.by))
    return false;
  const { data } = entry;
  if (!isFields(data)) return false;
  if (data.type === 'commands') return isListOf(data.batches, isBatch) && data.batches.length > 0;
  if (data.type === 'session') return isToken(data.nonce) && isOwner(data.owner);
  return data.type === 'noop';
}

/**
 * Whether a request may be passed on: what a replica takes from its own clients it must be able to.
 */
export function isRequestBody(body: unknown): body is RequestBody {
  if (!isFields(body)) return false;
  switch (body.type) {
    case 'submit':
      return isBatch(body.batch) && isBoolean(body.single);
    case 'open-session':
      return isToken(body.nonce) && isOwner(body.owner);
    case 'read':
      return isPlain(body.query);
    default:
      return false;
  }
}

function isOwner(owner: unknown): boolean {
  if (owner === undefined) return true;
  return isFields(owner) && isToken(owner.name) && !owner.name.includes('/') && isCount(owner.most);
}

/** Whether it can be the answer to what was asked; any form for something answered already. */
function isReply({ id, outcome }: Fields, state: OrderingState): boolean {
  if (!isOutcome(outcome)) return false;
  const { body } = state.requests.kept[id as string] ?? {};
  if (body?.type !== 'submit' || outcome.ok === false) return true;
  return isListOf(outcome.value, isOutcome) && outcome.value.length === commandsOf(body.batch).length;
}

function isOutcome(outcome: unknown): outcome is Fields {
  if (!isFields(outcome)) return false;
  if (outcome.ok === false) return isToken(outcome.code) && typeof outcome.message === 'string';
  return outcome.ok === true && isPlain(outcome.value);
}

function isPair(pair: unknown): boolean {
  return (
    Array.isArray(pair) && pair.length === 2 && isKey(pair[0]) && pair[1] !== undefined && isPlain(pair[1])
  );
}

/** Whether every store takes it as a key. */
export function isKey(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_KEY && !/\p{Surrogate}/u.test(value);
}
