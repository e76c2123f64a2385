/**
 * One replica of the key-value machine as a process, with all that a replica of an application has:
 * it can join a running cluster, and be told to change its members. Prints `ready` once it listens.
 */
import {
  type KeyValueCommand,
  type KeyValueQuery,
  keyValueMachine,
} from '../../replication/core/key-value.ts';
import { startReplica } from '../../replication/live/index.ts';
import type { MemberArguments } from './replica-process.ts';

const { id, folder, replicas, join } = JSON.parse(process.argv[2]!) as MemberArguments;

await startReplica({
  id,
  machine: keyValueMachine,
  replicas,
  join,
  data: `${folder}/${id}`,
  check: {
    command: (value) => value as KeyValueCommand,
    query: (value) => value as KeyValueQuery,
  },
  onFailure: ({ code, message }) => {
    if (code !== 'Removed') console.error(message);
    process.exit(code === 'Removed' ? 0 : 1);
  },
  onNotice: () => {},
});
console.log('ready');
// Leaving by itself would wait for LMDB, which may be in the middle of a write.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
