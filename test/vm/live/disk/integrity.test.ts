/**
 * A database with pages that are in the wrong place, old or from elsewhere is refused, or all of it
 * is correct.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open } from 'lmdb';
import { LiveError } from '../../../../vm/errors.ts';
import { DurableDisk } from '../../../../vm/live/disk/durable-disk.ts';
import { decodeRecord, encodeRecord } from '../../../../vm/live/disk/record.ts';
import { applyWrite, type Disk, KEYSPACES, type Value, type Write } from '../../../../vm/store.ts';

const owner = { id: 'm1', cluster: 'test' };
const PAGE = 4096;
/** The kind of LMDB's first two pages. */
const META = 8;
let root: string;
let directory: string;
let file: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tickraft-integrity-'));
  directory = join(root, 'data');
  file = join(directory, 'data.mdb');
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

type Record = readonly [space: string, key: string, value: unknown];

function records(disk: Disk): Record[] {
  return KEYSPACES.flatMap((space) =>
    [...disk[space].range('', '~')].map(([key, value]) => [space, key, value] as const),
  );
}

/** Each record as a lookup finds it, which a walk need not. */
function lookedUp(disk: Disk, of: readonly Record[]): unknown[] {
  return of.map(([space, key]) => [space, key, disk[space as 'data'].get(key)]);
}

let batches = 0;
async function write(disk: DurableDisk, writes: readonly Write[]): Promise<void> {
  for (const one of writes) applyWrite(disk, one);
  await disk.persist(++batches, writes);
}

/**
 * Some writes to all spaces, as of step `step`: puts, deletions, a value on pages of its own, and
 * now and then a swap.
 */
function writesOf(step: number, of: string): Write[] {
  const name = (n: number) => `key/${String(n).padStart(5, '0')}`;
  return [
    { space: 'data', key: `log/${name(step)}`, value: `${of} ${step} ${'x'.repeat(150)}` },
    { space: 'data', key: name((step * 37) % 50), value: `${of} ${step} ${'y'.repeat(100)}` },
    { space: 'incoming', key: name(step % 20), value: step },
    { space: 'data', key: `log/${name(step - 30)}`, value: undefined },
    ...(step % 9 === 0
      ? ([{ space: 'incoming', key: 'big', value: `${step}${'z'.repeat(9_000)}` }] as const)
      : []),
    ...(step % 25 === 0 ? ([{ swap: true }] as const) : []),
  ];
}

/** Makes a database of so many steps, opened twice. Returns all that it holds. */
async function made(steps: number, where = directory, of = owner): Promise<Record[]> {
  let disk = DurableDisk.open(where, of);
  for (let step = 1; step <= steps; step++) {
    await write(disk, writesOf(step, of.id));
    if (step !== steps >> 1) continue;
    await disk.close();
    disk = DurableDisk.open(where, of);
  }
  const all = records(disk);
  await disk.close();
  if (where === directory) cpSync(join(where, 'log'), join(root, 'log'), { recursive: true });
  return all;
}

/**
 * Opens the database as a machine does. False if it is refused; if it is not, it must hold exactly
 * `whole`, and, if it `goesOn`, all that it should after more writes, for which no page in use may
 * be taken.
 */
async function isOpened(bytes: Buffer, whole: readonly Record[], goesOn = true): Promise<boolean> {
  writeFileSync(file, bytes);
  // What was written after another change to the file.
  rmSync(join(directory, 'log'), { recursive: true });
  cpSync(join(root, 'log'), join(directory, 'log'), { recursive: true });
  let disk: DurableDisk;
  try {
    disk = DurableDisk.open(directory, owner);
  } catch (error) {
    if (!(error instanceof LiveError)) throw error;
    // An old page may say that this very process holds the database.
    expect(error.message).toMatch(/^\S+data(\.mdb is corrupt: [^\n]+| is in use by process \d+)$/);
    return false;
  }
  expect(records(disk)).toEqual(whole);
  expect(lookedUp(disk, whole)).toEqual(whole);
  for (let step = 1_000; goesOn && step < 1_005; step++) await write(disk, writesOf(step, owner.id));
  const after = records(disk);
  await disk.close();
  if (!goesOn) return true;
  const again = DurableDisk.open(directory, owner);
  expect(records(again)).toEqual(after);
  await again.close();
  return true;
}

/** The pages of a file by their kind. */
function pagesByKind(bytes: Buffer): Map<number, number[]> {
  const kinds = new Map<number, number[]>();
  for (let page = 0; page < bytes.length / PAGE; page++) {
    const kind = bytes.readUInt16LE(page * PAGE + 18);
    kinds.set(kind, [...(kinds.get(kind) ?? []), page]);
  }
  return kinds;
}

/** Copies page `from` over page `to` of `into`; renumbered, so that it looks at home there. */
function copy(from: Buffer, a: number, into: Buffer, b: number, renumber: boolean): Buffer {
  from.copy(into, b * PAGE, a * PAGE, (a + 1) * PAGE);
  if (renumber) into.writeBigUInt64LE(BigInt(b), b * PAGE);
  return into;
}

/** Every two pages of one kind. */
function pairs(bytes: Buffer): { kind: number; a: number; b: number }[] {
  return [...pagesByKind(bytes)].flatMap(([kind, pages]) =>
    pages.flatMap((a) => pages.filter((b) => b > a).map((b) => ({ kind, a, b }))),
  );
}

