/**
 * What the machine that a client has asked does for it: it reads R copies of what the command looks
 * at, runs it, and writes W copies of what it changes. Machines that are silent are asked again,
 * and with `handoff` the others in their place (a sloppy quorum: Dynamo, 4.6).
 *
 * Two coordinators may do this for one key at once: neither sees what the other writes, and
 * `versions.ts` decides what stays.
 */
import { type NodeId, type Outcome, writeDetail } from '../../vm/index.ts';
import { commandsOf } from '../core/batch.ts';
import { isBatch, isPlain } from '../core/plain.ts';
import type { ProtocolRequest } from '../protocol.ts';
import { copiesIn, nextNumber, take, takeFromOthers } from './copies.ts';
import { mergeAnswers, run } from './run.ts';
import { keepHints } from './spread.ts';
import { homes, type Item, type Job, type Nwr, type Operation } from './state.ts';
import { nameOf } from './versions.ts';

/** The most times that a command may look at keys that it had not looked at before. */
const MOST_LOOKS = 20;
/** After so many pauses a machine that does not acknowledge gets a hint instead. */
const HINT_AFTER = 3;

/** Why a request is refused that this protocol cannot serve. */
const REFUSALS: Readonly<Record<string, string>> = {
  transfer: 'nobody leads in this protocol: there is nothing to transfer',
  drain: 'nobody leads in this protocol: there is nothing to hand over',
  'change-members': 'this protocol cannot change its members: they are those that it was started with',
  'set-policy': 'this protocol keeps no wishes of operators: it has no autopilot',
};

function failure(code: string, message: string): Outcome {
  return { ok: false, code, message };
}

/** Takes a request of one of this machine's clients. */
export function onRequest(replica: Nwr, id: string, body: ProtocolRequest): void {
  const { state, ctx, settings } = replica;
  ctx.note('request', () => ({ kind: body.type, detail: writeDetail({ id }) }));
  const load = state.outstanding++;
  if (load >= settings.maxWaiting)
    answer(replica, id, failure('Overloaded', `${load} requests are waiting in ${ctx.self}`));
  else if (body.type === 'open-session') {
    // Commands run again when they are sent again: the id is all there is of a session.
    answer(replica, id, { ok: true, value: `${nextNumber(replica).toString(36)}-${body.nonce}` });
  } else {
    const refusal = refuse(body);
    const job = jobOf(body);
    if (refusal !== undefined || job === undefined)
      answer(replica, id, failure('Rejected', refusal ?? 'the request is no plain data'));
    else begin(replica, id, job, body.type === 'read' && body.consistency === 'stale');
  }
}

function refuse(body: ProtocolRequest): string | undefined {
  if (body.type === 'read' && body.consistency === 'lease') return 'this protocol has no leases';
  return REFUSALS[body.type];
}

function jobOf(body: ProtocolRequest): Job | undefined {
  switch (body.type) {
    case 'read':
      return isPlain(body.query) ? { type: 'read', query: body.query } : undefined;
    case 'submit':
      if (body.command === undefined || !isPlain(body.command)) return undefined;
      return { type: 'commands', commands: [body.command], single: true };
    case 'submit-batch':
      if (!isBatch(body.batch)) return undefined;
      return { type: 'commands', commands: commandsOf(body.batch), single: false };
    default:
      return undefined;
  }
}

function answer({ state, ctx }: Nwr, id: string, outcome: Outcome): void {
  state.outstanding--;
  const error = outcome.ok ? undefined : outcome.code;
  ctx.note('respond', () => ({ detail: writeDetail({ id, error }) }));
  ctx.respond(id, outcome, { early: true });
}

function begin(replica: Nwr, id: string, job: Job, isLocal: boolean): void {
  const { state, ctx, settings } = replica;
  const operation: Operation = {
    ...{ id, job, deadline: ctx.now + settings.requestTicks, phase: 'read', round: 0, ranges: [] },
    ...{ answers: {}, writes: [], acknowledged: [], outcome: undefined, asked: [], againAt: 0 },
  };
  if (isLocal) {
    const all = { ...operation, ranges: [['', ''] as const] };
    answer(replica, id, { ok: true, value: run(replica, all).value[0] });
    return;
  }
  state.operations[id] = operation;
  look(replica, operation);
}

