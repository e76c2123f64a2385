/**
 * A small program for live tests: stores what it receives, sends it to its peers, and answers when
 * it is durable.
 */
import type { Envelope, Program } from '../../../vm/program.ts';

export type EchoRequest =
  | { readonly type: 'keep'; readonly value: string }
  | { readonly type: 'tell'; readonly values: readonly string[] }
  | { readonly type: 'now' }
  | { readonly type: 'throw' }
  | { readonly type: 'ignore' };

export interface EchoState {
  ticks: number;
  steps: number;
  heard: string[];
  links: string[];
}

export const LAZY = { messagesPerTick: 1, tickWhenBusy: true, eager: false };
export const EAGER = { messagesPerTick: Number.POSITIVE_INFINITY, tickWhenBusy: true, eager: true };

export function echo(policy = EAGER): Program<EchoState, string, EchoRequest> {
  return {
    name: 'echo',
    policy,
    init: () => ({ ticks: 0, steps: 0, heard: [], links: [] }),
    onTick: (state) => void state.ticks++,
    onMessage: (state, { from, body }: Envelope<string>) => void state.heard.push(`${from}:${body}`),
    onLink: (state, peer, up) => void state.links.push(`${peer} ${up ? 'up' : 'down'}`),
    onDropped: (state, peer, body) => void state.links.push(`${peer} never got ${body}`),
    onRequest(state, { id, body }, ctx) {
      if (body.type === 'throw') throw new Error('the program is broken');
      if (body.type === 'tell') for (const value of body.values) ctx.send(ctx.peers, value);
      if (body.type === 'keep') ctx.disk.put('kept', body.value);
      const value = body.type === 'now' ? ctx.now : state.steps;
      if (body.type !== 'ignore') ctx.respond(id, { ok: true, value });
    },
    settle: (state) => void state.steps++,
  };
}
