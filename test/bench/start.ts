/**
 * How long a replica takes to start on what many entries have left on its disk: until it has read
 * and checked that, and listens.
 */
import { performance } from 'node:perf_hooks';
import { keyValueMachine } from '../../replication/core/key-value.ts';
import { Replica } from '../../replication/live/replica.ts';
import { createRaft } from '../../replication/raft/raft.ts';
import { liveTiming } from '../../replication/raft/timing.ts';
import { DurableDisk } from '../../vm/live/disk/durable-disk.ts';
import { GuardedServer } from '../../vm/live/server/guarded-server.ts';
import { freePorts } from './cluster.ts';
import { temporaryFolder } from './ending.ts';
import { type Figure, figure } from './measure.ts';
import { bundledReplica, type ReplicaArguments, startReplicaProcess } from './replica-process.ts';

const ID = 'r1';
const RATE = 20;
const VALUE = 'v'.repeat(128);
/** Commands under way while the disk is filled. */
const IN_FLIGHT = 2_000;

/** The name of a figure. */
export function startName(entries: number, keys: number): string {
  const [all, some] = [entries, keys].map((count) => count.toLocaleString('en-US'));
  return `start after ${all} entries on ${some} keys`;
}

/** Seconds of a start after so many entries of one command each, `runs` times. */
export async function startSeconds(entries: number, keys: number, runs: number): Promise<Figure> {
  const folder = temporaryFolder();
  const [port] = await freePorts(1);
  const replicas = [{ id: ID, url: `http://127.0.0.1:${port}` }];
  await fill(`${folder.path}/${ID}`, replicas, entries, keys);
  const own: ReplicaArguments = {
    ...{ id: ID, folder: folder.path, recording: false, rate: RATE, settings: {}, replicas },
  };
  await bundledReplica();
  const samples: number[] = [];
  for (let run = 0; run < runs; run++) {
    const start = performance.now();
    const { kill } = await startReplicaProcess(own);
    samples.push((performance.now() - start) / 1000);
    kill();
  }
  folder.remove();
  return figure(startName(entries, keys), 's', samples);
}

/** A cluster of one applies the entries, each of a command of its own. */
async function fill(
  directory: string,
  replicas: ReplicaArguments['replicas'],
  entries: number,
  keys: number,
): Promise<void> {
  const replica = new Replica({
    protocol: createRaft(keyValueMachine, { ...liveTiming(RATE), maxCommandsPerEntry: 1 }),
    self: ID,
    replicas,
    cluster: 'bench',
    server: new GuardedServer(),
    disk: DurableDisk.open(directory, { id: ID, cluster: 'bench' }),
    rate: RATE,
    onFailure: (error) => {
      throw error;
    },
  });
  let next = 0;
  const writer = async () => {
    while (next < entries) {
      const key = `key${next++ % keys}`;
      await replica.submit({ type: 'put', key, value: VALUE });
    }
  };
  await Promise.all(Array.from({ length: Math.min(IN_FLIGHT, entries) }, writer));
  const { lastIndex } = replica.status();
  if (lastIndex < entries) throw new Error(`${entries} commands made only ${lastIndex} entries`);
  await replica.stop({ handOver: false });
}
