import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ClocksSettings, planRuns, simulateRun } from '../../../analysis/clocks/clocks.ts';
import { parseClocksOptions } from '../../../analysis/clocks/options.ts';
import type { RowRecord } from '../../../logs/format/schema.ts';
import { readLog } from '../../../logs/reader.ts';
import { makeEmpty, openRun } from '../../../logs/run-folder.ts';
import { removeTemporary, temporaryFolder } from '../../logs/temporary.ts';

afterAll(removeTemporary);

const SETTINGS: ClocksSettings = {
  machines: 3,
  rates: { fixed: [1, 3, 6] },
  seconds: 60,
  runs: 2,
  die: { internal: 7, sides: 10 },
  seed: 7,
  clock: { stamp: 'after', vector: true },
};

/** Names and hashes of the files of all runs. */
async function runAll(settings: ClocksSettings): Promise<string[]> {
  const dir = temporaryFolder();
  const hashes: string[] = [];
  for (const run of planRuns(settings)) {
    await simulateRun(dir, run, () => {});
    for (const file of readdirSync(join(dir, run.name)).sort()) {
      const bytes = readFileSync(join(dir, run.name, file));
      hashes.push(`${run.name}/${file} ${createHash('sha256').update(bytes).digest('hex')}`);
    }
  }
  return hashes;
}

async function eventsOf(path: string): Promise<RowRecord[]> {
  const events: RowRecord[] = [];
  const fail = (problem: { message: string }) => {
    throw new Error(problem.message);
  };
  for await (const event of readLog(path, fail)) events.push(event);
  return events;
}

test('the same seed gives the same folders, byte for byte; another seed does not', async () => {
  const first = await runAll(SETTINGS);
  expect(first.map((line) => line.split(' ')[0])).toEqual(
    ['run-1', 'run-2'].flatMap((run) =>
      ['m1.csv', 'm2.csv', 'm3.csv', 'run.json'].map((file) => `${run}/${file}`),
    ),
  );
  expect(await runAll(SETTINGS)).toEqual(first);
  const other = await runAll({ ...SETTINGS, seed: 70 });
  expect(other.filter((line) => first.includes(line))).toEqual([]);
});

test('the second run is the first run of the next seed', () => {
  const [, second] = planRuns({ ...SETTINGS, rates: { low: 1, high: 6 } });
  const [first] = planRuns({ ...SETTINGS, rates: { low: 1, high: 6 }, seed: 8 });
  expect({ ...second, name: 'run-1' }).toEqual(first);
});

test('rates are drawn from the whole range, and from nothing outside it', () => {
  const runs = planRuns({ ...SETTINGS, rates: { low: 1, high: 6 }, runs: 200 });
  const drawn = new Set(runs.flatMap(({ machines }) => machines.map(({ ticksPerSecond }) => ticksPerSecond)));
  expect([...drawn].sort()).toEqual([1, 2, 3, 4, 5, 6]);
});

test("a run is what the exercise asks for: one row per tick, at the machine's rate, to the end", async () => {
  const dir = temporaryFolder();
  const [run] = planRuns(SETTINGS);
  const rows = await simulateRun(dir, run!, () => {});
  let read = 0;
  for (const [i, rate] of [1, 3, 6].entries()) {
    const events = await eventsOf(join(dir, 'run-1', `m${i + 1}.csv`));
    read += events.length;
    expect(events[0]).toMatchObject({ event: 'start', tick: 0 });
    expect(events.at(-1)).toMatchObject({ event: 'stop', timeUs: 60_000_000 });
    const ticks = events.slice(1, -1);
    expect(ticks.map(({ tick }) => tick)).toEqual(ticks.map((_, tick) => tick + 1));
    expect(Math.abs(ticks.length - 60 * rate)).toBeLessThanOrEqual(1);
    expect(events.every(({ lamport }, k) => k === 0 || lamport! > events[k - 1]!.lamport!)).toBe(true);
  }
  expect(read).toBe(rows);
});

