/** One replica of the key-value machine as a process: what the live benchmarks measure. Prints `ready` once it listens. */
import { createServer } from 'node:http';
import { Server } from 'socket.io';
import { LogWriter } from '../../logs/writer.ts';
import { type KeyValueCommand, type KeyValueQuery, keyValueMachine } from '../../replication/key-value.ts';
import { Replica } from '../../replication/live/replica.ts';
import { attachClients } from '../../replication/live/server.ts';
import { livePace } from '../../replication/raft/pace.ts';
import { createRaft } from '../../replication/raft/raft.ts';
import type { RaftMessage, RaftState } from '../../replication/raft/types.ts';
import { DurableDisk } from '../../vm/live/disk.ts';

/** Command line: own id, folder, `on` or `off` for recording, ticks a second, then `id=port` of every replica. */
const [self, folder, recording, rate, ...addresses] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
];
const replicas = addresses.map((address) => {
  const [id, port] = (address as string).split('=') as [string, string];
  return { id, url: `http://127.0.0.1:${port}` };
});

const log =
  recording === 'on'
    ? new LogWriter({ dir: folder, node: self, whenFull: 'drop', limitBytes: 256 * 2 ** 20 })
    : undefined;
const server = createServer();
const replica = new Replica<KeyValueCommand, unknown, KeyValueQuery, unknown, RaftState, RaftMessage>({
  protocol: createRaft(keyValueMachine, livePace(Number(rate))),
  self,
  replicas,
  cluster: 'bench',
  server,
  disk: DurableDisk.open(`${folder}/${self}`, { id: self, cluster: 'bench' }),
  rate: Number(rate),
  record: log ? (event) => log.write(event) : undefined,
  onFailure: (error) => {
    console.error(error.message);
    process.exit(1);
  },
});
const io = new Server(server, { transports: ['websocket'], serveClient: false, perMessageDeflate: false });
attachClients(io, {
  replication: replica,
  check: {
    command: (value) => value as KeyValueCommand,
    query: (value) => value as KeyValueQuery,
  },
});
server.listen(Number(new URL(replicas.find(({ id }) => id === self)!.url).port), '127.0.0.1', () => {
  console.log('ready');
});
process.on('disconnect', () => process.exit(0));
