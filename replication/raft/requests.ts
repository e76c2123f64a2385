/**
 * Requests: a leader proposes them, any other replica passes them on and keeps them until they are answered.
 *
 * A forwarded command that carries a session tag is passed on again whenever the leader changes: it applies
 * once all the same. One without a tag is sent once, and its fate is `Indeterminate` if no answer comes.
 */
import type { NodeId } from '../../vm/clock.ts';
import type { Outcome } from '../../vm/program.ts';
import type { ProtocolRequest } from '../protocol.ts';
import { answer, failure } from './answers.ts';
import { propose } from './log.ts';
import type { Entry, EntryData, ForwardBody, RaftMessage } from './messages.ts';
import { askReadIndex, readHere, readIndexKnown } from './reads.ts';
import { requestTransfer } from './transfer.ts';
import type { Forwarded, Replica, Waiting } from './types.ts';

type Forward = Extract<RaftMessage, { type: 'Forward' }>;
type ForwardReply = Extract<RaftMessage, { type: 'ForwardReply' }>;

/** Takes a request of one of this replica's own clients. */
export function onRequest(replica: Replica, id: string, body: ProtocolRequest): void {
  const { state, ctx, settings } = replica;
  ctx.note('request', () => ({ kind: body.type, detail: `id=${id}` }));
  const load = state.outstanding++;
  if (load >= settings.maxWaiting) {
    answer(
      replica,
      id,
      undefined,
      failure('Overloaded', `${load} requests are waiting in ${ctx.self} already`),
    );
  } else if (body.type !== 'read') start(replica, id, body);
  else if (readHere(replica, id, body)) {
    start(replica, id, { type: 'read-index', lease: body.consistency === 'lease' });
  }
}

/** Serves the request here if this replica leads; otherwise keeps it for the leader. */
function start(replica: Replica, id: string, body: ForwardBody): void {
  const { state, ctx, settings } = replica;
  const deadline = ctx.now + settings.requestTicks;
  if (state.role === 'leader') serve(replica, id, undefined, deadline, body);
  else {
    keep(replica, id, body, deadline);
    forwardOn(replica, state.forwarded[id]!);
  }
}

/** Keeps a request of this replica's own client until there is a leader to pass it on to. */
function keep({ state }: Replica, id: string, body: ForwardBody, deadline: number, tried = false): void {
  state.forwarded[id] = { id, body, deadline, sentTo: undefined, sentTerm: 0, sends: tried ? 1 : 0 };
}

/** The leader's work on a request, `from` another replica or from a client of its own. */
function serve(
  replica: Replica,
  id: string,
  from: NodeId | undefined,
  deadline: number,
  body: ForwardBody,
  tried = false,
): void {
  const { state } = replica;
  if (state.transfer !== undefined && body.type !== 'read-index') {
    if (from !== undefined)
      answer(replica, id, from, failure('NotLeader', 'leadership is being handed over'));
    else keep(replica, id, body, deadline, tried);
  } else if (body.type === 'read-index') askReadIndex(replica, id, from, deadline, body.lease);
  else if (body.type === 'transfer') requestTransfer(replica, id, from, body.to);
  else {
    const index = propose(replica, entryData(body));
    addWaiting(state.waiting, { index, term: state.term, deadline, body, id, from, tried });
  }
}

/** Keeps `waiting` in the order of indexes: a log that was cut in between may use one again. */
function addWaiting(waiting: Waiting[], added: Waiting): void {
  let at = waiting.length;
  while (at > 0 && waiting[at - 1]!.index > added.index) at--;
  waiting.splice(at, 0, added);
}

function entryData(body: Extract<ForwardBody, { type: 'submit' | 'open-session' }>): EntryData {
  if (body.type === 'open-session') {
    const { nonce, owner } = body;
    return owner === undefined ? { type: 'session', nonce } : { type: 'session', nonce, owner };
  }
  return { type: 'command', command: body.command, tag: body.tag };
}

/** A request that another replica passed on. */
export function onForward(replica: Replica, from: NodeId, { id, body }: Forward): void {
  const { state, ctx, settings } = replica;
  if (state.role !== 'leader') answer(replica, id, from, failure('NotLeader', `${ctx.self} does not lead`));
  else if (state.waiting.length >= settings.maxWaiting) {
    answer(
      replica,
      id,
      from,
      failure('Overloaded', `${state.waiting.length} requests are waiting in ${ctx.self} already`),
    );
  } else serve(replica, id, from, ctx.now + settings.requestTicks, body);
}

/** The leader's answer to a request that this replica passed on. */
export function onForwardReply(replica: Replica, from: NodeId, { id, outcome, index }: ForwardReply): void {
  const { state } = replica;
  const forwarded = state.forwarded[id];
  if (forwarded === undefined || forwarded.sentTo !== from) return;
  if (!outcome.ok && (outcome.code === 'NotLeader' || outcome.code === 'Superseded')) {
    // It is passed on again at the next tick.
    forwarded.sentTo = undefined;
    if (outcome.code === 'NotLeader') forwarded.sends--;
    return;
  }
  delete state.forwarded[id];
  if (forwarded.body.type === 'read-index') readIndexKnown(replica, id, outcome);
  else answer(replica, id, undefined, definite(outcome, forwarded.sends > 1), index);
}

