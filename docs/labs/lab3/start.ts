/** Lab 3, where you start: of all machines that live, the one with the lowest name leads. */
import { defineProtocol, type Envelope, keyValueMachine } from 'tickraft/sim';

/** Ticks of silence after which a machine counts as dead. */
const SILENCE = 10;

/**
 * What a machine knows. Everything that it remembers is in here; what must survive a crash is in
 * `ctx.disk`, too.
 */
interface State {
  readonly self: string;
  leads: boolean;
  /** When each of the others was last heard. */
  heardAt: Record<string, number>;
}

interface Message {
  readonly type: 'Heartbeat';
}

export default defineProtocol({
  name: 'lowest-name',
  machine: keyValueMachine,

  init: (ctx): State => ({
    self: ctx.self,
    leads: false,
    heardAt: Object.fromEntries(ctx.peers.map((peer) => [peer, ctx.now])),
  }),

  onTick(state, ctx) {
    const heartbeat: Message = { type: 'Heartbeat' };
    ctx.send(ctx.peers, heartbeat);
    const living = ctx.peers.filter((peer) => ctx.now - state.heardAt[peer]! <= SILENCE);
    state.leads = living.every((peer) => state.self < peer);
  },

  onMessage(state, { from }: Envelope<Message>, ctx) {
    state.heardAt[from] = ctx.now;
  },

  /** This lab is about who leads, and nothing else: commands are not graded. */
  onCommand: (_state, { id }, ctx) => ctx.refuse(id, 'no commands here'),

  leads: (state) => state.leads,
  /** What is checked: the term, and whom this machine has voted for in it, if anybody. */
  view: () => ({ term: 0, votedFor: undefined }),
});
