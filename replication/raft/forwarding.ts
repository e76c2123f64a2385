/**
 * Requests that this replica passes on to the leader, and keeps until they are answered.
 *
 * What can be repeated (a command with a session tag, the opening of a session, a question for a
 * read index) is passed on again when another leader is known, when a link to or from the leader is
 * up again, and from time to time while nothing is heard. Other requests are sent again only if it
 * is certain that they never left, or had no effect; otherwise they end as `Indeterminate` as soon
 * as the leader is gone.
 */
import type { NodeId, Outcome } from '../../vm/index.ts';
import { fateOf } from '../core/fate.ts';
import type { ForwardBody, RaftMessage } from './messages.ts';
import type { Forwarded } from './pending.ts';
import { readIndexKnown } from './reads.ts';
import { answer, failure } from './responses.ts';
import type { RaftReplica } from './state.ts';

type Forward = Extract<RaftMessage, { type: 'Forward' }>;
type ForwardReply = Extract<RaftMessage, { type: 'ForwardReply' }>;

/** The pause between sends to a silent leader grows, up to this many times the first one. */
const LONGEST_PAUSE = 8;

/**
 * Keeps a request of this replica's own client until there is a leader. `tried`: it may have been
 * applied already.
 */
export function keep(
  { state }: RaftReplica,
  id: string,
  body: ForwardBody,
  deadline: number,
  tried = false,
): Forwarded {
  const kept = {
    id,
    body,
    deadline,
    sentTo: undefined,
    sentTerm: 0,
    attempt: 0,
    open: false,
    tried,
    againAt: 0,
  };
  state.requests.forwarded[id] = kept;
  return kept;
}

/** Whether sending a request twice can do no more than sending it once. */
export function isRepeatable(body: ForwardBody): boolean {
  return body.type === 'submit' ? body.batch.tag !== undefined : body.type !== 'transfer';
}

/** Whether it is certain that the attempts so far have not applied the request, and will not. */
export function isUntouched({ open, tried }: Forwarded): boolean {
  return !open && !tried;
}

/** Passes a kept request on to the leader, if it is time to. */
export function passOn(replica: RaftReplica, forwarded: Forwarded): void {
  const { state, ctx, settings } = replica;
  const { term } = state.hard;
  const { leader } = state.election;
  const { id, body, sentTo, sentTerm } = forwarded;
  if (leader === undefined) return;
  const isNew = sentTo !== leader || sentTerm !== term;
  if (!isNew && ctx.now < forwarded.againAt) return;
  if (!isRepeatable(body) && !isUntouched(forwarded)) {
    // A replica that transfers leadership still reports how that went.
    if (sentTo !== leader && body.type !== 'transfer')
      failIndeterminate(replica, forwarded, 'another replica leads');
    return;
  }
  forwarded.tried ||= forwarded.open;
  forwarded.open = true;
  forwarded.sentTo = leader;
  forwarded.sentTerm = term;
  const attempt = ++forwarded.attempt;
  forwarded.againAt = ctx.now + settings.electionTicks[0] * Math.min(2 ** (attempt - 1), LONGEST_PAUSE);
  ctx.send(leader, { type: 'Forward', term, id, attempt, body }, { early: true });
}

/** The request cannot be repeated, and the replica that has it will not answer. */
function failIndeterminate(replica: RaftReplica, { id }: Forwarded, why: string): void {
  delete replica.state.requests.forwarded[id];
  answer(replica, id, undefined, failure('Indeterminate', `${why}; it may have happened`));
}

/** The leader's answer to a request that this replica passed on. */
export function onForwardReply(replica: RaftReplica, from: NodeId, reply: ForwardReply): void {
  const { requests } = replica.state;
  const { id, attempt, outcome, index } = reply;
  const forwarded = requests.forwarded[id];
  if (forwarded === undefined) return;
  const { body, tried } = forwarded;
  const outcomes = body.type === 'submit' && outcome.ok ? (outcome.value as Outcome[]) : [outcome];
  // The failure of an earlier attempt does not concern the last one.
  const isLast = forwarded.sentTo === from && forwarded.attempt === attempt;
  if (!isLast && outcomes.some(({ ok }) => !ok)) return;
  if (!outcome.ok && !isFinal(forwarded, outcome.code)) {
    attemptFailed(forwarded, outcome.code);
    return;
  }
  delete requests.forwarded[id];
  if (body.type === 'read-index') readIndexKnown(replica, id, outcome);
  else if (body.type === 'submit' && outcome.ok)
    answer(replica, id, undefined, submitted(body, outcomes, tried), index);
  else answer(replica, id, undefined, fateOf(outcome, tried), index);
}

/** What commands of this replica's own client are answered with that have had these outcomes. */
export function submitted(
  { single }: Extract<ForwardBody, { type: 'submit' }>,
  outcomes: readonly Outcome[],
  tried: boolean,
): Outcome {
  const fates = tried ? outcomes.map((outcome) => fateOf(outcome, true)) : outcomes;
  return single ? fates[0]! : { ok: true, value: fates };
}

/** Whether a failed attempt ends the request. */
function isFinal({ tried }: Forwarded, code: string): boolean {
  if (code === 'NotLeader' || code === 'Superseded') return false;
  // Too much is under way there for this attempt; an earlier one may still succeed.
  return !(code === 'Overloaded' && tried);
}

/**
 * The last attempt has ended without an answer. It is passed on again at the next tick, or after a
 * pause.
 */
function attemptFailed(forwarded: Forwarded, code: string): void {
  forwarded.open = false;
  if (code === 'Superseded') forwarded.tried = true;
  if (code !== 'Overloaded') forwarded.sentTo = undefined;
}

/**
 * The last attempt never left. It is sent again when the link is up, or after the pause that it
 * would have had.
 */
export function onForwardDropped({ state }: RaftReplica, peer: NodeId, { id, attempt }: Forward): void {
  const forwarded = state.requests.forwarded[id];
  if (forwarded?.sentTo === peer && forwarded.attempt === attempt) forwarded.open = false;
}

/**
 * A link to `peer` or from it is up again: what was under way over it, or its answer, may be lost,
 * so it is asked for again. Or the link is down: what cannot be repeated may have arrived.
 */
export function onForwardLink(replica: RaftReplica, peer: NodeId, up: boolean): void {
  const { state, ctx } = replica;
  const { requests, election } = state;
  for (const id in requests.forwarded) {
    const forwarded = requests.forwarded[id]!;
    if (forwarded.sentTo !== peer) continue;
    if (up) {
      forwarded.againAt = ctx.now;
      if (election.leader === peer) passOn(replica, forwarded);
    } else if (forwarded.open && !isRepeatable(forwarded.body)) {
      failIndeterminate(replica, forwarded, `the link to ${peer} broke`);
    }
  }
}

/** Ends kept requests whose deadline has passed. */
export function expireForwarded(replica: RaftReplica): void {
  const { ctx } = replica;
  const { requests } = replica.state;
  for (const id in requests.forwarded) {
    const forwarded = requests.forwarded[id]!;
    if (forwarded.deadline > ctx.now) continue;
    delete requests.forwarded[id];
    const nothing = failure('NoLeader', 'no leader was found in time');
    if (forwarded.body.type === 'read-index') readIndexKnown(replica, id, nothing);
    else if (isUntouched(forwarded)) answer(replica, id, undefined, nothing);
    else {
      const why = 'the leader did not answer in time; it may still happen';
      answer(replica, id, undefined, failure('Indeterminate', why));
    }
  }
}
