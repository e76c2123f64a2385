/**
 * Data that an earlier version wrote is read, and means the same. `former-versions/` has the data
 * of three replicas in format 3, the third of which was repaired and starts empty, and of three in
 * format 4, one of which was sent a snapshot; and a run of schema version 1, of the golden scenario
 * `wiped-node-same-id`.
 */

import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, expect, test } from '@jest/globals';
import { loadRun } from '../analysis/run/load.ts';
import { readLog } from '../logs/reader.ts';
import { openRun } from '../logs/run-folder.ts';
import { createRaft } from '../replication/raft/raft.ts';
import { removeTemporary, temporaryFolder } from './logs/temporary.ts';
import { Cluster } from './replication/live/cluster.ts';
import { recordScenario } from './support/recorded-scenario.ts';

const FORMER = fileURLToPath(new URL('former-versions', import.meta.url));
const RUN = join(FORMER, 'schema-1');
const IDS = ['r1', 'r2', 'r3'];
const closers: (() => Promise<void>)[] = [];

afterAll(async () => {
  for (const close of closers) await close();
  removeTemporary();
});

test('data of format 3 is taken over: nothing acknowledged is lost, and a replica that recovers goes on with it', async () => {
  const cluster = await clusterOf(3);
  await cluster.restart('r3');
  expect(cluster.get('r3').status().recovery).toBe('recovering');
  await cluster.restart('r1');
  expect(cluster.get('r1').status().recovery).toBe('normal');
  await cluster.restart('r2');
  await cluster.leader();
  await cluster.normal('r3');
  await holdsAll(cluster);
});

test('data of format 4 is taken over: what LMDB had of the log is in a log', async () => {
  const cluster = await clusterOf(4);
  await Promise.all(IDS.map((id) => cluster.restart(id)));
  expect(IDS.map((id) => cluster.get(id).status().recovery)).toEqual(['normal', 'normal', 'normal']);
  await cluster.leader();
  await holdsAll(cluster);
  for (const id of IDS) expect(existsSync(join(cluster.directory(id), 'log'))).toBe(true);
});

test('a run of schema version 1 is analysed as the same run of this version is', async () => {
  const dir = join(temporaryFolder(), 'run');
  const scenario = new URL('golden/wiped-node-same-id.scenario', import.meta.url);
  await recordScenario(dir, readFileSync(scenario, 'utf8'), createRaft);
  const [former, present] = await Promise.all([rowsOf(RUN), rowsOf(dir)]);
  expect(former).toEqual(present);
  const words = former.map(({ kind, detail }) => `${kind} ${detail}`).join('\n');
  expect(words).toContain('Recovered');
  expect(words).toContain('recovery=normal');
  expect(words).not.toMatch(/Promote|standing/);
});

test('its logs are read in the words of this version, and without its manifest as they are', async () => {
  const detailsOf = async (...run: Parameters<typeof readLog>[2][]) => {
    const details: (string | undefined)[] = [];
    for await (const { event, detail } of readLog(join(RUN, 'n2.csv'), fail, ...run))
      if (event === 'config') details.push(detail);
    return details;
  };
  expect(await detailsOf(openRun(RUN))).toContain('recovery=normal');
  expect(await detailsOf()).toContain('standing=whole');
});

/** Replicas that are stopped, with the data of a former format. */
async function clusterOf(format: number): Promise<Cluster> {
  const cluster = await Cluster.start(3);
  closers.push(() => cluster.close());
  await Promise.all(IDS.map((id) => cluster.stop(id)));
  for (const id of IDS) {
    const data = gunzipSync(readFileSync(join(FORMER, `format-${format}.${id}.data.mdb.gz`)));
    rmSync(join(cluster.directory(id), 'log'), { recursive: true, force: true });
    writeFileSync(join(cluster.directory(id), 'data.mdb'), data);
    writeFileSync(identityOf(cluster, id), JSON.stringify({ format, id, cluster: 'test' }));
  }
  return cluster;
}

/** All that was acknowledged is there, and the directories are of this format. */
async function holdsAll(cluster: Cluster): Promise<void> {
  for (const [key, value] of Object.entries({ a: 'one', b: 'two', c: 'needle' }))
    expect(await cluster.get('r3').read({ type: 'get', key })).toBe(value);
  for (const id of IDS)
    expect(JSON.parse(readFileSync(identityOf(cluster, id), 'utf8'))).toMatchObject({ format: 7 });
}

function fail(problem: unknown): never {
  throw new Error(JSON.stringify(problem));
}

function identityOf(cluster: Cluster, id: string): string {
  return join(cluster.directory(id), 'tickraft.json');
}

async function rowsOf(dir: string) {
  const { database } = await loadRun(dir);
  try {
    return await database.rows<{ kind: string | null; detail: string | null }>(
      'SELECT * FROM events ORDER BY id',
    );
  } finally {
    database.close();
  }
}
