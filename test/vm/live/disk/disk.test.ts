import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { open } from 'lmdb';
import type { LiveError } from '../../../../vm/errors.ts';
import { DurableDisk } from '../../../../vm/live/disk/durable-disk.ts';
import {
  applyWrite,
  type Keyspace,
  MemoryStore,
  type Store,
  type Value,
  type Write,
} from '../../../../vm/store.ts';

const owner = { id: 'm1', cluster: 'test' };
let root: string;
let directory: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tickraft-disk-'));
  directory = join(root, 'data');
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function put(key: string, value: Value | undefined, space: Keyspace = 'program'): Write {
  return { space, key, value };
}

async function persist(disk: DurableDisk, batch: number, writes: readonly Write[]): Promise<void> {
  for (const write of writes) applyWrite(disk, write);
  await disk.persist(batch, writes);
}

function openingFails(): LiveError {
  try {
    DurableDisk.open(directory, owner);
  } catch (error) {
    return error as LiveError;
  }
  throw new Error('the disk opened');
}

test('incoming data replaces the data atomically, and stays across restarts', async () => {
  const disk = DurableDisk.open(directory, owner);
  await persist(disk, 1, [put('x', 'old', 'data'), put('x', 'new', 'incoming')]);
  // All of these are on their way at once; each batch means the places as they are when it is
  // written.
  const first = persist(disk, 2, [put('y', 1, 'data'), { swap: true }, put('y', 2, 'data')]);
  const second = persist(disk, 3, [put('x', undefined, 'incoming'), put('z', 3, 'data')]);
  expect(disk.data.get('x')).toBe('new');
  expect(disk.data.get('y')).toBe(2);
  expect([...disk.incoming.range('', '~')]).toEqual([['y', 1]]);
  await Promise.all([first, second]);
  await disk.close();

  const again = DurableDisk.open(directory, owner);
  expect([...again.data.range('', '~')]).toEqual([
    ['x', 'new'],
    ['y', 2],
    ['z', 3],
  ]);
  expect([...again.incoming.range('', '~')]).toEqual([['y', 1]]);
  await again.close();
});

test('a frozen view does not change, whatever is written, committed or waiting', async () => {
  const disk = DurableDisk.open(directory, owner);
  await persist(disk, 1, [put('a', 1, 'data'), put('b', 1, 'data')]);
  disk.data.put('b', 2);
  disk.data.put('c', 2);
  const waiting = disk.persist(2, [put('b', 2, 'data'), put('c', 2, 'data')]);
  disk.freeze('now');
  await waiting;
  await persist(disk, 3, [put('a', undefined, 'data'), put('b', 3, 'data'), put('d', 3, 'data')]);

  const view = disk.frozen('now')!;
  expect([...view.range('', '~')]).toEqual([
    ['a', 1],
    ['b', 2],
    ['c', 2],
  ]);
  expect(view.get('a')).toBe(1);
  expect(view.get('d')).toBeUndefined();
  expect(disk.data.get('a')).toBeUndefined();
  disk.release('now');
  expect(disk.frozen('now')).toBeUndefined();
  await disk.close();
});

test('what was persisted is there after reopening, in both keyspaces, and starts are counted', async () => {
  const disk = DurableDisk.open(directory, owner);
  await persist(disk, 1, [put('vote', { term: 3, for: 'n2' }), put('vote', 'data, not vote', 'data')]);
  await disk.close();

  const again = DurableDisk.open(directory, owner);
  expect(disk.boot).toBe(1);
  expect(again.boot).toBe(2);
  expect(again.program.get('vote')).toEqual({ term: 3, for: 'n2' });
  expect(again.data.get('vote')).toBe('data, not vote');
  await again.close();
});

test('a write is visible at once, and an older write that is committed later never hides it', async () => {
  const disk = DurableDisk.open(directory, owner);
  disk.program.put('k', 1);
  const first = disk.persist(1, [put('k', 1)]);
  expect(disk.program.get('k')).toBe(1);
  disk.program.put('k', 2);
  await first;
  expect(disk.program.get('k')).toBe(2);
  await disk.persist(2, [put('k', 2)]);
  expect(disk.program.get('k')).toBe(2);
  await disk.close();
});

test('batches that arrive during a commit go together in the next one, in order', async () => {
  const disk = DurableDisk.open(directory, owner);
  const first = disk.persist(1, [put('a', 1)]);
  // The first commit is on its way once microtasks have run.
  await new Promise(setImmediate);
  const later = [2, 3, 4].map((batch) => disk.persist(batch, [put('a', batch)]));
  expect(new Set([first, ...later]).size).toBe(2);
  expect(await first).toBe(1);
  expect(await Promise.all(later)).toEqual([4, 4, 4]);
  await disk.close();
  const again = DurableDisk.open(directory, owner);
  expect(again.program.get('a')).toBe(4);
  await again.close();
});

