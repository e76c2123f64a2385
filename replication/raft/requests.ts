/**
 * Requests: a leader proposes them, any other replica passes them on (`forwarding.ts`). A proposal
 * in the log waits here for its entry to be applied, or to be lost.
 */
import { type EventFields, type NodeId, type Outcome, writeDetail } from '../../vm/index.ts';
import { batchOf } from '../core/batch.ts';
import { fateOf } from '../core/fate.ts';
import { isBatch, isPlain } from '../core/plain.ts';
import type { ProtocolRequest } from '../protocol.ts';
import { onDrain } from './drain.ts';
import { isRepeatable, isUntouched, keep, passOn, submitted } from './forwarding.ts';
import { propose, proposeBatch, termAt } from './log.ts';
import type { Entry, ForwardBody, RaftMessage } from './messages.ts';
import { addWaiting, type Forwarded, type Waiting } from './pending.ts';
import { askReadIndex, readHere } from './reads.ts';
import { answer, failure, replyTo, servingKey } from './responses.ts';
import { isLeading, type LeadingReplica, type RaftReplica } from './state.ts';
import { requestTransfer } from './transfer.ts';
import { isForwardBody } from './well-formed.ts';

type Forward = Extract<RaftMessage, { type: 'Forward' }>;

/** The most changes of the members that may wait at once. */
const MOST_CHANGES = 100;

/** Takes a request of one of this replica's own clients. */
export function onRequest(replica: RaftReplica, id: string, body: ProtocolRequest): void {
  const { state, ctx, settings } = replica;
  ctx.note('request', () => requestFields(id, body));
  const load = state.requests.outstanding++;
  if (load >= settings.maxWaiting) {
    answer(replica, id, undefined, failure('Overloaded', `${load} requests are waiting in ${ctx.self}`));
  } else if (body.type === 'drain') onDrain(replica, id, body.drained);
  else if (body.type === 'read') {
    if (readHere(replica, id, body)) {
      start(replica, id, { type: 'read-index', lease: body.consistency === 'lease' });
    }
  } else {
    const forward = forwardBody(body);
    if (forward !== undefined) start(replica, id, forward);
    else answer(replica, id, undefined, failure('Rejected', NOT_PLAIN));
  }
}

const NOT_PLAIN = 'the request is nested too deeply, or is not plain data';

function requestFields(id: string, body: ProtocolRequest): EventFields {
  if (body.type !== 'submit-batch') return { kind: body.type, detail: writeDetail({ id }) };
  return { kind: 'submit', detail: writeDetail({ id, commands: body.batch.count }) };
}

/** A change as it is passed on; undefined if it could not be. */
function forwardBody(body: Exclude<ProtocolRequest, { type: 'read' | 'drain' }>): ForwardBody | undefined {
  if (body.type === 'submit-batch') {
    return isBatch(body.batch) ? { type: 'submit', batch: body.batch, single: false } : undefined;
  }
  if (body.type !== 'submit') return isForwardBody(body) ? body : undefined;
  if (body.command === undefined || !isPlain(body.command)) return undefined;
  const batch = batchOf([body.command], body.tag);
  return isBatch(batch) ? { type: 'submit', batch, single: true } : undefined;
}

/** Serves the request here if this replica leads; otherwise keeps it for the leader. */
function start(replica: RaftReplica, id: string, body: ForwardBody): void {
  const { ctx, settings } = replica;
  const deadline = ctx.now + settings.requestTicks;
  if (isLeading(replica)) serve(replica, id, undefined, deadline, body);
  else passOn(replica, keep(replica, id, body, deadline));
}

