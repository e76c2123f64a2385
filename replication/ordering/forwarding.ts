/**
 * Requests that this replica passes on to the leader, and keeps until they are answered.
 *
 * What can be repeated (a read, a command with a session tag, the opening of a session) is passed
 * on again when another leader is known and from time to time. A command without a session is sent
 * again only where the answer said that nothing had happened.
 */
import type { Outcome } from '../../vm/index.ts';
import { fateOf } from '../core/fate.ts';
import type { ForwardReply, RequestBody } from './messages.ts';
import { answer, failure } from './responses.ts';
import type { Kept, OrderingReplica } from './state.ts';

/** A silent leader is asked again after so many heartbeats, then after twice as many, and so on. */
const AGAIN_HEARTBEATS = 10;
const LONGEST_PAUSE = 8;

/** Keeps a request of this replica's own client until there is a leader. */
export function keep(
  { state, ctx }: OrderingReplica,
  id: string,
  body: RequestBody,
  deadline: number,
  tried = false,
): void {
  const fresh = { sentTo: undefined, attempt: 0, open: false, againAt: ctx.now };
  state.requests.kept[id] = { id, body, deadline, tried, ...fresh };
}

/** Whether sending a request twice can do no more than sending it once. */
export function isRepeatable(body: RequestBody): boolean {
  return body.type !== 'submit' || body.batch.tag !== undefined;
}

/** Passes a kept request on to the leader, if it is time to. */
export function passOn({ state, ctx, settings }: OrderingReplica, one: Kept): void {
  const { leader } = state;
  const { id, body } = one;
  if (leader === undefined || (one.sentTo === leader && ctx.now < one.againAt)) return;
  one.tried ||= one.open;
  one.open = true;
  one.sentTo = leader;
  const attempt = ++one.attempt;
  const pause = AGAIN_HEARTBEATS * Math.min(2 ** (attempt - 1), LONGEST_PAUSE);
  one.againAt = ctx.now + pause * settings.heartbeatTicks;
  ctx.send(leader, { type: 'Forward', id, attempt, body }, { early: true });
}

/** The leader's answer to a request that this replica passed on. */
export function onForwardReply(replica: OrderingReplica, from: string, reply: ForwardReply): void {
  const { requests } = replica.state;
  const one = requests.kept[reply.id];
  if (one === undefined) return;
  const { body, tried } = one;
  const { outcome } = reply;
  const outcomes = body.type === 'submit' && outcome.ok ? (outcome.value as Outcome[]) : [outcome];
  // The failure of an earlier attempt says nothing of the last one.
  const isLast = one.sentTo === from && one.attempt === reply.attempt;
  if (!isLast && outcomes.some(({ ok }) => !ok)) return;
  if (!outcome.ok && !isFinal(one, outcome.code)) {
    attemptFailed(replica, one, outcome.code);
    return;
  }
  delete requests.kept[reply.id];
  const told = body.type === 'submit' && outcome.ok;
  answer(replica, reply.id, undefined, told ? submitted(body, outcomes, tried) : fateOf(outcome, tried));
}

/** What commands of this replica's own client are answered with that have had these outcomes. */
export function submitted(
  { single }: Extract<RequestBody, { type: 'submit' }>,
  outcomes: readonly Outcome[],
  tried: boolean,
): Outcome {
  const fates = tried ? outcomes.map((outcome) => fateOf(outcome, true)) : outcomes;
  return single ? fates[0]! : { ok: true, value: fates };
}

function isFinal({ tried }: Kept, code: string): boolean {
  if (code === 'NotLeader' || code === 'Superseded') return false;
  return !(code === 'Overloaded' && tried);
}

/**
 * The last attempt has ended without an answer: it is passed on again, at the next tick or later.
 */
function attemptFailed({ ctx }: OrderingReplica, one: Kept, code: string): void {
  one.open = false;
  if (code === 'Superseded') one.tried = true;
  if (code !== 'Overloaded') one.againAt = ctx.now + 1;
}

/** Ends kept requests whose deadline has passed. */
export function expireKept(replica: OrderingReplica): void {
  const { state, ctx } = replica;
  const { kept } = state.requests;
  for (const id in kept) {
    const { deadline, open, tried, body } = kept[id]!;
    if (deadline > ctx.now) continue;
    delete kept[id];
    const isCertain = body.type === 'read' || !(open || tried);
    const outcome = isCertain
      ? failure('NoLeader', 'no leader was found in time')
      : failure('Indeterminate', 'the leader did not answer in time; it may still happen');
    answer(replica, id, undefined, outcome);
  }
}
