/**
 * Benchmarks of the simulated host: ticks per second of the classic program, and a Raft cluster
 * under load.
 */
import type { Manifest } from '../../logs/format/manifest.ts';
import { SCHEMA_VERSION } from '../../logs/format/schema.ts';
import { createRun } from '../../logs/run-folder.ts';
import { LogWriter } from '../../logs/writer.ts';
import { keyValueMachine } from '../../replication/core/key-value.ts';
import { createRaft } from '../../replication/raft/raft.ts';
import type { EventRecord } from '../../vm/event.ts';
import { randomMessages } from '../../vm/programs/random-messages.ts';
import { CALM_DISK } from '../../vm/sim/disk.ts';
import { CALM_NETWORK } from '../../vm/sim/network.ts';
import type { WorldSettings } from '../../vm/sim/settings.ts';
import { World } from '../../vm/sim/world.ts';
import { temporaryFolder } from './ending.ts';
import { type Figure, figure, repeat, secondsOf } from './measure.ts';

/**
 * What happens to the events: none are made, a listener gets them, or they are written to a run
 * folder.
 */
export type Recording = 'off' | 'heard' | 'on';

const NODES = ['n1', 'n2', 'n3', 'n4', 'n5'];
const HOUR = 3_600;
/** A tick is a heartbeat: 50 ms. */
const RATE = 20;
/** Between two writes, 20 a second. */
const WRITE_US = 50_000;

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
    for (const { machine } of world.nodes.values()) ticks += machine.state.ticks;
    return ticks / seconds;
  });
  return figure(`classic program, recording ${record ? 'on' : 'off'}`, 'ticks/s', samples);
}

/**
 * Five Raft replicas with 50 ms heartbeats and 20 writes a second: the seconds that an hour takes,
 * the hours that an hour simulates, and, where there are events, how many a second.
 */
export async function simulatedHour(
  recording: Recording,
  virtualSeconds: number,
  runs: number,
): Promise<Figure[]> {
  const perHour: number[] = [];
  const perSecond: number[] = [];
  for (let run = 0; run < runs; run++) {
    const { seconds, events } = await simulate(recording, virtualSeconds);
    perHour.push((seconds * HOUR) / virtualSeconds);
    perSecond.push(events / seconds);
  }
  const figures = [
    figure(hourName(recording), 's', perHour),
    figure(
      `simulated hours an hour, recording ${recording}`,
      'h',
      perHour.map((seconds) => HOUR / seconds),
    ),
  ];
  if (recording === 'off') return figures;
  return [...figures, figure(`simulated events a second, recording ${recording}`, '/s', perSecond)];
}

/** The name of a figure. */
export function hourName(recording: Recording): string {
  return `one simulated hour, recording ${recording}`;
}

async function simulate(
  recording: Recording,
  virtualSeconds: number,
): Promise<{ seconds: number; events: number }> {
  let events = 0;
  const folder = temporaryFolder();
  const dir = `${folder.path}/run`;
  const log = recording === 'on' ? openLogs(dir) : undefined;
  const event = (record: EventRecord) => {
    events++;
    log?.write(record);
  };
  const world = new World(createRaft(keyValueMachine), settings(NODES, [RATE], recording !== 'off'), {
    event,
  });
  const seconds = await secondsOf(async () => {
    for (let write = 0; write < (virtualSeconds * 1_000_000) / WRITE_US; write++) {
      const command = { type: 'put', key: `key${write % 100}`, value: write };
      world.request(NODES[write % NODES.length]!, { type: 'submit', command });
      world.advance(WRITE_US);
    }
    await log?.close();
  });
  folder.remove();
  return { seconds, events };
}

/** A run folder, as `tickraft clocks` writes one. */
function openLogs(dir: string): { write(event: EventRecord): void; close(): Promise<void> } {
  const manifest: Manifest = {
    schemaVersion: SCHEMA_VERSION,
    program: 'raft',
    machines: NODES.map((id) => ({ id, ticksPerSecond: RATE })),
    seed: 1,
    stamp: 'after',
    vector: true,
    versions: {},
    settings: {},
    finished: false,
  };
  createRun(dir, manifest);
  const writers = new Map(
    [...NODES, 'world'].map((node) => [node, new LogWriter({ dir, node, whenFull: 'wait' })]),
  );
  return {
    write: (event) => writers.get(event.node)!.write(event),
    async close() {
      for (const writer of writers.values()) await writer.close();
    },
  };
}
