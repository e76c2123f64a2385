/**
 * Backups of real clusters in this process: what is in them, that nothing damaged is taken for one,
 * and that a new cluster goes on from them.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { restoreBackup } from '../../../replication/backup/index.ts';
import { batchOf } from '../../../replication/core/batch.ts';
import { keyValueMachine, startLocal } from '../../../replication/live/index.ts';
import { greetingHeaders } from '../../../vm/live/index.ts';
import { removeTemporary, temporaryFolder } from '../../logs/temporary.ts';

const CLUSTER = keyValueMachine.name;
const NEW_ID = 'new-cluster-id';

let file: string;
let session: string;
let oldId: string;

/** A cluster of one with some data, and a session with a kept result; its backup is in `file`. */
beforeAll(async () => {
  const folder = temporaryFolder();
  file = join(folder, 'backup');
  const cluster = await startLocal({ machine: keyValueMachine, data: join(folder, 'old') });
  try {
    const leader = await cluster.leader();
    session = await leader.openSession();
    const puts = Array.from({ length: 500 }, (_, i) => ({
      type: 'put',
      key: `k${i}`,
      value: 'x'.repeat(2_000),
    }));
    await leader.submitBatch(batchOf(puts, undefined));
    await leader.submit(
      { type: 'append', key: 'text', value: 'once' },
      { session, sequence: 1, acknowledged: 1 },
    );
    const { id } = leader.status();
    oldId = leader.status().cluster!;
    const follower = cluster.addresses.find((one) => one.id !== id)!;
    writeFileSync(file, await backupOf(follower.url));
  } finally {
    await cluster.stop();
  }
});

afterAll(removeTemporary);

async function backupOf(url: string): Promise<Buffer> {
  const response = await fetch(`${url}/admin/backup`, { method: 'POST', headers: greetingHeaders({}) });
  expect(response.status).toBe(200);
  return Buffer.from(await response.arrayBuffer());
}

/** Restores into a directory of its own, and returns it. */
async function restored(from: string, ids: readonly string[]): Promise<string> {
  const directory = join(temporaryFolder(), 'new');
  const replicas = ids.map((id) => ({ id, folder: id }));
  await restoreBackup({ file: from, directory, cluster: CLUSTER, clusterId: NEW_ID, replicas });
  return directory;
}

