/** Benchmarks of the live host: durable submits to three local replicas, each a process with a disk of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { ReplicationClient } from '../../replication/client/client.ts';
import type { KeyValueCommand } from '../../replication/key-value.ts';
import { type Figure, figure, quantile } from './measure.ts';

type Client = ReplicationClient<KeyValueCommand, unknown, never, unknown>;

/** Ticks a second of the replicas: what `tickraft up` runs with. */
const RATE = 20;
const VALUE = 'v'.repeat(128);

/** Three replicas that run until `stop`. */
export interface Cluster {
  readonly client: Client;
  stop(): void;
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** Starts three replicas and connects a client to their leader. */
export async function startCluster(recording: boolean): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), 'tickraft-bench-'));
  const ports = await freePorts(3);
  const ids = ports.map((_, i) => `r${i + 1}`);
  const addresses = ids.map((id, i) => `${id}=${ports[i]}`);
  const script = fileURLToPath(new URL('./replica.ts', import.meta.url));
  const children: ChildProcess[] = [];
  for (const id of ids) {
    mkdirSync(join(folder, id));
    const own = [script, id, folder, recording ? 'on' : 'off', String(RATE), ...addresses];
    const child = spawn(process.execPath, [...process.execArgv, ...own], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    children.push(child);
    await once(child.stdout!, 'data');
  }
  const client = await connectToLeader(ports.map((port) => `http://127.0.0.1:${port}`));
  return {
    client,
    stop() {
      client.close();
      for (const child of children) child.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function connectToLeader(urls: readonly string[]): Promise<Client> {
  const scout: Client = await ReplicationClient.connect(urls);
  await scout.submit({ type: 'put', key: 'warm', value: 'up' });
  const { leader, replicas } = await scout.status();
  scout.close();
  return ReplicationClient.connect([replicas.find(({ id }) => id === leader)!.url]);
}

/** Durable submits a second with `callers` in flight, and how long one takes (milliseconds, p50 and p99), over `runs` stretches. */
export async function submits(
  { client }: Cluster,
  callers: number,
  seconds: number,
  runs: number,
  label: string,
): Promise<Figure[]> {
  const [rates, p50, p99]: [number[], number[], number[]] = [[], [], []];
  for (let run = 0; run <= runs; run++) {
    const times: number[] = [];
    const start = performance.now();
    const end = start + seconds * 1000;
    const caller = async (key: string) => {
      for (let before = performance.now(); before < end; ) {
        await client.submit({ type: 'put', key, value: VALUE });
        const now = performance.now();
        times.push(now - before);
        before = now;
      }
    };
    await Promise.all(Array.from({ length: callers }, (_, i) => caller(`key${i}`)));
    // The first stretch warms up.
    if (run === 0) continue;
    rates.push(times.length / ((performance.now() - start) / 1000));
    p50.push(quantile(times, 0.5));
    p99.push(quantile(times, 0.99));
  }
  const name = `durable submits, ${callers} caller${callers === 1 ? '' : 's'}, ${label}`;
  return [figure(name, '/s', rates), figure(`${name}, p50`, 'ms', p50), figure(`${name}, p99`, 'ms', p99)];
}
