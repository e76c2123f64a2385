/** Leaders by votes: one vote a term, a majority of all machines, both kept on the disk. */
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

const SILENCE = 15;

interface State {
  term: number;
  votedFor: string | undefined;
  leads: boolean;
  /** Who has voted for this machine in its term, itself included. */
  votes: string[];
  /** When it is to ask for votes, unless it hears a leader. */
  electionAt: number;
  heardAt: Record<string, number>;
}

interface Message {
  readonly type: 'AskVote' | 'Vote' | 'Heartbeat' | 'HeartbeatReply';
  readonly term: number;
}

type Ctx = ProtocolContext<Message, KeyValueCommand, KeyValueResult, KeyValueQuery, Value>;

export default defineProtocol({
  name: 'votes',
  machine: keyValueMachine,
  init(ctx: Ctx): State {
    const kept = ctx.disk.get('vote') as { term: number; votedFor: string | null } | undefined;
    return {
      ...{ term: kept?.term ?? 0, votedFor: kept?.votedFor ?? undefined, leads: false, votes: [] },
      ...{ electionAt: later(ctx), heardAt: {} },
    };
  },
  onTick(state, ctx: Ctx) {
    if (state.leads) {
      const heard = ctx.peers.filter((peer) => ctx.now - (state.heardAt[peer] ?? 0) <= SILENCE);
      if (!isMajority(heard.length + 1, ctx)) state.leads = false;
      else ctx.send(ctx.peers, { type: 'Heartbeat', term: state.term });
    } else if (ctx.now >= state.electionAt) {
      enter(state, state.term + 1, ctx.self, ctx);
      state.votes = [ctx.self];
      state.electionAt = later(ctx);
      ctx.send(ctx.peers, { type: 'AskVote', term: state.term });
    }
  },
  onMessage(state, { from, body: { type, term } }: Envelope<Message>, ctx: Ctx) {
    state.heardAt[from] = ctx.now;
    if (term > state.term) enter(state, term, undefined, ctx);
    if (term < state.term) return;
    if (type === 'AskVote') {
      if (state.votedFor !== undefined && state.votedFor !== from) return;
      if (state.votedFor === undefined) enter(state, term, from, ctx);
      state.electionAt = later(ctx);
      ctx.send(from, { type: 'Vote', term });
    } else if (type === 'Vote') {
      state.votes = [...new Set([...state.votes, from])];
      if (!state.leads && isMajority(state.votes.length, ctx)) {
        state.leads = true;
        // Whoever voted was heard just now.
        for (const voter of state.votes) state.heardAt[voter] = ctx.now;
        ctx.send(ctx.peers, { type: 'Heartbeat', term });
      }
    } else if (type === 'Heartbeat') {
      state.electionAt = later(ctx);
      ctx.send(from, { type: 'HeartbeatReply', term });
    }
  },
  onCommand: (_state, { id }, ctx) => ctx.refuse(id, 'no commands here'),
  leads: ({ leads }) => leads,
  view: ({ term, votedFor }) => ({ term, votedFor }),
});

/** A term, and the vote in it: on the disk before anything is said. */
function enter(state: State, term: number, votedFor: string | undefined, ctx: Ctx): void {
  if (term > state.term) {
    state.leads = false;
    state.votes = [];
  }
  state.term = term;
  state.votedFor = votedFor;
  ctx.disk.put('vote', { term, votedFor: votedFor ?? null });
}

function later(ctx: Ctx): number {
  return ctx.now + SILENCE + ctx.random(SILENCE);
}

function isMajority(count: number, { peers }: Ctx): boolean {
  return count > (peers.length + 1) / 2;
}
