/**
 * Damaged data directories: what is reported about them, and how another database replaces theirs.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { open } from 'lmdb';
import { DamagedDirectory, repairDirectory } from '../../../../vm/live/disk/damaged-directory.ts';
import { DurableDisk } from '../../../../vm/live/disk/durable-disk.ts';
import { applyWrite, type Disk, type Write } from '../../../../vm/store.ts';
import { flip } from '../../../support/damage.ts';

const owner = { id: 'm1', cluster: 'test' };
let root: string;
let directory: string;
/** The database's file, the folder of the log, and the one segment in it. */
let file: string;
let log: string;
let segment: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tickraft-damaged-'));
  directory = join(root, 'data');
  file = join(directory, 'data.mdb');
  log = join(directory, 'log');
  segment = join(log, '0000000001');
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

/**
 * A directory that holds a few records, data and incoming with their places changed once, opened
 * twice.
 */
async function made(more: readonly Write[] = []): Promise<void> {
  await DurableDisk.open(directory, owner).close();
  const disk = DurableDisk.open(directory, owner);
  const writes: Write[] = [
    { space: 'program', key: 'a', value: 'needle a' },
    { space: 'program', key: 'b', value: 'needle b' },
    { space: 'incoming', key: 'd', value: 'data, in the end' },
    { swap: true },
    ...more,
  ];
  for (const write of writes) applyWrite(disk, write);
  await disk.persist(1, writes);
  await disk.close();
}

function records(disk: Disk): unknown[] {
  return (['program', 'data', 'incoming'] as const).flatMap((space) => [...disk[space].range('', '~')]);
}

/** Opens it as a machine does, and reads everything. */
async function reopened(): Promise<{ boot: number; records: unknown[] }> {
  const disk = DurableDisk.open(directory, owner);
  const found = { boot: disk.boot, records: records(disk) };
  await disk.close();
  return found;
}

async function look(): Promise<Pick<DamagedDirectory, 'damage' | 'otherwise' | 'isWhole'>> {
  const found = new DamagedDirectory(directory, owner);
  await found.close();
  return { damage: found.damage, otherwise: found.otherwise, isWhole: found.isWhole };
}

const keepWhole = (found: DamagedDirectory) => found.disk();

test('undamaged records and the number of starts are kept, and the old files beside them', async () => {
  await made();
  flip(segment, /needle a/g);
  const old = [readFileSync(file), readFileSync(segment)];
  expect(await look()).toEqual({
    damage: [{ space: 'program', key: 'a' }],
    otherwise: undefined,
    isWhole: false,
  });
  const kept = await repairDirectory(directory, owner, (found) => {
    const disk = found.disk();
    disk.program.put('c', 'new');
    expect(disk.data.get('d')).toBe('data, in the end');
    return disk;
  });
  expect(kept).toEqual([`${file}.before-repair-1`, `${log}.before-repair-1`]);
  expect([readFileSync(kept[0]!), readFileSync(join(kept[1]!, '0000000001'))]).toEqual(old);
  expect(readdirSync(directory)).not.toContain('repair');
  expect((await look()).isWhole).toBe(true);
  const whole = [
    ['b', 'needle b'],
    ['c', 'new'],
    ['d', 'data, in the end'],
  ];
  expect(await reopened()).toEqual({ boot: 3, records: whole });

  flip(join(directory, 'log-2/0000000001'), /needle b/g);
  expect(await repairDirectory(directory, owner, keepWhole)).toEqual([
    `${file}.before-repair-2`,
    `${log}-2.before-repair-1`,
  ]);
  expect(await reopened()).toEqual({ boot: 4, records: whole.slice(1) });
});

test('a refused repair changes nothing', async () => {
  await made();
  flip(segment, /needle a/g);
  const [old, names] = [readFileSync(file), readdirSync(directory)];
  const refused = repairDirectory(directory, owner, () => {
    throw new Error('not so');
  });
  await expect(refused).rejects.toThrow('not so');
  expect(readFileSync(file).equals(old)).toBe(true);
  expect(readdirSync(directory)).toEqual(names);
});

test('a record that is missing is distinguished from one that is damaged', async () => {
  await made();
  const settings = { encoding: 'binary', keyEncoding: 'binary', overlappingSync: false } as const;
  const db = open<Buffer, Buffer>({ path: directory, noSubdir: false, ...settings });
  await db.remove(Buffer.from('id'));
  await db.close();
  flip(segment, /needle a/g);
  expect(await look()).toEqual({
    damage: [{ space: 'program', key: 'a' }],
    otherwise: 'it holds 0 records where 1 were written',
    isWhole: false,
  });
});

test('nothing is kept of a file that cannot be read', async () => {
  await made();
  truncateSync(file, 5000);
  expect(await look()).toMatchObject({
    damage: [],
    otherwise: expect.stringMatching(/^it ends before page/),
  });
  await repairDirectory(directory, owner, (found) => {
    const disk = found.disk();
    expect(records(disk)).toEqual([]);
    disk.program.put('begun', 'again');
    return disk;
  });
  expect(await reopened()).toEqual({ boot: 1, records: [['begun', 'again']] });
});

test('directories of other machines, in use, or without data are left alone', async () => {
  await made();
  const attempts = (id: string) => [
    () => new DamagedDirectory(directory, { ...owner, id }),
    () => repairDirectory(directory, { ...owner, id }, keepWhole),
  ];
  for (const attempt of attempts('m2'))
    await expect(async () => attempt()).rejects.toMatchObject({ code: 'DataForeign' });
  const disk = DurableDisk.open(directory, owner);
  const names = readdirSync(directory);
  for (const attempt of attempts('m1'))
    await expect(async () => attempt()).rejects.toMatchObject({ code: 'DataInUse' });
  expect(readdirSync(directory)).toEqual(names);
  await disk.close();
  for (directory of [join(root, 'none'), join(root, 'empty')]) {
    if (directory.endsWith('empty')) mkdirSync(directory);
    for (const attempt of attempts('m1'))
      await expect(async () => attempt()).rejects.toMatchObject({ code: 'DataForeign' });
  }
  expect(existsSync(join(root, 'none'))).toBe(false);
  expect(readdirSync(join(root, 'empty'))).toEqual([]);
});

test('of two repairs at once the second is refused', async () => {
  await made();
  flip(segment, /needle a/g);
  let second: Promise<unknown> | undefined;
  await repairDirectory(directory, owner, (found) => {
    second = repairDirectory(directory, owner, keepWhole).catch((error) => error.code);
    return found.disk();
  });
  expect(await second).toBe('DataInUse');
  expect((await look()).isWhole).toBe(true);
});

test.each([1, 1_500, 2_501])(
  'a repair that is killed after %i records has changed nothing, and can be done again',
  async (stopAt) => {
    const many = Array.from({ length: 2_500 }, (_, i): Write => ({ space: 'data', key: `k${i}`, value: i }));
    await made(many);
    flip(segment, /needle a/g);
    const old = readFileSync(file);
    const script = fileURLToPath(new URL('./repairer.ts', import.meta.url));
    const child = spawn(process.execPath, ['--import', 'tsx', script, directory, String(stopAt)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child.stdout.on('data', () => child.kill('SIGKILL'));
    const [, signal] = await once(child, 'close');
    expect(signal).toBe('SIGKILL');
    expect(readFileSync(file).equals(old)).toBe(true);
    expect(await look()).toMatchObject({ damage: [{ space: 'program', key: 'a' }] });
    await repairDirectory(directory, owner, keepWhole);
    expect((await reopened()).records).toHaveLength(2_502);
  },
);