/** The leader's work on a request, `from` another replica or from a client of its own. */
function serve(
  replica: LeadingReplica,
  id: string,
  from: NodeId | undefined,
  deadline: number,
  body: ForwardBody,
  tried = false,
): void {
  const { hard, requests } = replica.state;
  if (requests.transfer !== undefined && body.type !== 'read-index') {
    if (from !== undefined)
      answer(replica, id, from, failure('NotLeader', 'leadership is being handed over'));
    else keep(replica, id, body, deadline, tried);
  } else if (body.type === 'read-index') askReadIndex(replica, id, from, deadline, body.lease);
  else if (body.type === 'transfer') requestTransfer(replica, id, from, body.to);
  else if (body.type === 'change-members') {
    if (requests.changes.length < MOST_CHANGES)
      requests.changes.push({ id, from, deadline, body, index: undefined });
    else answer(replica, id, from, failure('Overloaded', `${MOST_CHANGES} changes of members are waiting`));
  } else {
    const { index, place } = append(replica, body);
    const { term } = hard;
    addWaiting(requests.waiting, { index, place, term, deadline, body, id, from, tried });
  }
}

/** Appends a change to the leader's log. Returns where it, or its first command, stands. */
function append(
  { state, settings }: LeadingReplica,
  body: Extract<ForwardBody, { type: 'submit' | 'open-session' | 'set-policy' }>,
): Pick<Waiting, 'index' | 'place'> {
  const { hard, log } = state;
  if (body.type === 'submit') return proposeBatch(log, hard.term, body.batch, settings);
  if (body.type === 'set-policy')
    return { index: propose(log, hard.term, { type: 'policy', changes: body.changes }), place: 0 };
  const { nonce, owner } = body;
  const session = { type: 'session', nonce } as const;
  return {
    index: propose(log, hard.term, owner === undefined ? session : { ...session, owner }),
    place: 0,
  };
}

/** A request that another replica passed on, perhaps not for the first time. */
export function onForward(replica: RaftReplica, from: NodeId, forward: Forward): void {
  const { state, ctx, settings } = replica;
  const { waiting, serving } = state.requests;
  const { id, attempt, body } = forward;
  const key = servingKey(from, id);
  const load = waiting.length;
  if (!isLeading(replica)) {
    replyTo(replica, from, forward, failure('NotLeader', `${ctx.self} does not lead`));
  } else if (serving[key] !== undefined) {
    // It is under way here, and this attempt gets its answer.
    serving[key] = Math.max(serving[key], attempt);
  } else if (load >= settings.maxWaiting) {
    replyTo(replica, from, forward, failure('Overloaded', `${load} requests are waiting in ${ctx.self}`));
  } else {
    serving[key] = attempt;
    serve(replica, id, from, ctx.now + settings.requestTicks, body);
  }
}

/** Passes on what is waiting and due, in order. */
export function forwardWaiting(replica: RaftReplica): void {
  const { forwarded } = replica.state.requests;
  for (const id in forwarded) forwardOn(replica, forwarded[id]!);
}

/** Passes on what is waiting once another leader, or another term, is known. */
export function forwardToNewLeader(replica: RaftReplica): void {
  const { hard, election, requests } = replica.state;
  const under = `${election.leader}/${hard.term}`;
  if (under === requests.forwardedUnder) return;
  requests.forwardedUnder = under;
  forwardWaiting(replica);
}

/** Serves a kept request if this replica leads by now, or passes it on to the leader. */
function forwardOn(replica: RaftReplica, forwarded: Forwarded): void {
  const { requests } = replica.state;
  const { id, body, deadline } = forwarded;
  if (!isLeading(replica) || !(isRepeatable(body) || isUntouched(forwarded))) passOn(replica, forwarded);
  else if (requests.transfer === undefined) {
    delete requests.forwarded[id];
    serve(replica, id, undefined, deadline, body, !isUntouched(forwarded));
  }
}

/**
 * Answers the requests that wait for `entry`, now that it is applied. `outcomes`: of its commands,
 * or the one of an entry that has none.
 */
