/** A protocol of one's own under faults: n1 orders commands, and forgets them when it crashes. */
import { keyValueMachine, type LogEntryView, type Protocol, SimulatedCluster } from 'tickraft/sim';

interface State {
  readonly self: string;
  readonly log: unknown[];
}
type Machine = typeof keyValueMachine;
type Command = Parameters<Machine['apply']>[0];

/** It is "durable" only as long as nobody crashes: the checker will see that. */
const fixedLeader: Protocol<State, { at: number; command: unknown }> = {
  name: 'fixed-leader',
  machine: keyValueMachine,
  leaderRole: 'leader',
  guarantees: {
    ...{ oneLeaderPerTerm: true, durable: true, reads: 'linearizable', once: true, converges: true },
    servedBy: (replicas) => replicas,
    servedWhileOthersFlap: true,
    sessions: { maxSessions: 1, maxKeptResults: 1, sessionUseGrain: 1 },
  },
  policy: { messagesPerTick: Number.POSITIVE_INFINITY, tickWhenBusy: true, eager: true },
  init: ({ self }) => ({ self, log: [] }),
  onTick() {},
  onMessage(state, { body }) {
    state.log[body.at - 1] = body.command;
  },
  onRequest(state, { id, body }, ctx) {
    if (body.type !== 'submit')
      return ctx.respond(id, { ok: false, code: 'Rejected', message: 'submit only' });
    const at = state.log.push(body.command);
    ctx.send(ctx.peers, { at, command: body.command });
    const position = { index: at, place: 0, term: 1 };
    const value = keyValueMachine.apply(body.command as Command, ctx.data, position);
    ctx.respond(id, { ok: true, value });
  },
  columns: () => ({ term: 1 }),
  view: ({ self, log }) => ({
    role: self === 'n1' ? 'leader' : 'follower',
    ...{ term: 1, votedFor: undefined, recovery: 'normal', leader: 'n1', votes: {} },
    ...{ commit: log.length, applied: log.length, baseIndex: 0, baseTerm: 0 },
    ...{ lastIndex: log.length, lastTerm: log.length > 0 ? 1 : 0, electionAt: undefined },
  }),
  entry: ({ log }, index): LogEntryView | undefined =>
    log[index - 1] === undefined ? undefined : { index, term: 1, label: 'command', content: log[index - 1] },
};

const cluster = new SimulatedCluster(fixedLeader, { replicas: 3, seed: 4 });
cluster.request('n1', { type: 'submit', command: { type: 'put', key: 'x', value: 1 } });
cluster.advance(100_000);
cluster.do({ type: 'crash', node: 'n1' });
cluster.do({ type: 'restart', node: 'n1' });
cluster.request('n1', { type: 'submit', command: { type: 'put', key: 'x', value: 2 } });
cluster.advance(100_000);
for (const { invariant, message } of cluster.violations.slice(0, 3)) console.log(`${invariant}: ${message}`);
