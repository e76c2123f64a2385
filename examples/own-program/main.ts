/**
 * Machines with clocks of different speeds agree on the largest number that any of them drew, by
 * gossip.
 */
import { RunWriter, SCHEMA_VERSION } from 'tickraft/logs';
import { CALM_DISK, CALM_NETWORK, type Program, World } from 'tickraft/sim';

interface State {
  largest: number;
}

const gossip: Program<State, number> = {
  name: 'gossip',
  policy: { messagesPerTick: 1, tickWhenBusy: true, eager: false },
  init: (ctx) => ({ largest: ctx.random(1_000) }),
  onTick(state, ctx) {
    const peer = ctx.peers[ctx.random(ctx.peers.length) - 1]!;
    ctx.send(peer, state.largest);
  },
  onMessage(state, { body }) {
    state.largest = Math.max(state.largest, body);
  },
};

const machines = [1, 2, 3, 4, 5].map((n) => ({ id: `m${n}`, ticksPerSecond: n }));
const folder = process.argv[2] ?? 'runs/gossip';
const writer = new RunWriter(folder, {
  schemaVersion: SCHEMA_VERSION,
  program: gossip.name,
  machines,
  seed: 1,
  stamp: 'after',
  vector: true,
  versions: {},
  settings: { mode: 'simulated' },
  finished: false,
});
const world = new World(
  gossip,
  {
    seed: 1,
    machines,
    clock: { stamp: 'after', vector: true },
    record: true,
    network: CALM_NETWORK,
    disk: CALM_DISK,
  },
  { event: (event) => writer.write(event) },
);
world.advance(20_000_000);
await writer.finish();
for (const [id, { machine }] of world.nodes) console.log(id, machine.state.program.largest);