/** Runs the job as far as it can: to find out what to ask for, or, once that is known, for good. */
function look(replica: Nwr, operation: Operation): void {
  const { lacks, value, writes } = run(replica, operation);
  if (lacks.length > 0) {
    if (operation.ranges.length >= MOST_LOOKS) {
      finish(replica, operation, failure('Rejected', `it looks at more than ${MOST_LOOKS} ranges of keys`));
      return;
    }
    operation.ranges = [...operation.ranges, ...lacks];
    operation.answers = {};
    ask(replica, operation);
    return;
  }
  repairAnswers(replica, operation);
  if (operation.job.type === 'read') finish(replica, operation, { ok: true, value: value[0] });
  else write(replica, operation, value, writes);
}

function write(
  replica: Nwr,
  operation: Operation,
  values: readonly unknown[],
  writes: readonly Item[],
): void {
  const { ctx, state } = replica;
  const { job } = operation;
  if (job.type !== 'commands') return;
  job.commands.forEach((command, place) => {
    ctx.applied({ index: state.clock, place, term: 0, command, result: values[place] });
  });
  const outcomes: Outcome[] = values.map((value) => ({ ok: true, value }));
  operation.outcome = job.single ? outcomes[0]! : { ok: true, value: outcomes };
  if (writes.length === 0) {
    finish(replica, operation, operation.outcome);
    return;
  }
  operation.phase = 'write';
  operation.writes = writes;
  // Also where this machine does not count: its next value of the key is written over this one.
  take(replica, writes);
  ask(replica, operation);
}

/** Asks the machines that keep the first copies. */
function ask(replica: Nwr, operation: Operation): void {
  const { ctx, settings, state } = replica;
  operation.round = ++state.rounds;
  operation.asked = homes(replica);
  operation.againAt = ctx.now + settings.retryTicks;
  send(replica, operation, operation.asked);
}

function send(replica: Nwr, operation: Operation, to: readonly NodeId[]): void {
  const { ctx } = replica;
  const id = `${operation.id}/${operation.round}`;
  const others = to.filter((node) => node !== ctx.self);
  if (operation.phase === 'read') {
    const { ranges } = operation;
    if (others.length > 0) ctx.send(others, { type: 'Get', id, ranges }, { early: true });
    if (to.includes(ctx.self)) onGot(replica, ctx.self, id, copiesOf(replica, ranges));
    return;
  }
  const { writes: items } = operation;
  const silent = homes(replica).filter((home) => !operation.acknowledged.includes(home));
  for (const node of others) {
    const hints = homes(replica).includes(node) ? [] : silent;
    ctx.send(node, { type: 'Put', id, items, hints });
  }
  if (to.includes(ctx.self)) ctx.whenDurable({ put: id });
}

function copiesOf({ ctx }: Nwr, ranges: Operation['ranges']): Item[] {
  return ranges.flatMap((range) => copiesIn(ctx.disk, range));
}

/** Another machine asks for what this one has. */
export function onGet(replica: Nwr, from: NodeId, id: string, ranges: Operation['ranges']): void {
  replica.ctx.send(from, { type: 'Got', id, items: copiesOf(replica, ranges) });
}

/** Another machine brings values. */
export function onPut(
  replica: Nwr,
  from: NodeId,
  { id, items, hints }: { id: string; items: readonly Item[]; hints: readonly NodeId[] },
): void {
  takeFromOthers(replica, items);
  for (const home of hints) if (home !== replica.ctx.self) keepHints(replica, home, items);
  if (id !== '') replica.ctx.send(from, { type: 'PutDone', id });
}

function operationOf({ state }: Nwr, id: string): Operation | undefined {
  const slash = id.lastIndexOf('/');
  const operation = state.operations[id.slice(0, slash)];
  return operation?.round === Number(id.slice(slash + 1)) ? operation : undefined;
}

