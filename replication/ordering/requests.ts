/**
 * Requests: the leader orders commands and waits until they are applied; any other replica passes
 * them on (`forwarding.ts`).
 */
import { type NodeId, type Outcome, writeDetail } from '../../vm/index.ts';
import { batchOf } from '../core/batch.ts';
import { fateOf } from '../core/fate.ts';
import { isPlain } from '../core/plain.ts';
import { queryMachine } from '../core/sessions.ts';
import type { ProtocolRequest } from '../protocol.ts';
import { isRepeatable, keep, passOn, submitted } from './forwarding.ts';
import { propose } from './leading.ts';
import { type Entry, type EntryData, holds } from './log.ts';
import type { Asker, Forward, RequestBody } from './messages.ts';
import { answer, failure, servingKey } from './responses.ts';
import { isLeading, type Kept, type LeadingReplica, type OrderingReplica, type Waiting } from './state.ts';
import { isRequestBody } from './well-formed.ts';

/** What none of these protocols can do, in words for people. */
const REFUSALS: Readonly<Record<string, string>> = {
  transfer: 'this protocol cannot transfer leadership: who leads follows from who is alive',
  drain: 'this protocol cannot drain a replica: leadership cannot be handed over',
  'change-members': 'this protocol cannot change its members: they are those that it was started with',
  'set-policy': 'this protocol keeps no wishes of operators: it has no autopilot',
};

/** Takes a request of one of this replica's own clients. */
export function onRequest(replica: OrderingReplica, id: string, body: ProtocolRequest): void {
  const { state, ctx, settings } = replica;
  ctx.note('request', () => ({ kind: body.type, detail: writeDetail({ id }) }));
  const load = state.requests.outstanding++;
  const refusal = refuse(body);
  const passed = refusal === undefined ? bodyOf(body) : undefined;
  if (load >= settings.maxWaiting)
    answer(replica, id, undefined, failure('Overloaded', `${load} requests are waiting in ${ctx.self}`));
  else if (refusal !== undefined || passed === undefined)
    answer(replica, id, undefined, failure('Rejected', refusal ?? 'the request is no plain data'));
  else if (body.type === 'read' && body.consistency === 'stale')
    answer(replica, id, undefined, { ok: true, value: query(replica, body.query) });
  else keep(replica, id, passed, ctx.now + settings.requestTicks);
}

function refuse(body: ProtocolRequest): string | undefined {
  if (body.type === 'read' && body.consistency === 'lease') return 'this protocol has no leases';
  return REFUSALS[body.type];
}

/** The request as it is passed on; undefined for one that is malformed, or of another kind. */
function bodyOf(body: ProtocolRequest): RequestBody | undefined {
  const passed = plainBodyOf(body);
  return isRequestBody(passed) ? passed : undefined;
}

function plainBodyOf(body: ProtocolRequest): unknown {
  switch (body.type) {
    case 'submit':
      if (body.command === undefined || !isPlain(body.command)) return undefined;
      return { type: 'submit', batch: batchOf([body.command], body.tag), single: true };
    case 'submit-batch':
      return { type: 'submit', batch: body.batch, single: false };
    case 'read':
      return { type: 'read', query: body.query };
    case 'open-session': {
      const { type, nonce, owner } = body;
      return owner === undefined ? { type, nonce } : { type, nonce, owner };
    }
    default:
      return undefined;
  }
}

export function query({ machine, ctx }: OrderingReplica, question: unknown): unknown {
  return queryMachine(machine, ctx.data, question);
}

/** Serves a request as the leader. */
function serve(
  replica: LeadingReplica,
  id: string,
  from: Asker,
  deadline: number,
  body: RequestBody,
  tried = false,
): void {
  const { leading, requests } = replica.state;
  if (body.type === 'read') {
    // It is answered once a question that is asked from now on has shown that this replica leads.
    leading.reads.push({ id, from, query: body.query, deadline, round: leading.round + 1 });
    return;
  }
  const index = propose(replica, entryData(body));
  requests.waiting.push({ index, by: leading.by, id, from, body, deadline, tried });
}

function entryData(body: Exclude<RequestBody, { type: 'read' }>): EntryData {
  if (body.type === 'submit') return { type: 'commands', batches: [body.batch] };
  const { nonce, owner } = body;
  return owner === undefined ? { type: 'session', nonce } : { type: 'session', nonce, owner };
}

/** Serves what is kept, if this replica leads by now, or passes on what is due. */
export function serveKept(replica: OrderingReplica): void {
  const { kept } = replica.state.requests;
  for (const id in kept) serveOrPassOn(replica, kept[id]!);
}

function serveOrPassOn(replica: OrderingReplica, one: Kept): void {
  const { id, body, deadline, open, tried } = one;
  // What may have happened, and no session knows of, is not done again.
  if (!isRepeatable(body) && (open || tried)) {
    giveUpIfLost(replica, one);
    return;
  }
  if (!isLeading(replica)) {
    passOn(replica, one);
    return;
  }
  delete replica.state.requests.kept[id];
  serve(replica, id, undefined, deadline, body, open || tried);
}