describe.each([
  ['of one leaf', 4],
  ['of many pages', 40],
])('a database %s', (_, steps) => {
  test.each([
    ['as they are', false],
    ['and their numbers set right', true],
  ])('is refused or right when any two pages of one kind are exchanged, %s', async (_how, renumber) => {
    const whole = await made(steps);
    const bytes = readFileSync(file);
    const opened: number[] = [];
    for (const { kind, a, b } of pairs(bytes)) {
      const exchanged = copy(bytes, a, Buffer.from(bytes), b, renumber);
      if (await isOpened(copy(bytes, b, exchanged, a, renumber), whole)) opened.push(kind);
    }
    // Nothing is lost when pages that are free change places.
    expect(opened.length).toBeLessThan(pairs(bytes).length);
    expect(opened).not.toContain(META);
  });

  test('is refused or correct when any page is overwritten with another of its kind', async () => {
    const whole = await made(steps);
    const bytes = readFileSync(file);
    // A first page that is lost takes its transaction with it, which nothing else in the file can
    // tell.
    const overwritten = pairs(bytes).filter(({ kind }) => kind !== META);
    let opened = 0;
    for (const { a, b } of overwritten) {
      if (await isOpened(copy(bytes, a, Buffer.from(bytes), b, true), whole, false)) opened++;
      if (await isOpened(copy(bytes, b, Buffer.from(bytes), a, true), whole, false)) opened++;
    }
    expect(opened).toBeLessThan(2 * overwritten.length);
  });

  test("is refused or correct when any page is replaced by that of another machine's database", async () => {
    const whole = await made(steps);
    const bytes = readFileSync(file);
    await made(steps, join(root, 'other'), { id: 'm2', cluster: 'test' });
    const other = readFileSync(join(root, 'other/data.mdb'));
    expect(other.length).toBe(bytes.length);
    let refused = 0;
    for (let page = 0; page < bytes.length / PAGE; page++) {
      if (!(await isOpened(copy(other, page, Buffer.from(bytes), page, false), whole, false))) refused++;
    }
    expect(refused).toBeGreaterThan(0);
  });
});

test('a file cut off after any page is refused or correct', async () => {
  const whole = await made(60);
  const bytes = readFileSync(file);
  const opened: number[] = [];
  for (let pages = 0; pages < bytes.length / PAGE; pages++) {
    if (await isOpened(bytes.subarray(0, pages * PAGE), whole)) opened.push(pages);
  }
  // Pages at the end may be free.
  expect(opened).not.toContain(bytes.length / PAGE / 2);
});

test('a file with a flipped bit in a page header is refused or correct', async () => {
  const whole = await made(40);
  const bytes = readFileSync(file);
  let refused = 0;
  for (let page = 0; page < bytes.length / PAGE; page++) {
    // Of its first two pages all that is used; of others the header, the places of their nodes and
    // some nodes.
    for (let at = page % 3; at < (page < 2 ? 168 : 60); at += 3) {
      // A transaction that looks older takes itself back; see above.
      if (page < 2 && at >= 152 && at < 160) continue;
      const flipped = Buffer.from(bytes);
      flipped[page * PAGE + at]! ^= 1 << ((at + page) % 8);
      if (!(await isOpened(flipped, whole, false))) refused++;
    }
  }
  expect(refused).toBeGreaterThan(0);
});

test('a record under the key of another, or in another keyspace, fails its checksum', async () => {
  await made(4);
  const settings = { encoding: 'binary', keyEncoding: 'binary', overlappingSync: false } as const;
  const raw = open<Buffer, Buffer>({ path: directory, noSubdir: false, ...settings });
  const [first, second] = ['dlog/key/00001', 'dlog/key/00002'].map((key) => Buffer.from(key));
  const [one, other] = [raw.get(first!)!, raw.get(second!)!];
  await raw.put(first!, other);
  await raw.put(second!, one);
  await raw.put(Buffer.from('dkey/00037'), raw.get(Buffer.from('ikey/00001'))!);
  await raw.close();
  expect(() => DurableDisk.open(directory, owner)).toThrow(
    'the record of key "key/00037" and 2 more records fail their checksums',
  );
});

test('a directory in the previous format is converted to the new one', async () => {
  const whole = await made(4);
  const identity = join(directory, 'tickraft.json');
  writeFileSync(identity, JSON.stringify({ format: 2, ...owner }));
  const settings = { encoding: 'binary', keyEncoding: 'binary', overlappingSync: false } as const;
  const raw = open<Buffer, Buffer>({ path: directory, noSubdir: false, ...settings });
  const key = Buffer.from('mtally');
  const {
    m: _own,
    owner: _owner,
    ...counted
  } = decodeRecord(key, raw.get(key)!) as { [name: string]: Value };
  await raw.put(key, encodeRecord('mtally', counted).record);
  await raw.remove(Buffer.from('mlog'));
  await raw.close();
  for (let start = 0; start < 2; start++) {
    const disk = DurableDisk.open(directory, owner);
    expect(records(disk)).toEqual(whole);
    await disk.close();
    expect(JSON.parse(readFileSync(identity, 'utf8'))).toMatchObject({ format: 7 });
  }
});
