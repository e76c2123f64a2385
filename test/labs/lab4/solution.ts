/**
 * A register on N machines after Attiya, Bar-Noy and Dolev (1995), with several writers: both a
 * write and a read ask a majority for its newest copy, and then write to a majority.
 */
import {
  defineProtocol,
  type Envelope,
  type KeyValueCommand,
  type KeyValueQuery,
  type KeyValueResult,
  keyValueMachine,
  type ProtocolContext,
} from '../../../replication/sim/index.ts';
import type { Value } from '../../../vm/index.ts';

interface Copy {
  readonly version: number;
  /** Which machine wrote it, for which request: of those at once some have the same number. */
  readonly by: string;
  readonly value: Value;
}

interface Operation {
  readonly key: string;
  /** What a client wants written; undefined if it reads. */
  readonly put: Value | undefined;
  phase: 'read' | 'write';
  /** The newest copy so far; the one that is being written. */
  copy: Copy;
  /** Who has answered in this phase. */
  answers: string[];
}

interface State {
  operations: Record<string, Operation>;
}

type Message =
  | { readonly type: 'Write'; readonly id: string; readonly key: string; readonly copy: Copy }
  | { readonly type: 'Read'; readonly id: string; readonly key: string }
  | { readonly type: 'Written' | 'Copy'; readonly id: string; readonly copy: Copy };

type Ctx = ProtocolContext<Message, KeyValueCommand, KeyValueResult, KeyValueQuery, Value>;

const NOTHING: Copy = { version: 0, by: '', value: null };

export default defineProtocol({
  name: 'quorums',
  machine: keyValueMachine,
  init: (): State => ({ operations: {} }),
  onCommand(state, { id, command }, ctx: Ctx) {
    if (command.type !== 'put') return ctx.refuse(id, 'only put and get');
    begin(state, id, command.key, command.value, ctx);
  },
  onRead(state, { id, query }, ctx: Ctx) {
    begin(state, id, query.key, undefined, ctx);
  },
  onMessage(state, { from, body }: Envelope<Message>, ctx: Ctx) {
    if (body.type === 'Read') ctx.send(from, { type: 'Copy', id: body.id, copy: mine(body.key, ctx) });
    else if (body.type === 'Write') {
      keep(body.key, body.copy, ctx);
      ctx.send(from, { type: 'Written', id: body.id, copy: body.copy });
    } else take(state, body.id, from, body, ctx);
  },
});

function begin(state: State, id: string, key: string, put: Value | undefined, ctx: Ctx): void {
  state.operations[id] = { key, put, phase: 'read', copy: mine(key, ctx), answers: [ctx.self] };
  ctx.send(ctx.peers, { type: 'Read', id, key });
}

function take(
  state: State,
  id: string,
  from: string,
  { type, copy }: Message & { copy: Copy },
  ctx: Ctx,
): void {
  const operation = state.operations[id];
  if (operation === undefined || (type === 'Copy') !== (operation.phase === 'read')) return;
  if (isNewer(copy, operation.copy)) operation.copy = copy;
  operation.answers = [...new Set([...operation.answers, from])];
  if (operation.answers.length <= (ctx.peers.length + 1) / 2) return;
  const { key, put } = operation;
  if (operation.phase === 'write') {
    delete state.operations[id];
    ctx.answer(id, put === undefined ? operation.copy.value : { done: true });
    return;
  }
  if (put !== undefined)
    operation.copy = { version: operation.copy.version + 1, by: `${ctx.self}/${id}`, value: put };
  operation.phase = 'write';
  operation.answers = [ctx.self];
  keep(key, operation.copy, ctx);
  ctx.send(ctx.peers, { type: 'Write', id, key, copy: operation.copy });
}

function mine(key: string, ctx: Ctx): Copy {
  return (ctx.disk.get(key) as unknown as Copy | undefined) ?? NOTHING;
}

function keep(key: string, copy: Copy, ctx: Ctx): void {
  if (isNewer(copy, mine(key, ctx))) ctx.disk.put(key, { ...copy });
}

function isNewer(a: Copy, b: Copy): boolean {
  return a.version > b.version || (a.version === b.version && a.by > b.by);
}