test.each<Keyspace>(['program', 'data', 'incoming'])(
  '%s behaves as the store in memory does, however writes, commits and ranges interleave',
  async (space) => {
    const key = fc.stringMatching(/^[ab\u{e9}\u{ffff}\u{1f600}/]{0,3}$/u);
    const step = fc.oneof(
      fc.record({ do: fc.constant('put' as const), key, value: fc.integer() }),
      fc.record({ do: fc.constant('delete' as const), key }),
      fc.record({ do: fc.constant('persist' as const), wait: fc.boolean() }),
      fc.record({
        do: fc.constant('range' as const),
        from: key,
        to: key,
        reverse: fc.boolean(),
        limit: fc.integer({ min: 0, max: 4 }),
      }),
    );
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 80 }), async (steps) => {
        const disk = DurableDisk.open(join(directory, String(run++)), owner);
        const model = new MemoryStore();
        let batch = 0;
        let writes: Write[] = [];
        const commit = () => {
          const done = disk.persist(++batch, writes);
          writes = [];
          return done;
        };
        const both = (change: (store: Store) => void) => [model, disk[space]].forEach(change);
        for (const now of steps) {
          if (now.do === 'put') {
            both((store) => store.put(now.key, now.value));
            writes.push(put(now.key, now.value, space));
          } else if (now.do === 'delete') {
            both((store) => store.delete(now.key));
            writes.push(put(now.key, undefined, space));
          } else if (now.do === 'persist') {
            const done = commit();
            if (now.wait) await done;
          } else {
            const { from, to, reverse, limit } = now;
            const read = (store: Store) => [...store.range(from, to, { reverse, limit })];
            expect(read(disk[space])).toEqual(read(model));
            expect(disk[space].get(from)).toEqual(model.get(from));
          }
        }
        await commit();
        await disk.close();
        const again = DurableDisk.open(join(directory, String(run - 1)), owner);
        const all = (store: Store) => [...store.range('', '\u{10ffff}')];
        expect(all(again[space])).toEqual(all(model));
        await again.close();
      }),
      { numRuns: 15 },
    );
  },
);