/** The replica that was asked no longer leads: it may never answer. */
function giveUpIfLost(replica: OrderingReplica, { id, sentTo }: Kept): void {
  const { leader, requests } = replica.state;
  if (leader === undefined || leader === sentTo) return;
  delete requests.kept[id];
  answer(replica, id, undefined, failure('Indeterminate', 'another replica leads; it may have happened'));
}

/** A request that another replica passed on, perhaps not for the first time. */
export function onForward(replica: OrderingReplica, from: NodeId, { id, attempt, body }: Forward): void {
  const { state, ctx, settings } = replica;
  const { serving, waiting } = state.requests;
  const key = servingKey(from, id);
  const reply = (outcome: Outcome) =>
    ctx.send(from, { type: 'ForwardReply', id, attempt, outcome }, { early: true });
  if (!isLeading(replica)) reply(failure('NotLeader', `${ctx.self} does not lead`));
  else if (serving[key] !== undefined) serving[key] = Math.max(serving[key], attempt);
  else if (waiting.length >= settings.maxWaiting)
    reply(failure('Overloaded', `${waiting.length} requests are waiting in ${ctx.self}`));
  else {
    serving[key] = attempt;
    serve(replica, id, from, ctx.now + settings.requestTicks, body);
  }
}

/** Answers what waits for `entry`, now that it is applied. */
export function answerWaiting(replica: OrderingReplica, entry: Entry, outcomes: readonly Outcome[]): void {
  const { requests } = replica.state;
  while (requests.waiting.length > 0 && requests.waiting[0]!.index <= entry.index) {
    const waiting = requests.waiting.shift()!;
    if (waiting.by === entry.by && waiting.index === entry.index)
      answer(replica, waiting.id, waiting.from, outcomeOf(waiting, outcomes));
    else if (replica.oneHistory) replaced(replica, waiting);
    else superseded(replica, waiting);
  }
}

function outcomeOf({ body, from, tried }: Waiting, outcomes: readonly Outcome[]): Outcome {
  if (body.type !== 'submit') return fateOf(outcomes[0]!, tried);
  // Another replica, which may know of other attempts, decides what they mean.
  if (from !== undefined) return { ok: true, value: outcomes };
  return submitted(body, outcomes, tried);
}

/** Another entry was committed in its place, so it never happened: ask again. */
function replaced(replica: OrderingReplica, { id, from, body, deadline, tried }: Waiting): void {
  if (from !== undefined) answer(replica, id, from, failure('NotLeader', 'the proposal was replaced'));
  else keep(replica, id, body, deadline, tried);
}

/** Its entry is gone from here, and may be committed all the same. */
function superseded(replica: OrderingReplica, { id, from, body, deadline }: Waiting): void {
  const why = 'another state has taken its place; it may have happened';
  if (!isRepeatable(body)) answer(replica, id, from, failure('Indeterminate', why));
  else if (from !== undefined) answer(replica, id, from, failure('Superseded', why));
  else keep(replica, id, body, deadline, true);
}

/** A copy of another's state has come: what it covers, and what is gone, is not known any more. */
export function supersedeWaiting(replica: OrderingReplica): void {
  const { log, requests } = replica.state;
  const { waiting } = requests;
  requests.waiting = waiting.filter((one) => one.index > log.applied && holds(log, one));
  for (const one of waiting) if (!requests.waiting.includes(one)) superseded(replica, one);
}

/** Ends proposals and reads whose deadline has passed. */
export function expireRequests(replica: OrderingReplica): void {
  const { state, ctx } = replica;
  const { requests, leading } = state;
  const isLate = ({ deadline }: { readonly deadline: number }) => deadline <= ctx.now;
  const late = requests.waiting.filter(isLate);
  if (late.length > 0) requests.waiting = requests.waiting.filter((one) => !isLate(one));
  for (const { id, from } of late)
    answer(replica, id, from, failure('Indeterminate', 'not committed in time; it may still happen'));
  const reads = leading?.reads.filter(isLate) ?? [];
  if (reads.length > 0) leading!.reads = leading!.reads.filter((one) => !isLate(one));
  for (const { id, from } of reads)
    answer(replica, id, from, failure('NoLeader', 'nobody confirmed in time that this replica leads'));
}

/** Leadership is lost: its proposals keep waiting for their entries, its reads ask elsewhere. */
export function abandonReads(replica: LeadingReplica): void {
  const { leading } = replica.state;
  const { reads } = leading;
  leading.reads = [];
  for (const { id, from, query: question, deadline } of reads) {
    if (from !== undefined) answer(replica, id, from, failure('NotLeader', 'leadership was lost'));
    else keep(replica, id, { type: 'read', query: question }, deadline);
  }
}
