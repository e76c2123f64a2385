/**
 * A directory of format 4, in which LMDB had everything: it gets its log at its first start, once,
 * and whatever an earlier attempt has left of that.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { DamagedDirectory } from '../../../../vm/live/disk/damaged-directory.ts';
import { DurableDisk } from '../../../../vm/live/disk/durable-disk.ts';
import { type Disk, KEYSPACES, prefixEnd } from '../../../../vm/store.ts';
import { flip } from '../../../support/damage.ts';

const owner = { id: 'r1', cluster: 'test' };
const former = gunzipSync(
  readFileSync(new URL('../../../former-versions/format-4.r1.data.mdb.gz', import.meta.url)),
);
let root: string;
let directory: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tickraft-former-'));
  directory = join(root, 'r1');
  mkdirSync(directory);
  restore(4);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** The database as the former version left it; `tickraft.json` may be ahead. */
function restore(format: number): void {
  writeFileSync(join(directory, 'data.mdb'), former);
  writeFileSync(join(directory, 'tickraft.json'), JSON.stringify({ format, ...owner }));
}

function records(disk: Disk): unknown[] {
  return KEYSPACES.map((space) => [...disk[space].range('', prefixEnd(''))]);
}

/** What can be read of it without changing anything. */
async function found(): Promise<unknown[]> {
  const look = new DamagedDirectory(directory, owner);
  expect(look.isWhole).toBe(true);
  const all = records(look.disk());
  await look.close();
  return all;
}

async function opened(): Promise<unknown[]> {
  const disk = DurableDisk.open(directory, owner);
  const all = records(disk);
  await disk.close();
  return all;
}

test('all records are there, before it gets its log, at once and later', async () => {
  const whole = await found();
  expect((whole[0] as unknown[]).length).toBeGreaterThan(3);
  expect((whole[1] as unknown[]).length).toBeGreaterThan(3);
  expect(existsSync(join(directory, 'log'))).toBe(false);
  for (let start = 0; start < 3; start++) expect(await opened()).toEqual(whole);
  expect(await found()).toEqual(whole);
  expect(JSON.parse(readFileSync(join(directory, 'tickraft.json'), 'utf8'))).toMatchObject({ format: 7 });
});

test('it starts whatever a start has left that was killed before it was done', async () => {
  const whole = await found();
  await opened();
  const log = join(directory, 'log');
  const [name] = readdirSync(log);
  const complete = readFileSync(join(log, name!));
  const left: [string, Buffer][] = [
    ['new', Buffer.alloc(1_000)],
    ['new', complete],
    [name!, complete],
    [name!, complete.subarray(0, 200)],
    ['0000000002', complete],
  ];
  for (const [file, bytes] of left) {
    rmSync(log, { recursive: true });
    mkdirSync(log);
    writeFileSync(join(log, file), bytes);
    restore(5);
    expect(await found()).toEqual(whole);
    expect(await opened()).toEqual(whole);
    expect(await opened()).toEqual(whole);
  }
});

test('a damaged record of it is named as one in a log is', () => {
  flip(join(directory, 'data.mdb'), /"recovery":"normal/g);
  expect(() => DurableDisk.open(directory, owner)).toThrow(
    /is corrupt: the record of key "raft" fails its checksum/,
  );
});
