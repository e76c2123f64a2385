/** Three Tickraft replicas of the key-value machine, driven by the client library. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ReplicationClient } from '../../replication/client/client.ts';
import type { KeyValueCommand } from '../../replication/core/key-value.ts';
import type { RaftSettings } from '../../replication/raft/settings.ts';
import {
  type Cluster,
  type Connection,
  freePorts,
  MEMBERS,
  type MemberState,
  type Process,
  settle,
  type Timeouts,
} from './cluster.ts';
import { temporaryFolder } from './ending.ts';
import { processorSeconds } from './measure.ts';
import { type ReplicaArguments, startReplicaProcess } from './replica-process.ts';

type Client = ReplicationClient<KeyValueCommand, unknown, never, unknown>;

/** Ticks a second of the replicas: what `tickraft up` runs with. */
const RATE = 20;
/** Ticks a second where timeouts are set to the millisecond. */
const FINE_RATE = 100;

/** Three replicas: their processes, and the folder of their data. */
export interface TickraftCluster extends Cluster {
  readonly folder: string;
  pids(): readonly number[];
}

/** Starts three replicas; without `timeouts` at the pace of `tickraft up`. */
export async function startTickraft(recording: boolean, timeouts?: Timeouts): Promise<TickraftCluster> {
  const folder = temporaryFolder();
  const ports = await freePorts(MEMBERS.length);
  const replicas = ports.map((port, i) => ({ id: `r${i + 1}`, url: `http://127.0.0.1:${port}` }));
  const pace = timeouts ? { rate: FINE_RATE, settings: settingsOf(timeouts) } : { rate: RATE, settings: {} };
  const processes: Process[] = [];
  const monitors: Client[] = [];
  const start = async (member: number) => {
    const { id } = replicas[member]!;
    const own: ReplicaArguments = { id, folder: folder.path, recording, ...pace, replicas };
    processes[member] = await startReplicaProcess(own);
    monitors[member]?.close();
    monitors[member] = await ReplicationClient.connect([replicas[member]!.url]);
  };
  for (const { id } of replicas) mkdirSync(join(folder.path, id));
  for (const member of MEMBERS) await start(member);
  const ask = async (member: number): Promise<MemberState | undefined> => {
    const { id, leader, lastIndex } = await monitors[member]!.status();
    // A client whose replica has died has gone on to another one.
    return id === replicas[member]!.id ? { leads: leader === id, leader, lastIndex } : undefined;
  };
  return {
    name: 'Tickraft',
    folder: folder.path,
    pids: () => processes.map(({ pid }) => pid),
    settled: () => settle('Tickraft', ask),
    connect: async (member) => connection(await ReplicationClient.connect([replicas[member]!.url])),
    kill: (member) => processes[member]!.kill(),
    start,
    processorSeconds: () => processes.reduce((sum, { pid }) => sum + processorSeconds(pid), 0),
    stop() {
      for (const monitor of monitors) monitor.close();
      for (const { kill } of processes) kill();
      folder.remove();
    },
  };
}

function settingsOf({ heartbeatMs, electionMs }: Timeouts): Partial<RaftSettings> {
  const ticks = (ms: number) => Math.round((ms * FINE_RATE) / 1000);
  return { heartbeatTicks: ticks(heartbeatMs), electionTicks: [ticks(electionMs), ticks(2 * electionMs)] };
}

function connection(client: Client): Connection {
  return {
    put: (key, value) => client.submit({ type: 'put', key, value }),
    close: () => client.close(),
  };
}
