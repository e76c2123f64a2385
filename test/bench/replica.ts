/**
 * One replica of the key-value machine as a process: what the live benchmarks measure. Prints
 * `ready` once it listens.
 */
import { LogWriter } from '../../logs/writer.ts';
import {
  type KeyValueCommand,
  type KeyValueQuery,
  keyValueMachine,
} from '../../replication/core/key-value.ts';
import { Replica } from '../../replication/live/replica.ts';
import { attachClients } from '../../replication/live/server.ts';
import { createRaft } from '../../replication/raft/raft.ts';
import { liveTiming } from '../../replication/raft/timing.ts';
import { DurableDisk } from '../../vm/live/disk/durable-disk.ts';
import { GuardedServer } from '../../vm/live/server/guarded-server.ts';
import type { ReplicaArguments } from './replica-process.ts';

const { id, folder, recording, rate, settings, replicas } = JSON.parse(process.argv[2]!) as ReplicaArguments;

const log = recording
  ? new LogWriter({ dir: folder, node: id, whenFull: 'drop', limitBytes: 256 * 2 ** 20 })
  : undefined;
const server = new GuardedServer();
const replica = new Replica({
  protocol: createRaft(keyValueMachine, { ...liveTiming(rate), ...settings }),
  self: id,
  replicas,
  cluster: 'bench',
  server,
  disk: DurableDisk.open(`${folder}/${id}`, { id, cluster: 'bench' }),
  rate,
  record: log ? (event) => log.write(event) : undefined,
  onFailure: (error) => {
    console.error(error.message);
    process.exit(1);
  },
});
attachClients(server, {
  replication: replica,
  check: {
    command: (value) => value as KeyValueCommand,
    query: (value) => value as KeyValueQuery,
  },
});
server.listen(Number(new URL(replicas.find((one) => one.id === id)!.url).port), '127.0.0.1', () => {
  console.log('ready');
});
// Leaving by itself would wait for LMDB, which may be in the middle of a write.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