export function answerWaiting(replica: RaftReplica, entry: Entry, outcomes: readonly Outcome[]): void {
  const { requests } = replica.state;
  while (requests.waiting.length > 0 && requests.waiting[0]!.index <= entry.index) {
    const waiting = requests.waiting.shift()!;
    if (waiting.index === entry.index && waiting.term === entry.term) {
      answer(replica, waiting.id, waiting.from, outcomeOf(waiting, outcomes), entry.index);
    } else replaced(replica, waiting);
  }
}

/** What a request is answered with whose entry has these outcomes. */
function outcomeOf({ body, place, from, tried }: Waiting, outcomes: readonly Outcome[]): Outcome {
  if (body.type !== 'submit') return fateOf(outcomes[0]!, tried);
  const own = outcomes.slice(place, place + body.batch.count);
  // Another replica, which may know of other attempts, decides what they mean.
  return from === undefined ? submitted(body, own, tried) : { ok: true, value: own };
}

/** A snapshot covers the entries up to `index`: their individual outcomes are not known here. */
export function supersedeWaiting(replica: RaftReplica, index: number): void {
  const { requests } = replica.state;
  while (requests.waiting.length > 0 && requests.waiting[0]!.index <= index) {
    const { id, from, body, deadline } = requests.waiting.shift()!;
    const why = 'a snapshot arrived in its place; it may have happened';
    // Asking again is safe where a session remembers the answer.
    if (!isRepeatable(body)) answer(replica, id, from, failure('Indeterminate', why));
    else if (from !== undefined) answer(replica, id, from, failure('Superseded', why));
    else keep(replica, id, body, deadline, true);
  }
}

/**
 * Another leader's entry was committed in the place of this proposal, so it never happened: ask
 * again.
 */
function replaced(replica: RaftReplica, { id, from, body, deadline, tried }: Waiting): void {
  if (from !== undefined) answer(replica, id, from, failure('NotLeader', 'the proposal was replaced'));
  else keep(replica, id, body, deadline, tried);
}

/**
 * Another leader has cut proposals of this replica from its log. They may remain in the logs of
 * others until something is committed in their place. What can be repeated is asked for again at
 * once; the rest waits as long as an election takes.
 */
export function askAgainForCut(replica: RaftReplica): void {
  const { state, ctx, settings } = replica;
  const { log, requests } = state;
  const { waiting } = requests;
  const isCut = ({ index, term }: Waiting) => termAt(log, index) !== term;
  const last = waiting.at(-1);
  if (last === undefined || !isCut(last)) return;
  const soon = ctx.now + settings.electionTicks[1];
  requests.waiting = [];
  for (const each of waiting) {
    const { id, from, body, deadline } = each;
    if (!isCut(each)) requests.waiting.push(each);
    else if (!isRepeatable(body)) requests.waiting.push({ ...each, deadline: Math.min(deadline, soon) });
    else if (from !== undefined) answer(replica, id, from, failure('Superseded', 'it was cut from the log'));
    else forwardOn(replica, keep(replica, id, body, deadline, true));
  }
}

/**
 * Leadership is lost: its proposals keep waiting for their entries, but read rounds must find
 * another leader.
 */
export function abandonRounds(replica: RaftReplica): void {
  const { reads } = replica.state;
  const { rounds } = reads;
  reads.rounds = [];
  for (const { id, from, deadline } of rounds) {
    if (from !== undefined) answer(replica, id, from, failure('NotLeader', 'leadership was lost'));
    else keep(replica, id, { type: 'read-index', lease: false }, deadline);
  }
}

/** Ends proposals whose deadline has passed. */
export function expireRequests(replica: RaftReplica): void {
  const { ctx } = replica;
  const { requests } = replica.state;
  const late = requests.waiting.filter(({ deadline }) => deadline <= ctx.now);
  if (late.length > 0) requests.waiting = requests.waiting.filter(({ deadline }) => deadline > ctx.now);
  for (const { id, from } of late) {
    answer(replica, id, from, failure('Indeterminate', 'not committed in time; it may still happen'));
  }
}
