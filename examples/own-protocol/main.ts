/** A protocol of one's own under faults: n1 orders commands, and forgets them when it crashes. */
import {
  defineProtocol,
  type Envelope,
  type KeyValueCommand,
  keyValueMachine,
  SimulatedCluster,
} from 'tickraft/sim';

interface State {
  readonly self: string;
  readonly log: { readonly term: number; readonly command: KeyValueCommand }[];
}

interface Message {
  readonly at: number;
  readonly command: KeyValueCommand;
}

/** It is "durable" only as long as nobody crashes: the checker will see that. */
const fixedLeader = defineProtocol({
  name: 'fixed-leader',
  machine: keyValueMachine,
  guarantees: { oneLeaderPerTerm: true, durable: true },
  init: ({ self }): State => ({ self, log: [] }),
  onMessage(state, { body: { at, command } }: Envelope<Message>, ctx) {
    state.log[at - 1] = { term: 1, command };
    ctx.apply(command, { index: at, term: 1 });
  },
  onCommand(state, { id, command }, ctx) {
    const at = state.log.push({ term: 1, command });
    ctx.send(ctx.peers, { at, command });
    ctx.answer(id, ctx.apply(command, { index: at, term: 1 }));
  },
  leads: ({ self }) => self === 'n1',
  log: ({ log }) => log,
  view: () => ({ term: 1, leader: 'n1' }),
});

const cluster = new SimulatedCluster(fixedLeader, { replicas: 3, seed: 4 });
cluster.request('n1', { type: 'submit', command: { type: 'put', key: 'x', value: 1 } });
cluster.advance(100_000);
cluster.do({ type: 'crash', node: 'n1' });
cluster.do({ type: 'restart', node: 'n1' });
cluster.request('n1', { type: 'submit', command: { type: 'put', key: 'x', value: 2 } });
cluster.advance(100_000);
for (const { invariant, message } of cluster.violations.slice(0, 3)) console.log(`${invariant}: ${message}`);