test('the manifest says how to repeat the run', async () => {
  const dir = temporaryFolder();
  const [run] = planRuns({ ...SETTINGS, clock: { stamp: 'before', vector: false } });
  await simulateRun(dir, run!, () => {});
  expect(openRun(join(dir, 'run-1'))).toEqual({
    schemaVersion: 2,
    program: 'random-messages',
    machines: [
      { id: 'm1', ticksPerSecond: 1 },
      { id: 'm2', ticksPerSecond: 3 },
      { id: 'm3', ticksPerSecond: 6 },
    ],
    seed: 7,
    stamp: 'before',
    vector: false,
    versions: { tickraft: expect.stringMatching(/^\d+\.\d+\.\d+/) },
    settings: { mode: 'simulated', seconds: 60, rates: '1,3,6', internal: '7/10' },
    finished: true,
  });
  const [start] = await eventsOf(join(dir, 'run-1', 'm1.csv'));
  expect(start!.vector).toBeUndefined();
});

test('progress is reported in virtual seconds, up to the end', async () => {
  const seen: number[] = [];
  const [run] = planRuns({ ...SETTINGS, seconds: 150 });
  await simulateRun(temporaryFolder(), run!, (seconds) => seen.push(seconds));
  expect(seen).toEqual([60, 120, 150]);
});

describe('options', () => {
  const raw = {
    rates: '1-6',
    seconds: '60',
    runs: '5',
    internal: '7/10',
    stamp: 'after',
    vector: true,
    live: false,
    out: 'logs',
  };

  test('the defaults are the exercise, with a seed of their own', () => {
    const { settings } = parseClocksOptions(raw);
    expect(settings).toEqual({
      machines: 3,
      rates: { low: 1, high: 6 },
      seconds: 60,
      runs: 5,
      die: { internal: 7, sides: 10 },
      seed: expect.any(Number),
      clock: { stamp: 'after', vector: true },
    });
    expect(Array.from({ length: 8 }, () => parseClocksOptions(raw).settings.seed)).not.toEqual(
      Array(8).fill(settings.seed),
    );
  });

  test('fixed rates say how many machines there are', () => {
    const { settings } = parseClocksOptions({ ...raw, rates: '0.5,2,3,4' });
    expect(settings).toMatchObject({ machines: 4, rates: { fixed: [0.5, 2, 3, 4] } });
  });

  test.each([
    [{ machines: '0' }, '--machines must be from 1 to 100'],
    [{ machines: 'three' }, '--machines must be a whole number'],
    [{ machines: '2', rates: '1,2,3' }, '--rates names 3 rates for 2 machines'],
    [{ rates: '6-1' }, '--rates must be a range'],
    [{ rates: '0-6' }, '--rates must be a range'],
    [{ rates: '1,,2' }, '--rates must be a range'],
    [{ seconds: '-1' }, '--seconds must be a number of seconds greater than 0'],
    [{ seconds: 'long' }, '--seconds must be a number of seconds greater than 0'],
    [{ runs: '0' }, '--runs must be from 1'],
    [{ internal: '8/7' }, '--internal must be a fraction'],
    [{ internal: '0.7' }, '--internal must be a fraction'],
    [{ seed: '-1' }, '--seed must be a whole number'],
    [{ stamp: 'during' }, '--stamp must be after or before'],
  ])('%j is wrong usage', (change, message) => {
    expect(() => parseClocksOptions({ ...raw, ...change })).toThrow(message);
  });
});

test('a folder that cannot be made is an error, not a wait', () => {
  // Everywhere but on Linux this is just a folder whose parent is a file.
  const dir = existsSync('/proc/version') ? '/proc/tickraft/run' : join(import.meta.filename, 'run');
  expect(() => makeEmpty(dir)).toThrow(`cannot write ${dir}: EN`);
});
