/** Three etcd members, where etcd is installed. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { type Cluster, freePorts, MEMBERS, settle, startProcess, type Timeouts } from './cluster.ts';
import { atEnd, temporaryFolder } from './ending.ts';
import { connectEtcd, etcdState } from './etcd-client.ts';
import { processorSeconds } from './measure.ts';

/** The installed etcd's version, or undefined if there is none. */
export function etcdVersion(): string | undefined {
  const { stdout } = spawnSync('etcd', ['--version'], { encoding: 'utf8' });
  return /etcd Version: (\S+)/.exec(stdout ?? '')?.[1];
}

/**
 * A shell that says the process id of what it runs, and kills it when its own standard input
 * closes.
 */
const KEEPER = '"$@" >/dev/null 2>&1 & echo $!; read -r _; kill -9 $!';

/** Starts three members; without `timeouts` at etcd's own. */
export async function startEtcd(timeouts?: Timeouts): Promise<Cluster> {
  const folder = temporaryFolder();
  const ports = await freePorts(2 * MEMBERS.length);
  const url = (port: number) => `http://127.0.0.1:${port}`;
  const [clients, peers] = [ports.slice(0, 3).map(url), ports.slice(3).map(url)];
  const kills: (() => void)[] = [];
  const pids: number[] = [];
  const start = async (member: number) => {
    const args = flags({
      name: `m${member}`,
      'data-dir': join(folder.path, `m${member}`),
      'listen-client-urls': clients[member]!,
      'advertise-client-urls': clients[member]!,
      'listen-peer-urls': peers[member]!,
      'initial-advertise-peer-urls': peers[member]!,
      'initial-cluster': peers.map((peer, i) => `m${i}=${peer}`).join(','),
      logger: 'zap',
      'log-outputs': 'stdout',
      ...(timeouts && {
        'heartbeat-interval': String(timeouts.heartbeatMs),
        'election-timeout': String(timeouts.electionMs),
      }),
    });
    const keeper = await startProcess('sh', ['-c', KEEPER, 'sh', 'etcd', ...args], 'stdin');
    const pid = Number(keeper.said);
    pids[member] = pid;
    kills[member] = atEnd(() => {
      process.kill(pid, 'SIGKILL');
      keeper.kill();
    });
  };
  for (const member of MEMBERS) await start(member);
  return {
    name: 'etcd',
    settled: () => settle('etcd', (member) => etcdState(clients[member]!)),
    connect: (member) => connectEtcd(clients[member]!),
    kill: (member) => kills[member]!(),
    start,
    processorSeconds: () => pids.reduce((sum, pid) => sum + processorSeconds(pid), 0),
    stop() {
      for (const kill of kills) kill();
      folder.remove();
    },
  };
}

function flags(settings: Readonly<Record<string, string>>): string[] {
  return Object.entries(settings).map(([name, value]) => `--${name}=${value}`);
}
