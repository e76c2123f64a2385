/**
 * Full load for minutes: whether memory and disk stay bounded. A figure a minute.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { Connection } from './cluster.ts';
import { type Figure, figure } from './measure.ts';
import { startTickraft } from './tickraft.ts';

const VALUE = 'v'.repeat(128);
const CALLERS = 256;
/** Keys that are written in turn: many more than callers, so that there is data to keep. */
const KEYS = 10_000;

/** The names of the figures that must not grow. */
export const MEMORY_GROWTH_NAME = 'full load, memory of the last minutes over the first';
export const DISK_GROWTH_NAME = 'full load, disk of the last minutes over the first';

/** What one minute came to. */
interface Minute {
  readonly rate: number;
  /** Of the process with most, in MB, at the end of the minute. */
  readonly memory: number;
  /** Of all three members, in MB, at the end of the minute. */
  readonly disk: number;
}

/** Loads three members for `minutes` of `minuteSeconds` each. */
export async function fullLoad(minutes: number, minuteSeconds: number): Promise<Figure[]> {
  const cluster = await startTickraft(false);
  const connection = await cluster.connect(await cluster.settled());
  const measured: Minute[] = [];
  while (measured.length < minutes) {
    const rate = await load(connection, minuteSeconds);
    measured.push({ rate, memory: memoryOf(cluster.pids()), disk: bytesIn(cluster.folder) / 1e6 });
  }
  connection.close();
  cluster.stop();
  const single = measured.flatMap(({ rate, memory, disk }, i) => {
    const name = `full load, minute ${i + 1}`;
    return [
      figure(`${name}, writes`, '/s', [rate]),
      figure(`${name}, memory`, 'MB', [memory]),
      figure(`${name}, disk`, 'MB', [disk]),
    ];
  });
  return [
    ...single,
    figure(MEMORY_GROWTH_NAME, '', [growth(measured.map(({ memory }) => memory))]),
    figure(DISK_GROWTH_NAME, '', [growth(measured.map(({ disk }) => disk))]),
  ];
}

/** Writes a second. */
async function load(connection: Connection, seconds: number): Promise<number> {
  const start = performance.now();
  const end = start + seconds * 1000;
  let writes = 0;
  const caller = async () => {
    while (performance.now() < end) {
      await connection.put(`key${writes % KEYS}`, VALUE);
      writes++;
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  return (1000 * writes) / (performance.now() - start);
}

/** The most of the last half over the most of the first. */
function growth(values: readonly number[]): number {
  const half = Math.ceil(values.length / 2);
  return Math.max(...values.slice(-half)) / Math.max(...values.slice(0, half));
}

/** Resident memory of the process that has most, in MB. */
function memoryOf(pids: readonly number[]): number {
  const { stdout } = spawnSync('ps', ['-o', 'rss=', '-p', pids.join(',')], { encoding: 'utf8' });
  return Math.max(...stdout.trim().split(/\s+/).map(Number)) / 1000;
}

/** Bytes of all files in a folder, and below. Files that go meanwhile count nothing. */
function bytesIn(folder: string): number {
  let bytes = 0;
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const entry = statSync(join(folder, name), { throwIfNoEntry: false });
    if (entry?.isFile()) bytes += entry.size;
  }
  return bytes;
}
