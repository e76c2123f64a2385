/** Totally ordered multicast (Lamport 1978): all run commands in the order of their clocks. */
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

interface Stamped {
  readonly time: number;
  readonly from: string;
  readonly command: KeyValueCommand;
  /** Whom to answer, on the machine that was asked. */
  readonly request?: string;
}

interface State {
  clock: number;
  /** Commands that wait for their turn, the first one first. */
  queue: Stamped[];
  /** The last clock that was heard of each peer. */
  heard: Record<string, number>;
}

type Message =
  | { readonly type: 'Command'; readonly time: number; readonly command: KeyValueCommand }
  | { readonly type: 'Ack'; readonly time: number };

type Ctx = ProtocolContext<Message, KeyValueCommand, KeyValueResult, KeyValueQuery, Value>;

export default defineProtocol({
  name: 'multicast',
  machine: keyValueMachine,
  init: ({ peers }): State => ({
    clock: 0,
    queue: [],
    heard: Object.fromEntries(peers.map((peer) => [peer, 0])),
  }),
  onCommand(state, { id, command }, ctx: Ctx) {
    const time = ++state.clock;
    enqueue(state, { time, from: ctx.self, command, request: id });
    ctx.send(ctx.peers, { type: 'Command', time, command });
    deliver(state, ctx);
  },
  onMessage(state, { from, body }: Envelope<Message>, ctx: Ctx) {
    state.clock = Math.max(state.clock, body.time) + 1;
    state.heard[from] = body.time;
    if (body.type === 'Command') {
      enqueue(state, { time: body.time, from, command: body.command });
      ctx.send(ctx.peers, { type: 'Ack', time: ++state.clock });
    }
    deliver(state, ctx);
  },
});

function enqueue(state: State, stamped: Stamped): void {
  state.queue.push(stamped);
  state.queue.sort((a, b) => a.time - b.time || (a.from < b.from ? -1 : 1));
}

/** Runs what nothing earlier can come before: everyone has been heard with a later clock. */
function deliver(state: State, ctx: Ctx): void {
  for (let first = state.queue[0]; first !== undefined; first = state.queue[0]) {
    const { time, from, command, request } = first;
    if (Object.entries(state.heard).some(([peer, heard]) => peer !== from && heard <= time)) return;
    state.queue.shift();
    const result = ctx.apply(command);
    if (request !== undefined) ctx.answer(request, result);
  }
}