test('a backup says what it is of, and has lines that may be read', () => {
  const [header = '', ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n');
  expect(JSON.parse(header)).toMatchObject({
    ...{ backup: 'tickraft', version: 1, application: CLUSTER, cluster: oldId, term: 1 },
    index: expect.any(Number),
  });
  const { index } = JSON.parse(header) as { index: number };
  const pairs = lines.slice(0, -1).flatMap((line) => JSON.parse(line) as [string, unknown][]);
  expect(Object.fromEntries(pairs)).toMatchObject({ applied: index, cluster: oldId, 'm/text': 'once' });
  expect(lines.length).toBeGreaterThan(4);
  expect(JSON.parse(lines.at(-1)!)).toEqual({ end: { pairs: pairs.length, sha256: expect.any(String) } });
});

test('a new cluster has the data, the sessions and an id of its own, and goes on', async () => {
  const cluster = await startLocal({
    machine: keyValueMachine,
    data: await restored(file, ['r1', 'r2', 'r3']),
  });
  try {
    const leader = await cluster.leader();
    expect(leader.status().cluster).toBe(NEW_ID);
    expect(await leader.read({ type: 'get', key: 'k499' })).toBe('x'.repeat(2_000));
    // Tried again in the new cluster, the command has its answer already.
    const tag = { session, sequence: 1, acknowledged: 1 };
    await leader.submit({ type: 'append', key: 'text', value: 'once' }, tag);
    expect(await leader.read({ type: 'get', key: 'text' })).toBe('once');
    await leader.submit({ type: 'append', key: 'text', value: ', and more' });
    expect(await leader.read({ type: 'get', key: 'text' })).toBe('once, and more');
    for (const replica of cluster.replicas.values()) expect(replica.status().recovery).toBe('normal');
  } finally {
    await cluster.stop();
  }
});

test('a replica that was not restored gets everything from the others', async () => {
  const cluster = await startLocal({ machine: keyValueMachine, data: await restored(file, ['r1', 'r2']) });
  try {
    const leader = await cluster.leader();
    await leader.submit({ type: 'put', key: 'new', value: 1 });
    const third = cluster.replicas.get('r3')!;
    expect(await third.read({ type: 'get', key: 'new' })).toBe(1);
    expect(await third.read({ type: 'get', key: 'k0' }, { consistency: 'stale' })).toBe('x'.repeat(2_000));
  } finally {
    await cluster.stop();
  }
});

describe('a file that is not a whole backup is refused by name, and nothing is made', () => {
  /** Restores bytes. Returns what it is refused for. */
  async function refusal(bytes: Buffer | string): Promise<string> {
    const folder = temporaryFolder();
    const damaged = join(folder, 'damaged');
    writeFileSync(damaged, bytes);
    const options = { cluster: CLUSTER, clusterId: NEW_ID, replicas: [{ id: 'r1', folder: '' }] };
    const why = await restoreBackup({ file: damaged, directory: join(folder, 'new'), ...options }).then(
      () => 'not refused',
      (error: Error) => error.message,
    );
    expect(readdirSync(folder)).toEqual(['damaged']);
    return why.replace(damaged, 'FILE');
  }
  const whole = () => readFileSync(file);
  /** Where the lines of the backup end. */
  const ends = () => [...whole().entries()].flatMap(([at, byte]) => (byte === 10 ? [at] : []));

  test('cut off at the end of any line, or within one', async () => {
    for (const end of ends().slice(0, -1)) {
      expect(await refusal(whole().subarray(0, end + 1))).toBe('FILE is cut off: its last line is missing');
      expect(await refusal(whole().subarray(0, end + 20))).toBe('FILE is cut off: its last line is missing');
    }
    expect(await refusal('')).toBe('FILE is not a backup of Tickraft');
    expect(await refusal(whole().subarray(0, 20))).toBe('FILE is not a backup of Tickraft');
  });

  test('with a bit flipped anywhere', async () => {
    const size = whole().length;
    for (const at of [5, 100, ends()[0]! + 4, Math.floor(size / 3), Math.floor(size / 2), size - 30]) {
      const bytes = whole();
      bytes[at]! ^= 1;
      expect(await refusal(bytes)).toMatch(/^FILE is (damaged: |cut off: |not a backup)/);
    }
  });

  test('with a line left out, twice, or after its end', async () => {
    const text = whole().toString();
    const lines = text.split('\n');
    const without = [...lines.slice(0, 2), ...lines.slice(3)].join('\n');
    expect(await refusal(without)).toMatch(/^FILE is damaged: it has \d+ pairs where \d+ were written$/);
    expect(await refusal(`${text}[]\n`)).toBe('FILE is damaged: there is something after its end');
    expect(await refusal(`${text} `)).toBe('FILE is damaged: there is something after its end');
  });

  test('of another program, or a later version', async () => {
    expect(await refusal('{"some":"json"}\n')).toBe('FILE is not a backup of Tickraft');
    const text = whole().toString();
    expect(await refusal(text.replace('"version":1', '"version":2'))).toMatch(
      /^FILE is a backup of version 2, and this version of Tickraft reads version 1/,
    );
  });

  test('nor is one that is not there', async () => {
    const directory = join(temporaryFolder(), 'new');
    const options = { cluster: CLUSTER, clusterId: NEW_ID, replicas: [{ id: 'r1', folder: '' }] };
    await expect(restoreBackup({ file: '/nowhere/backup', directory, ...options })).rejects.toThrow(
      /^cannot read \/nowhere\/backup: .*ENOENT/,
    );
  });
});

test('a backup of another application is refused, and nothing is made', async () => {
  const folder = temporaryFolder();
  const options = { cluster: 'chat', clusterId: NEW_ID, replicas: [{ id: 'r1', folder: '' }] };
  await expect(restoreBackup({ file, directory: join(folder, 'new'), ...options })).rejects.toThrow(
    `${file} is a backup of ${CLUSTER}, not of chat`,
  );
  expect(readdirSync(folder)).toEqual([]);
});

test('a directory that holds something is refused, and left as it is', async () => {
  const directory = temporaryFolder();
  writeFileSync(join(directory, 'letter'), 'dear');
  const options = { cluster: CLUSTER, clusterId: NEW_ID, replicas: [{ id: 'r1', folder: '' }] };
  await expect(restoreBackup({ file, directory, ...options })).rejects.toMatchObject({
    code: 'DataForeign',
    message: `${directory} is not empty: name a directory that is new or empty`,
  });
  expect(readdirSync(directory)).toEqual(['letter']);
});

describe('a running replica', () => {
  test('gives a backup to those with the secret, one at a time, and to no page', async () => {
    const cluster = await startLocal({ machine: keyValueMachine, replicas: 1 });
    try {
      const { url } = cluster.addresses[0]!;
      const ask = (method: string, headers: Record<string, string>) =>
        fetch(`${url}/admin/backup`, { method, headers });
      expect((await ask('GET', greetingHeaders({}))).status).toBe(405);
      expect((await ask('POST', {})).status).toBe(403);
      expect((await ask('POST', { ...greetingHeaders({}), origin: url })).status).toBe(403);
      const leader = await cluster.leader();
      // Far more than the connection holds, so that a backup is under way until it is read.
      const puts = Array.from({ length: 60 }, (_, i) => ({
        type: 'put',
        key: `k${i}`,
        value: 'x'.repeat(200_000),
      }));
      for (const put of puts) await leader.submit(put as never);
      const first = await ask('POST', greetingHeaders({}));
      expect(first.status).toBe(200);
      const second = await ask('POST', greetingHeaders({}));
      expect([second.status, await second.json()]).toEqual([
        503,
        { error: 'a backup of r1 is being taken already' },
      ]);
      // What is written meanwhile is not in it.
      await leader.submit({ type: 'put', key: 'later', value: 1 });
      const text = await first.text();
      expect(text).toMatch(/"end":\{"pairs":\d+,"sha256":"\w+"\}\}\n$/);
      expect(text).not.toContain('"m/later"');
      expect(await (await ask('POST', greetingHeaders({}))).text()).toContain('"m/later"');
    } finally {
      await cluster.stop();
    }
  });

  test('that is stopped in the middle of a backup breaks it off, and does not fail', async () => {
    const cluster = await startLocal({ machine: keyValueMachine, replicas: 1, data: temporaryFolder() });
    const { url } = cluster.addresses[0]!;
    const leader = await cluster.leader();
    for (let i = 0; i < 60; i++)
      await leader.submit({ type: 'put', key: `k${i}`, value: 'x'.repeat(200_000) });
    const response = await fetch(`${url}/admin/backup`, { method: 'POST', headers: greetingHeaders({}) });
    await cluster.stop();
    await expect(response.text()).rejects.toThrow('terminated');
  });

  test('without a leader gives none', async () => {
    const cluster = await startLocal({ machine: keyValueMachine, timing: { electionMs: 300 } });
    try {
      const { id } = (await cluster.leader()).status();
      const [one, other] = cluster.addresses.filter((address) => address.id !== id);
      await cluster.kill(id);
      await cluster.kill(other!.id);
      const response = await fetch(`${one!.url}/admin/backup`, {
        method: 'POST',
        headers: greetingHeaders({}),
      });
      expect([response.status, await response.json()]).toEqual([503, { error: expect.any(String) }]);
    } finally {
      await cluster.stop();
    }
  });
});
