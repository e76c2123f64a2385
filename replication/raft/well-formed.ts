/**
 * Whether what a peer sent is a message of Raft: checked for every message before anything else, so
 * by hand.
 *
 * This is about form, not truth. It rejects what no replica would send: fields that are missing or
 * of another type, text that cannot be a key, data nested too deeply, and numbers so far ahead of
 * this replica's own that one of them would exhaust the range of all later ones. Raft trusts its
 * peers that well-formed messages are true.
 */

import { MAX_KEY_BYTES } from '../../vm/index.ts';
import { type Fields, isBoolean, isCount, isFields, isListOf, isToken, isUpTo } from '../core/forms.ts';
import { isBatch, isPlain } from '../core/plain.ts';
import { lastIndex } from './log.ts';
import type { ForwardBody, RaftMessage } from './messages.ts';
import type { RaftState } from './state.ts';
import { isConfigurationEntry, isMembersChange } from './well-formed-members.ts';

/** How far ahead of this replica's own a term or index may be. */
const LEAD = 2 ** 32;
/** The most that a policy says. */
const MAX_POLICY = 100;

/**
 * Whether `value` is a message that a replica in `state` can handle. Changes nothing, never throws.
 */
export function isRaftMessage(value: unknown, state: RaftState): value is RaftMessage {
  if (!isFields(value) || !isUpTo(value.term, state.hard.term + LEAD)) return false;
  const isIndex = (index: unknown) => isUpTo(index, lastIndex(state.log) + LEAD);
  switch (value.type) {
    case 'RequestVote':
      return (
        isIndex(value.lastIndex) &&
        isUpTo(value.lastTerm, value.term) &&
        isBoolean(value.preVote) &&
        isBoolean(value.transfer)
      );
    case 'RequestVoteReply':
      return isBoolean(value.granted) && isBoolean(value.preVote);
    case 'AppendEntries':
      return (
        isIndex(value.prevIndex) &&
        isUpTo(value.prevTerm, value.term) &&
        isIndex(value.commit) &&
        (value.acknowledged === undefined || isIndex(value.acknowledged)) &&
        isCount(value.round) &&
        (value.quiet === undefined || value.quiet === true) &&
        areEntries(value.entries, value.prevIndex as number, value.prevTerm, value.term)
      );
    case 'AppendEntriesReply':
      return (
        isBoolean(value.success) &&
        isIndex(value.index) &&
        (value.hint === undefined || isHint(value.hint)) &&
        isCount(value.round) &&
        isIncarnation(value.recovering) &&
        (value.checked === undefined || isChecked(value.checked)) &&
        (value.drained === undefined || value.drained === true) &&
        !(value.success && isBeyondLog(state, value))
      );
    case 'InstallSnapshot':
      return (
        isIndex(value.index) &&
        isUpTo(value.lastTerm, value.term) &&
        isCount(value.page) &&
        isKey(value.from) &&
        isListOf(value.pairs, isPair) &&
        (value.next === undefined || isKey(value.next)) &&
        (value.same === undefined || isHeld(value.same)) &&
        isCount(value.round)
      );
    case 'InstallSnapshotReply':
      return (
        isIndex(value.index) &&
        isCount(value.page) &&
        (value.next === undefined || isKey(value.next)) &&
        isListOf(value.held, isHeld) &&
        isCount(value.round) &&
        isIncarnation(value.recovering) &&
        !isBeyondLog(state, value)
      );
    case 'Recovered':
      return isCount(value.incarnation);
    case 'TimeoutNow':
      return true;
    case 'Forward':
      return isToken(value.id) && isCount(value.attempt) && isForwardBody(value.body);
    case 'ForwardReply':
      return (
        isToken(value.id) &&
        isCount(value.attempt) &&
        isAnswer(value.outcome, state.requests.forwarded[value.id]?.body) &&
        (value.index === undefined || isIndex(value.index))
      );
    default:
      return false;
  }
}

/**
 * Whether a request may be passed on, and appended: what a replica takes from its own clients, it
 * must be able to send.
 */
