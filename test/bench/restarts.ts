/**
 * A new member is brought up to date with much data while both ends are killed and started again in
 * the middle of it: what it cost in bytes, in elections and in memory.
 */
import { spawnSync } from 'node:child_process';
import { ReplicationClient } from '../../replication/client/client.ts';
import { greetingHeaders } from '../../vm/live/handshake.ts';
import { freePorts, MEMBERS, type Process } from './cluster.ts';
import { temporaryFolder } from './ending.ts';
import { type Figure, figure } from './measure.ts';
import { type Client, change, fill, until, votes } from './members.ts';
import { startMemberProcess } from './replica-process.ts';

/** The names of the figures. */
export function restartNames(megabytes: number) {
  const name = `a member more, ${megabytes} MB of data, both ends killed`;
  return {
    sent: `${name}, bytes sent over data`,
    elections: `${name}, elections but that of the kill`,
    memory: `${name}, memory`,
  };
}

/** Adds a member to three with so much data, and kills it and the leader when it has half of it. */
export async function restartedMember(megabytes: number): Promise<Figure[]> {
  const folder = temporaryFolder();
  const ports = await freePorts(MEMBERS.length + 1);
  const addresses = ports.map((port, i) => ({ id: `r${i + 1}`, url: `http://127.0.0.1:${port}` }));
  const founders = addresses.slice(0, MEMBERS.length);
  const newcomer = addresses.at(-1)!;
  const urls = founders.map(({ url }) => url);
  const processes = new Map<string, Process>();
  const start = async (id: string) => {
    const isNew = id === newcomer.id;
    const own = { id, folder: folder.path, replicas: isNew ? [newcomer] : founders };
    processes.set(id, await startMemberProcess(isNew ? { ...own, join: urls } : own));
  };
  for (const { id } of founders) await start(id);
  const client: Client = await ReplicationClient.connect(urls);
  await until(async () => (await client.status()).leader);
  await fill(client, { megabytes });
  client.close();
  await start(newcomer.id);
  const sent = new Map<string, number>();
  /** Of the processes that there have been, how much each has sent to the new member. */
  const look = async () => {
    for (const { id, url } of founders) {
      const metrics = await metricsOf(url);
      const bytes = metrics?.(`peer_sent_bytes_total{peer="${newcomer.id}"}`);
      if (bytes !== undefined) sent.set(`${id} ${processes.get(id)!.pid}`, bytes);
    }
    return [...sent.values()].reduce((sum, bytes) => sum + bytes, 0);
  };
  const leader = await until(() => leaderOf(urls));
  const quiet = founders.find(({ id }) => id !== leader)!;
  const electionsBefore = await leaderChanges(quiet.url);
  await change(quiet.url, { do: 'add', role: 'voter', ...newcomer });
  await until(async () => (await look()) >= (megabytes * 1e6) / 2 || undefined);
  for (const id of [leader, newcomer.id]) processes.get(id)!.kill();
  for (const id of [newcomer.id, leader]) await start(id);
  await until(async () => {
    await look();
    return votes(quiet.url, newcomer.id);
  });
  const all = await look();
  const elections = (await leaderChanges(quiet.url)) - electionsBefore - 1;
  const memory = memoryOf([...processes.values()].map(({ pid }) => pid));
  for (const { kill } of processes.values()) kill();
  folder.remove();
  const names = restartNames(megabytes);
  return [
    figure(names.sent, '', [all / (megabytes * 1e6)]),
    figure(names.elections, '', [elections]),
    figure(names.memory, 'MB', [memory]),
  ];
}

/** A replica's metrics, by name; undefined if it does not answer. */
async function metricsOf(url: string): Promise<((name: string) => number | undefined) | undefined> {
  try {
    const response = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(2_000) });
    const lines = (await response.text()).split('\n').map((line) => line.split(' '));
    return (name) => {
      const value = lines.find(([word]) => word === `tickraft_${name}`)?.[1];
      return value === undefined ? undefined : Number(value);
    };
  } catch {
    return undefined;
  }
}

async function leaderChanges(url: string): Promise<number> {
  return until(async () => (await metricsOf(url))?.('leader_changes_total'));
}

async function leaderOf(urls: readonly string[]): Promise<string | undefined> {
  for (const url of urls) {
    const response = await fetch(`${url}/admin/status`, { method: 'POST', headers: greetingHeaders({}) });
    const { leader } = (await response.json()) as { readonly leader?: string };
    if (leader !== undefined) return leader;
  }
  return undefined;
}

/** What the process with most memory of its own has, in MB: without the file that it maps. */
function memoryOf(pids: readonly number[]): number {
  const sizes = pids.map((pid) => {
    const { stdout } = spawnSync('grep', ['RssAnon', `/proc/${pid}/status`], { encoding: 'utf8' });
    return Number(/\d+/.exec(stdout)?.[0] ?? Number.NaN) / 1_000;
  });
  return Math.max(...sizes);
}
