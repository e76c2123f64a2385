/** Lazy writes: what may be lost of them with the process, and what may not. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { DurableDisk } from '../../../../vm/live/disk/durable-disk.ts';
import { applyWrite, type Keyspace, MemoryDisk, type Write } from '../../../../vm/store.ts';

const owner = { id: 'm1', cluster: 'test' };
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tickraft-lazy-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/**
 * What a run does: writes that a batch takes (after looking at their keys, as state machines do),
 * or a wait.
 */
type Act = { readonly writes: readonly Write[]; readonly lazy: boolean } | 'wait';

const key = fc.constantFrom('a', 'b', 'c', 'd');
const write: fc.Arbitrary<Write> = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.record({
      space: fc.constantFrom<Keyspace>('data', 'data', 'data', 'program', 'incoming'),
      key,
      value: fc.option(fc.integer({ min: 0, max: 99 }), { nil: undefined }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ swap: true } as const) },
);
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ writes: fc.array(write, { minLength: 1, maxLength: 5 }), lazy: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.constant('wait' as const) },
);

function all(disk: Pick<MemoryDisk, Keyspace>): unknown {
  return (['program', 'data', 'incoming'] as const).map((space) => [...disk[space].range('', '~')]);
}

test('a clean stop loses nothing, whatever was written, read, replaced and deleted', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 12 }), async (acts) => {
      const directory = mkdtempSync(join(root, 'd-'));
      const model = new MemoryDisk();
      const disk = DurableDisk.open(directory, owner);
      let batch = 0;
      for (const one of acts) {
        if (one === 'wait') {
          const tick: Write = { space: 'program', key: 'tick', value: ++batch };
          applyWrite(disk, tick);
          applyWrite(model, tick);
          await disk.persist(batch, [tick]);
        } else {
          for (const change of one.writes) {
            if (!('swap' in change))
              expect(disk[change.space].get(change.key)).toEqual(model[change.space].get(change.key));
            applyWrite(disk, change);
            applyWrite(model, change);
          }
          void disk.persist(++batch, one.writes, one.lazy);
        }
      }
      expect(all(disk as never)).toEqual(all(model));
      await disk.close();
      const again = DurableDisk.open(directory, owner);
      expect(all(again as never)).toEqual(all(model));
      await again.close();
    }),
    { numRuns: 60 },
  );
}, 60_000);

test('a lazy batch becomes durable by itself after a while', async () => {
  const disk = DurableDisk.open(join(root, 'd'), owner);
  disk.data.put('x', 1);
  disk.program.put('clock', 7);
  const writes: Write[] = [
    { space: 'data', key: 'x', value: 1 },
    { space: 'program', key: 'clock', value: 7 },
  ];
  expect(await disk.persist(1, writes, true)).toBe(1);
  await disk.close();
});

test('a killed process has its data as of some batch, and never from before a deletion that relies on it', async () => {
  const script = fileURLToPath(new URL('./lazy-writer.ts', import.meta.url));
  for (let round = 1; round <= 4; round++) {
    const child = spawn(process.execPath, ['--import', 'tsx', script, join(root, 'd')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let durable = 0;
    for await (const line of createInterface(child.stdout)) {
      durable = Number(line);
      if (durable % 1_000 >= 60 * round) break;
    }
    child.kill('SIGKILL');
    await once(child, 'exit');
    const disk = DurableDisk.open(join(root, 'd'), owner);
    const { data, program } = disk;
    // Each batch counts both of these up together; the log keeps what the data does not stand for
    // yet.
    expect(data.get('count')).toBe(data.get('twin'));
    const applied = data.get('count') as number;
    const log = [...program.range('log/', 'log0')].map(([name]) => Number(name.slice(4)));
    expect(Math.max(...log)).toBeGreaterThanOrEqual(durable);
    for (let index = applied + 1; index <= Math.max(...log); index++) expect(log).toContain(index);
    await disk.close();
  }
}, 60_000);