/** An expired session says that this attempt did nothing; of a request `tried` before, that is not the whole truth. */
function definite(outcome: Outcome, tried: boolean): Outcome {
  if (outcome.ok || outcome.code !== 'SessionExpired' || !tried) return outcome;
  return failure('Indeterminate', 'its session expired between two attempts; the first may have happened');
}

/** Passes on what waits, in the order it came: at every tick, and as soon as another leader is known. */
export function forwardWaiting(replica: Replica): void {
  const { state } = replica;
  for (const id in state.forwarded) forwardOn(replica, state.forwarded[id]!);
}

/** Serves a kept request if this replica leads by now, or passes it on to the leader if it has not got it yet. */
function forwardOn(replica: Replica, forwarded: Forwarded): void {
  const { state, ctx } = replica;
  const { id, body, deadline } = forwarded;
  if (forwarded.sends > 0 && !isRepeatable(body)) return;
  if (state.role === 'leader') {
    if (state.transfer !== undefined) return;
    delete state.forwarded[id];
    serve(replica, id, undefined, deadline, body, forwarded.sends > 0);
  } else if (state.leader !== undefined) {
    if (forwarded.sentTo === state.leader && forwarded.sentTerm === state.term) return;
    forwarded.sentTo = state.leader;
    forwarded.sentTerm = state.term;
    forwarded.sends++;
    ctx.send(state.leader, { type: 'Forward', term: state.term, id, body }, { early: true });
  }
}

/** Whether sending a request twice can do no more than sending it once. */
function isRepeatable(body: ForwardBody): boolean {
  return body.type === 'submit' ? body.tag !== undefined : body.type !== 'transfer';
}

/** Tells whoever waits for `entry` what became of it, now that it is applied. */
export function answerWaiting(replica: Replica, entry: Entry, outcome: Outcome): void {
  const { state } = replica;
  while (state.waiting.length > 0 && state.waiting[0]!.index <= entry.index) {
    const waiting = state.waiting.shift()!;
    if (waiting.index === entry.index && waiting.term === entry.term) {
      answer(replica, waiting.id, waiting.from, definite(outcome, waiting.tried), entry.index);
    } else replaced(replica, waiting);
  }
}

/** A snapshot stands for the entries up to `index`: what became of them one by one is not known here. */
export function supersedeWaiting(replica: Replica, index: number): void {
  const { state } = replica;
  while (state.waiting.length > 0 && state.waiting[0]!.index <= index) {
    const { id, from, body, deadline } = state.waiting.shift()!;
    const why = 'a snapshot arrived in its place; it may have happened';
    // Asking again is safe where a session remembers the answer.
    if (!isRepeatable(body)) answer(replica, id, from, failure('Indeterminate', why));
    else if (from !== undefined) answer(replica, id, from, failure('Superseded', why));
    else keep(replica, id, body, deadline, true);
  }
}

/** Another leader's entry was committed in the place of this proposal, so it never happened: ask again. */
function replaced(replica: Replica, { id, from, body, deadline, tried }: Waiting): void {
  if (from !== undefined) answer(replica, id, from, failure('NotLeader', 'the proposal was replaced'));
  else keep(replica, id, body, deadline, tried);
}

/** Leadership is lost: its proposals keep waiting for their entries, but read rounds must find another leader. */
export function abandonRounds(replica: Replica): void {
  const { state } = replica;
  const { rounds } = state;
  state.rounds = [];
  for (const { id, from, deadline } of rounds) {
    if (from !== undefined) answer(replica, id, from, failure('NotLeader', 'leadership was lost'));
    else keep(replica, id, { type: 'read-index', lease: false }, deadline);
  }
}

/** Ends requests whose time is over. */
export function expireRequests(replica: Replica): void {
  const { state, ctx } = replica;
  const late = state.waiting.filter(({ deadline }) => deadline <= ctx.now);
  if (late.length > 0) state.waiting = state.waiting.filter(({ deadline }) => deadline > ctx.now);
  for (const { id, from } of late) {
    answer(replica, id, from, failure('Indeterminate', 'not committed in time; it may still happen'));
  }
  for (const id in state.forwarded) {
    const { deadline, sends, body } = state.forwarded[id]!;
    if (deadline > ctx.now) continue;
    delete state.forwarded[id];
    const outcome =
      sends > 0 && body.type !== 'read-index'
        ? failure('Indeterminate', 'the leader did not answer in time; it may still happen')
        : failure('NoLeader', 'no leader was found in time');
    if (body.type === 'read-index') readIndexKnown(replica, id, outcome);
    else answer(replica, id, undefined, outcome);
  }
}