/** What a machine has of what an operation reads. */
export function onGot(replica: Nwr, from: NodeId, id: string, items: readonly Item[]): void {
  const operation = operationOf(replica, id);
  if (operation?.phase !== 'read') return;
  operation.answers[from] = items;
  if (Object.keys(operation.answers).length >= replica.quorum.r) look(replica, operation);
}

/** A machine has on disk what an operation writes. */
export function onPutDone(replica: Nwr, from: NodeId, id: string): void {
  const operation = operationOf(replica, id);
  if (operation === undefined || operation.acknowledged.includes(from)) return;
  operation.acknowledged = [...operation.acknowledged, from];
  if (operation.phase === 'write' && operation.acknowledged.length >= replica.quorum.w) {
    operation.phase = 'done';
    answer(replica, operation.id, operation.outcome!);
  }
  const isEverywhere = homes(replica).every((home) => operation.acknowledged.includes(home));
  if (operation.phase === 'done' && isEverywhere) delete replica.state.operations[operation.id];
}

/** Read repair: the machines that answered with less are brought up to date. */
function repairAnswers(replica: Nwr, operation: Operation): void {
  const { ctx, settings } = replica;
  if (!settings.readRepair) return;
  const merged = mergeAnswers(replica, Object.values(operation.answers));
  for (const [node, items] of Object.entries(operation.answers)) {
    const had = new Map(items);
    const newer = [...merged].filter(([key, versions]) => nameOf(had.get(key) ?? []) !== nameOf(versions));
    if (newer.length === 0) continue;
    if (node === ctx.self) takeFromOthers(replica, newer);
    else ctx.send(node, { type: 'Put', id: '', items: newer, hints: [] });
  }
}

function finish(replica: Nwr, operation: Operation, outcome: Outcome): void {
  delete replica.state.operations[operation.id];
  answer(replica, operation.id, outcome);
}

/** Once a tick: asks again where it is silent, and ends what has waited for too long. */
export function tickOperations(replica: Nwr): void {
  const { state, ctx } = replica;
  for (const operation of Object.values(state.operations)) {
    if (operation.phase !== 'done' && ctx.now >= operation.deadline) expire(replica, operation);
    else if (ctx.now >= operation.againAt) askAgain(replica, operation);
  }
}

function expire(replica: Nwr, operation: Operation): void {
  const { n, r, w } = replica.quorum;
  if (operation.phase === 'read') {
    const got = Object.keys(operation.answers).length;
    finish(replica, operation, failure('NoLeader', `${got} of ${n} copies answered, ${r} are needed`));
    return;
  }
  const got = operation.acknowledged.length;
  const message = `${got} of ${n} copies acknowledged, ${w} are needed; it may still happen`;
  finish(replica, operation, failure('Indeterminate', message));
}

/** Those that are silent are asked again, and with hand-off the others with them. */
function askAgain(replica: Nwr, operation: Operation): void {
  const { state, ctx, settings } = replica;
  operation.againAt = ctx.now + settings.retryTicks;
  const isLate = ctx.now - (operation.deadline - settings.requestTicks) >= HINT_AFTER * settings.retryTicks;
  if (operation.phase === 'done') {
    if (isLate) leaveHints(replica, operation);
    else send(replica, operation, missing(operation, homes(replica)));
    return;
  }
  operation.asked = settings.handoff ? state.machines : homes(replica);
  send(replica, operation, missing(operation, operation.asked));
}

function missing(operation: Operation, machines: readonly NodeId[]): readonly NodeId[] {
  const heard = operation.phase === 'read' ? Object.keys(operation.answers) : operation.acknowledged;
  return machines.filter((machine) => !heard.includes(machine));
}

/**
 * The client has its answer: copies that are missing still are for hints, or for the comparison.
 */
function leaveHints(replica: Nwr, operation: Operation): void {
  const { state, settings } = replica;
  delete state.operations[operation.id];
  if (!settings.handoff) return;
  for (const home of missing(operation, homes(replica))) keepHints(replica, home, operation.writes);
}

/** What this machine has written itself is on disk. */
export function ownPutDurable(replica: Nwr, id: string): void {
  onPutDone(replica, replica.ctx.self, id);
}