export function isForwardBody(body: unknown): body is ForwardBody {
  if (!isFields(body)) return false;
  switch (body.type) {
    case 'submit':
      return isBatch(body.batch) && isBoolean(body.single);
    case 'open-session':
      return isToken(body.nonce) && isOwner(body.owner);
    case 'transfer':
      return body.to === undefined || isToken(body.to);
    case 'read-index':
      return isBoolean(body.lease);
    case 'set-policy':
      return isPolicyChange(body.changes);
    case 'change-members':
      return isMembersChange(body);
    default:
      return false;
  }
}

function areEntries(value: unknown, prevIndex: number, prevTerm: number, term: number): boolean {
  if (!Array.isArray(value)) return false;
  let before = prevTerm;
  for (let i = 0; i < value.length; i++) {
    const entry: unknown = value[i];
    if (!isFields(entry) || entry.index !== prevIndex + 1 + i) return false;
    if (!isUpTo(entry.term, term) || entry.term < before || !isEntryData(entry.data)) return false;
    before = entry.term;
  }
  return true;
}

function isEntryData(data: unknown): boolean {
  if (!isFields(data)) return false;
  if (data.type === 'commands') return isListOf(data.batches, isBatch) && data.batches.length > 0;
  if (data.type === 'noop') return data.clusterId === undefined || isToken(data.clusterId);
  if (data.type === 'config') return isConfigurationEntry(data);
  if (data.type === 'check') return true;
  if (data.type === 'policy') return isPolicyChange(data.changes);
  return data.type === 'session' && isToken(data.nonce) && isOwner(data.owner);
}

/** Whether these are changes of a policy: a few short values by name. */
function isPolicyChange(changes: unknown): boolean {
  if (!isFields(changes)) return false;
  const names = Object.keys(changes);
  const isValue = (value: unknown) =>
    value === null || isBoolean(value) || Number.isFinite(value) || isToken(value);
  return names.length <= MAX_POLICY && names.every((name) => isToken(name) && isValue(changes[name]));
}

function isOwner(owner: unknown): boolean {
  if (owner === undefined) return true;
  return isFields(owner) && isToken(owner.name) && !owner.name.includes('/') && isCount(owner.most);
}

/** Whether it answers entries that this leader never had. */
function isBeyondLog(state: RaftState, { term, index }: Fields): boolean {
  return (
    state.leadership !== undefined && term === state.hard.term && (index as number) > lastIndex(state.log)
  );
}

function isHint(hint: unknown): boolean {
  return isFields(hint) && isCount(hint.term) && isCount(hint.index);
}

function isChecked(checked: unknown): boolean {
  if (!isFields(checked)) return false;
  return isCount(checked.index) && (checked.digest === undefined || isToken(checked.digest));
}

function isPair(pair: unknown): boolean {
  return (
    Array.isArray(pair) && pair.length === 2 && isKey(pair[0]) && pair[1] !== undefined && isPlain(pair[1])
  );
}

function isHeld(held: unknown): boolean {
  return isFields(held) && isKey(held.last) && isToken(held.digest);
}

/** Whether it can be the answer to `asked`; undefined: to something that is answered already. */
function isAnswer(outcome: unknown, asked: ForwardBody | undefined): boolean {
  if (!isFields(outcome) || outcome.ok !== true) return isOutcome(outcome);
  switch (asked?.type) {
    case 'read-index':
      return isCount(outcome.value);
    case 'submit':
      return isListOf(outcome.value, isOutcome) && outcome.value.length === asked.batch.count;
    default:
      return isPlain(outcome.value);
  }
}

function isOutcome(outcome: unknown): boolean {
  if (!isFields(outcome)) return false;
  if (outcome.ok === false) return isToken(outcome.code) && typeof outcome.message === 'string';
  return outcome.ok === true && isPlain(outcome.value);
}

function isIncarnation(incarnation: unknown): boolean {
  return incarnation === undefined || isCount(incarnation);
}

/**
 * Whether every store takes it as a key. A character has at most three bytes, and half a pair has
 * none.
 */
function isKey(value: unknown): boolean {
  if (typeof value !== 'string' || /\p{Surrogate}/u.test(value)) return false;
  return value.length * 3 <= MAX_KEY_BYTES || encodeURI(value).replace(/%../g, '.').length <= MAX_KEY_BYTES;
}
