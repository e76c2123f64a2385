/** A primary and a backup, one of which may crash at a time. */
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

const SILENCE = 10;

interface State {
  /** `joining`: it was away, and what it has may be old. */
  role: 'primary' | 'backup' | 'joining';
  log: KeyValueCommand[];
  applied: number;
  heardAt: number;
  /** Of a primary: how much of its log the backup has; all of it while there is no backup. */
  backed: number;
  waiting: { readonly request: string; readonly length: number }[];
}

type Message =
  | { readonly type: 'Update'; readonly log: readonly KeyValueCommand[] }
  | { readonly type: 'Have'; readonly length: number };

type Ctx = ProtocolContext<Message, KeyValueCommand, KeyValueResult, KeyValueQuery, Value>;

export default defineProtocol({
  name: 'primary-and-backup',
  machine: keyValueMachine,
  init(ctx): State {
    const log = ctx.disk.get('log') as KeyValueCommand[] | undefined;
    const first = ctx.self === 'n1' ? 'primary' : 'backup';
    if (log === undefined) ctx.disk.put('log', []);
    const role = log === undefined ? first : 'joining';
    return { role, log: log ?? [], applied: 0, heardAt: ctx.now, backed: 0, waiting: [] };
  },
  onTick(state, ctx: Ctx) {
    const silence = ctx.now - state.heardAt;
    if (state.role === 'primary') {
      ctx.send(ctx.peers, { type: 'Update', log: state.log });
      if (silence > SILENCE) state.backed = Number.POSITIVE_INFINITY;
      advance(state, ctx);
    } else if (silence > (state.role === 'backup' ? SILENCE : 3 * SILENCE)) {
      state.role = 'primary';
      state.backed = Number.POSITIVE_INFINITY;
    }
  },
  onMessage(state, { from, body }: Envelope<Message>, ctx: Ctx) {
    state.heardAt = ctx.now;
    if (body.type === 'Have') state.backed = body.length;
    else {
      state.role = 'backup';
      state.log = [...body.log];
      ctx.disk.put('log', state.log);
      state.backed = state.log.length;
      ctx.send(from, { type: 'Have', length: state.log.length });
    }
    advance(state, ctx);
  },
  onCommand(state, { id, command }, ctx: Ctx) {
    if (state.role !== 'primary') return ctx.refuse(id, 'ask the other machine');
    state.log.push(command);
    ctx.disk.put('log', state.log);
    state.waiting.push({ request: id, length: state.log.length });
    ctx.send(ctx.peers, { type: 'Update', log: state.log });
    advance(state, ctx);
  },
  onRead(state, { id, query }, ctx) {
    if (state.role !== 'primary') return ctx.refuse(id, 'ask the other machine');
    ctx.answer(id, ctx.query(query));
  },
  leads: ({ role }) => role === 'primary',
});

/** Runs and answers what both have, or what the only one has. */
function advance(state: State, ctx: Ctx): void {
  while (state.applied < Math.min(state.log.length, state.backed)) {
    const result = ctx.apply(state.log[state.applied++]!);
    const index = state.waiting.findIndex(({ length }) => length === state.applied);
    if (index >= 0) ctx.answer(state.waiting.splice(index, 1)[0]!.request, result);
  }
}
