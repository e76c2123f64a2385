/**
 * The autopilot with real processes: a leader that is killed for good is replaced by a replica that
 * the next leader starts, under load, by settings that the cluster has kept.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readLog } from '../../logs/index.ts';
import { type AutopilotSettings, decide, type View } from '../../replication/autopilot/index.ts';
import { connectClient } from '../../replication/client/index.ts';
import { type KeyValueCommand, keyValueMachine } from '../../replication/core/key-value.ts';
import { LocalProvisioner } from '../../replication/ops/provisioner/index.ts';
import { readDetail } from '../../vm/event-detail.ts';
import { greetingHeaders } from '../../vm/live/handshake.ts';
import { freePorts, until } from '../support/live-cluster.ts';

const DIST = new URL('../../dist/', import.meta.url).href;

/**
 * A replica whose autopilot calls others dead after five seconds: operators may not set less than a
 * minute. What it starts has longer to be heard of, on however busy a computer.
 */
const REPLICA = `
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { keyValueMachine, startReplica } from '${DIST}replication/live/index.js';
import { LocalProvisioner } from '${DIST}replication/ops/provisioner/index.js';
const { folder, ...given } = JSON.parse(process.argv[2]);
const freePort = () => new Promise((resolve) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});
const provisioner = new LocalProvisioner({
  directory: folder + '/plans',
  command: async ({ id, join }) => {
    const url = 'http://127.0.0.1:' + (await freePort());
    const args = [fileURLToPath(import.meta.url), JSON.stringify({ folder, id, replicas: [{ id, url }], join })];
    return { program: process.execPath, args, url };
  },
});
await startReplica({
  ...given,
  machine: keyValueMachine,
  data: folder + '/' + given.id,
  logs: folder + '/logs',
  check: { command: (value) => value, query: (value) => value },
  autopilot: { provisioner, defaults: { silentTicks: 20, stableTicks: 20, deadTicks: 100, startTicks: 5000 } },
  onFailure: ({ code }) => process.exit(code === 'Removed' ? 0 : 1),
});
`;

interface Status {
  readonly id: string;
  readonly role: string;
  readonly leader?: string;
  readonly replicas: readonly { readonly id: string; readonly url: string }[];
  readonly configuration: { readonly voters: readonly string[]; readonly learners: readonly string[] };
}

async function admin(url: string, action: string, body?: object): Promise<unknown> {
  try {
    const signal = AbortSignal.timeout(1_000);
    const given = {
      method: 'POST',
      headers: greetingHeaders({}),
      signal,
      body: JSON.stringify(body) ?? null,
    };
    const response = await fetch(`${url}/admin/${action}`, given);
    return response.ok ? await response.json() : undefined;
  } catch {
    return undefined;
  }
}

test('a leader that is killed for good is replaced, and nothing acknowledged is lost', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tickraft-autopilot-'));
  const file = join(folder, 'replica.mjs');
  writeFileSync(file, REPLICA);
  const first = await freePorts(3);
  const replicas = [0, 1, 2].map((i) => ({ id: `r${i + 1}`, url: `http://127.0.0.1:${first + i}` }));
  const processes = new Map<string, ChildProcess>();
  for (const { id } of replicas) {
    const args = [file, JSON.stringify({ folder, id, replicas })];
    processes.set(id, spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] }));
  }
  const leaderAmong = (ids: readonly string[]) =>
    until(async () => {
      for (const { id, url } of replicas.filter((one) => ids.includes(one.id))) {
        const status = (await admin(url, 'status')) as Status | undefined;
        if (status?.role === 'leader' && status.id === id) return { url, status };
      }
      return undefined;
    });
  const client = await until(() =>
    connectClient({ machine: keyValueMachine, servers: replicas.map(({ url }) => url) }).catch(
      () => undefined,
    ),
  );
  let writing = true;
  const acknowledged: string[] = [];
  const writer = (async () => {
    for (let number = 1; writing; number++) {
      const command: KeyValueCommand = { type: 'put', key: `k${number}`, value: number };
      await client.submit(command);
      acknowledged.push(`k${number}`);
    }
  })();
  try {
    const { url, status } = await leaderAmong(['r1', 'r2', 'r3']);
    expect(await until(() => admin(url, 'autopilot'))).toMatchObject({
      paused: true,
      canStart: true,
      next: null,
    });
    expect(await admin(url, 'set-autopilot', { set: { deadSeconds: '30' } })).toBeUndefined();
    expect(await admin(url, 'set-autopilot', { paused: false })).toMatchObject({ paused: false });

    const dead = processes.get(status.id)!;
    dead.kill('SIGKILL');
    await once(dead, 'exit');
    const others = replicas.map(({ id }) => id).filter((id) => id !== status.id);
    const whole = await until(async () => {
      const { status: now, url: at } = await leaderAmong(others);
      const { voters, learners } = now.configuration;
      return voters.length === 3 && !voters.includes(status.id) && learners.length === 0
        ? { now, at }
        : undefined;
    });
    const [newcomer, ...more] = whole.now.configuration.voters.filter((id) => !others.includes(id));
    expect(more).toEqual([]);
    expect(await admin(whole.at, 'autopilot')).toMatchObject({ paused: false, settings: { voters: 3 } });
    writing = false;
    await writer;

    const added = whole.now.replicas.find(({ id }) => id === newcomer)!;
    const reader = await connectClient({ machine: keyValueMachine, servers: [added.url] });
    for (const key of acknowledged) {
      expect(await reader.read({ type: 'get', key })).toBe(Number(key.slice(1)));
    }
    reader.close();
    expect(acknowledged.length).toBeGreaterThan(10);
  } finally {
    writing = false;
    await writer.catch(() => {});
    client.close();
    for (const child of processes.values()) child.kill('SIGKILL');
    const provisioner = new LocalProvisioner({
      directory: join(folder, 'plans'),
      command: () => ({ program: '', args: [] }),
    });
    for (const { id } of await provisioner.list()) await provisioner.stop(id);
  }

  // Each decision can be made again from its row.
  const kinds: string[] = [];
  for (const { id } of replicas) {
    for await (const row of readLog(join(folder, 'logs', `${id}.csv`), () => {})) {
      if (row.event !== 'decision') continue;
      const { decided, seen, settings } = readDetail(row.detail);
      const again = decide(JSON.parse(seen!) as View, JSON.parse(settings!) as AutopilotSettings);
      expect(JSON.stringify(again)).toBe(decided);
      if (row.kind !== 'hold') kinds.push(`${row.kind} ${row.peer}`);
    }
  }
  expect(kinds[0]).toMatch(/^start /);
  rmSync(folder, { recursive: true, force: true });
}, 120_000);
