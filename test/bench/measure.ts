/** Repetitions, medians and spreads, and the description of the computer. */
import { existsSync, readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { performance } from 'node:perf_hooks';

/** One figure over several repetitions. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly samples: readonly number[];
}

/** What the figures were measured on and with. */
export interface Environment {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly platform: string;
  readonly node: string;
  readonly versions: Readonly<Record<string, string>>;
}

/** The value below which a part (0 to 1) of the samples lies. */
export function quantile(samples: readonly number[], part: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
}

export function figure(name: string, unit: string, samples: readonly number[]): Figure {
  const [median, min, max] = [quantile(samples, 0.5), Math.min(...samples), Math.max(...samples)];
  return { name, unit, median, min, max, samples };
}

/** How the kernel counts processor time (`proc(5)`; the same on every computer of today). */
const CLOCK_TICKS_PER_SECOND = 100;

/** Seconds of processor time that a process has taken so far; 0 where the system does not say. */
export function processorSeconds(pid: number): number {
  const file = `/proc/${pid}/stat`;
  if (!existsSync(file)) return 0;
  // After the name, which may hold anything, come state and 10 other fields, then user and system
  // time.
  const fields = readFileSync(file, 'utf8').split(') ').at(-1)!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS_PER_SECOND;
}

/** Seconds that `work` takes. */
export async function secondsOf(work: () => unknown): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

/** `count` repetitions of a measurement, after one that is not counted. */
export async function repeat(count: number, measure: () => number | Promise<number>): Promise<number[]> {
  await measure();
  const samples: number[] = [];
  for (let i = 0; i < count; i++) samples.push(await measure());
  return samples;
}

const PACKAGES = ['socket.io', 'lmdb', 'sorted-btree', 'csv-stringify'];

/** This machine, and with `etcd` its version. */
export function environment(etcd: string | undefined): Environment {
  const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    packages: Record<string, { version?: string }>;
  };
  const version = (name: string) => lock.packages[`node_modules/${name}`]?.version ?? 'unknown';
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    versions: {
      ...Object.fromEntries(PACKAGES.map((name) => [name, version(name)])),
      ...(etcd && { etcd }),
    },
  };
}

/** A figure as one line of a table. */
export function line({ name, unit, median, min, max }: Figure): string {
  const digits = median >= 100 ? 0 : 3;
  const show = (value: number) => value.toLocaleString('en-US', { maximumFractionDigits: digits });
  return `  ${name.padEnd(62)} ${show(median).padStart(12)} ${unit.padEnd(9)} (${show(min)} to ${show(max)})`;
}
