/** Benchmarks of the simulated host: classic ticks a second, Raft messages a second. */
import { keyValueMachine } from '../../replication/key-value.ts';
import { createRaft } from '../../replication/raft/raft.ts';
import { randomMessages } from '../../vm/programs/random-messages.ts';
import { CALM_DISK } from '../../vm/sim/disk.ts';
import { CALM_NETWORK } from '../../vm/sim/network.ts';
import type { WorldSettings } from '../../vm/sim/settings.ts';
import { World } from '../../vm/sim/world.ts';
import { type Figure, figure, repeat, secondsOf } from './measure.ts';

function settings(names: readonly string[], rates: readonly number[], record: boolean): WorldSettings {
  return {
    seed: 1,
    machines: names.map((id, i) => ({ id, ticksPerSecond: rates[i % rates.length]! })),
    clock: { stamp: 'after', vector: true },
    record,
    network: CALM_NETWORK,
    disk: CALM_DISK,
  };
}

/** Ticks a second of three classic machines at 1, 3 and 6 ticks a second. */
export async function classicTicks(record: boolean, virtualSeconds: number, runs: number): Promise<Figure> {
  const samples = await repeat(runs, async () => {
    let rows = 0;
    const world = new World(randomMessages(), settings(['m1', 'm2', 'm3'], [1, 3, 6], record), {
      event: () => void rows++,
    });
    const seconds = await secondsOf(() => world.advance(virtualSeconds * 1_000_000));
    let ticks = 0;
    for (const { machine } of world.places.values()) ticks += machine.state.ticks;
    return ticks / seconds;
  });
  return figure(`classic program, recording ${record ? 'on' : 'off'}`, 'ticks/s', samples);
}

/** Messages a second delivered among five Raft replicas with 50 ms heartbeats and 20 writes a second. */
export async function raftMessages(record: boolean, virtualSeconds: number, runs: number): Promise<Figure> {
  const nodes = ['n1', 'n2', 'n3', 'n4', 'n5'];
  const samples = await repeat(runs, async () => {
    let rows = 0;
    const world = new World(createRaft(keyValueMachine), settings(nodes, [20], record), {
      event: () => void rows++,
    });
    world.advance(5_000_000);
    const before = sent(world);
    const seconds = await secondsOf(() => {
      for (let write = 0; write < virtualSeconds * 20; write++) {
        const command = { type: 'put', key: `key${write % 100}`, value: write };
        world.request(nodes[write % 5]!, { type: 'submit', command });
        world.advance(50_000);
      }
    });
    return (sent(world) - before) / seconds;
  });
  return figure(`Raft, five replicas under load, recording ${record ? 'on' : 'off'}`, 'msg/s', samples);
}

function sent(world: { places: ReadonlyMap<string, { machine: { state: { sent: number } } }> }): number {
  let total = 0;
  for (const { machine } of world.places.values()) total += machine.state.sent;
  return total;
}