test('everything acknowledged before a kill -9 is there afterwards, and batches are whole', async () => {
  for (let round = 1; round <= 3; round++) {
    const script = fileURLToPath(new URL('./disk-writer.ts', import.meta.url));
    const child = spawn(process.execPath, ['--import', 'tsx', script, directory], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const gone = once(child, 'exit');
    let acknowledged = 0;
    for await (const line of createInterface(child.stdout)) {
      acknowledged = Number(line);
      if (acknowledged === round * 100) child.kill('SIGKILL');
    }
    await gone;
    expect(acknowledged).toBeGreaterThanOrEqual(round * 100);

    const disk = DurableDisk.open(directory, owner);
    let batch = 1;
    const parts = () => [1, 2, 3].map((part) => disk.program.get(`b/${batch}/${part}`));
    for (; parts()[0] !== undefined; batch++) expect(parts()).toEqual([batch, batch, batch]);
    expect(batch - 1).toBeGreaterThanOrEqual(acknowledged);
    expect(parts()).toEqual([undefined, undefined, undefined]);
    await disk.close();
  }
});

test.each<[Keyspace, string, string]>([
  ['program', 'log/0000000001', 'log'],
  ['data', 'data.mdb', 'data.mdb'],
])('flipped bytes of %s are found on opening, in one line that names %s', async (space, changed, named) => {
  const disk = DurableDisk.open(directory, owner);
  await persist(disk, 1, [put('entry', 'a text that can be found in the file', space)]);
  await disk.close();
  const file = join(directory, changed);
  const bytes = readFileSync(file);
  for (let at = bytes.indexOf('can be found'); at >= 0; at = bytes.indexOf('can be found', at + 1))
    bytes[at]! ^= 1;
  writeFileSync(file, bytes);

  const error = openingFails();
  expect(error.code).toBe('DataCorrupt');
  expect(error.message).toBe(
    `${join(directory, named)} is corrupt: the record of key "entry" fails its checksum`,
  );
});

test('a record that vanished without any other trace is detected', async () => {
  const disk = DurableDisk.open(directory, owner);
  await persist(disk, 1, [put('k/1', 'a', 'data'), put('k/2', 'b', 'data'), put('k/3', 'c', 'data')]);
  await disk.close();
  // Every record that is left is sound.
  const settings = { encoding: 'binary', keyEncoding: 'binary', overlappingSync: false } as const;
  const db = open<Buffer, Buffer>({ path: directory, noSubdir: false, ...settings });
  expect(await db.remove(Buffer.from('dk/2'))).toBe(true);
  await db.close();
  expect(openingFails()).toMatchObject({
    code: 'DataCorrupt',
    message: `${join(directory, 'data.mdb')} is corrupt: it holds 2 records where 3 were written`,
  });
});

test.each([
  ['a file cut to a part of a page', () => truncateSync(join(directory, 'data.mdb'), 5000)],
  ['a file cut to whole pages', () => truncateSync(join(directory, 'data.mdb'), 8192)],
  ['an empty file', () => truncateSync(join(directory, 'data.mdb'), 0)],
  ['another file in its place', () => writeFileSync(join(directory, 'data.mdb'), 'x'.repeat(8192))],
  ['a segment of the log cut off', () => truncateSync(join(directory, 'log/0000000001'), 100)],
  ['an empty segment of the log', () => truncateSync(join(directory, 'log/0000000001'), 0)],
  ['a segment of zeros', () => writeFileSync(join(directory, 'log/0000000001'), Buffer.alloc(8192))],
  ['a missing segment', () => rmSync(join(directory, 'log/0000000001'))],
  ['a missing log', () => rmSync(join(directory, 'log'), { recursive: true })],
])('%s is corrupt data', async (_, damage) => {
  const disk = DurableDisk.open(directory, owner);
  await persist(disk, 1, [put('k', 1)]);
  await disk.close();
  damage();
  const error = openingFails();
  expect(error.code).toBe('DataCorrupt');
  expect(error.message).toContain(directory);
  expect(error.message).not.toContain('\n');
});

test('a disk that is closed during a flush is whole afterwards', async () => {
  const disk = DurableDisk.open(directory, owner);
  // The second value does not fit into the segment of the first, which is not needed any more then.
  for (const text of ['a', 'b']) await persist(disk, 1, [put('large', text.repeat(2 ** 20))]);
  await new Promise(setImmediate);
  await disk.close();
  const again = DurableDisk.open(directory, owner);
  expect(again.program.get('large')).toBe('b'.repeat(2 ** 20));
  await again.close();
});

test('a database that is gone is missed, and its log is not taken for that of a new one', async () => {
  const disk = DurableDisk.open(directory, owner);
  await persist(disk, 1, [put('vote', 'n2')]);
  await disk.close();
  rmSync(join(directory, 'data.mdb'));
  expect(openingFails()).toMatchObject({
    code: 'DataCorrupt',
    message: `${join(directory, 'data.mdb')} is corrupt: it is missing, though its log is there`,
  });
  expect(readdirSync(join(directory, 'log'))).toEqual(['0000000001']);
});

test('a write that fails for another reason than space ends the disk, and nothing after it counts', async () => {
  const disk = DurableDisk.open(directory, owner);
  await persist(disk, 1, [put('a', 1)]);
  await disk.close();
  const again = DurableDisk.open(directory, owner);
  // The file that is to become the next segment cannot be made.
  mkdirSync(join(directory, 'log/new'));
  const failure = {
    code: 'DiskFailed',
    message: expect.stringContaining(`cannot write ${join(directory, 'log')}: `),
  };
  await expect(persist(again, 1, [put('a', 2)])).rejects.toMatchObject(failure);
  rmSync(join(directory, 'log/new'), { recursive: true });
  await expect(persist(again, 2, [put('a', 3)])).rejects.toMatchObject(failure);
  await again.close();
});

test('a directory of another machine, another cluster or another program is refused', async () => {
  await DurableDisk.open(directory, { id: 'm2', cluster: 'test' }).close();
  expect(openingFails()).toMatchObject({
    code: 'DataForeign',
    message: expect.stringContaining('m2 of test'),
  });
  writeFileSync(join(directory, 'tickraft.json'), '{');
  expect(openingFails()).toMatchObject({
    code: 'DataForeign',
    message: expect.stringContaining('does not say whose'),
  });
  directory = join(directory, 'other');
  mkdirSync(directory);
  writeFileSync(join(directory, 'thesis.txt'), 'precious');
  expect(openingFails()).toMatchObject({
    code: 'DataForeign',
    message: expect.stringContaining('thesis.txt'),
  });
});

test('a directory that is in use is refused, and stays in use', async () => {
  const disk = DurableDisk.open(directory, owner);
  expect(openingFails()).toMatchObject({
    code: 'DataInUse',
    message: expect.stringContaining(`${process.pid}`),
  });
  await persist(disk, 1, [put('k', 'still works')]);
  await disk.close();
  const again = DurableDisk.open(directory, owner);
  expect(again.program.get('k')).toBe('still works');
  await again.close();
});

test('a directory that cannot be made is refused', () => {
  writeFileSync(join(root, 'file'), '');
  directory = join(root, 'file', 'data');
  expect(openingFails()).toMatchObject({
    code: 'DataUnwritable',
    message: expect.stringContaining(directory),
  });
});

test.each(['x'.repeat(2000), 'half a pair \ud800'])('a key that LMDB cannot keep is refused', async (key) => {
  const disk = DurableDisk.open(directory, owner);
  expect(() => disk.program.put(key, 1)).toThrow(RangeError);
  await disk.close();
});
