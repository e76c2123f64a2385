/**
 * The short form of the benchmark measures everything once, reports it to people and as JSON, and
 * leaves nothing behind.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Verdict } from './bars.ts';
import type { Figure } from './measure.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SCRIPT = ['--import', 'tsx', 'test/bench/run.ts', '--short'];

let folder: string;
let temporary: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tickraft-bench-test-'));
  temporary = join(folder, 'tmp');
  mkdirSync(temporary);
});
afterEach(() => rmSync(folder, { recursive: true }));

function environment(): NodeJS.ProcessEnv {
  return { ...process.env, TMPDIR: temporary };
}

/** What the run made in the folder for temporary files; tsx keeps a cache of its own there. */
function leftBehind(): string[] {
  return readdirSync(temporary).filter((name) => name.startsWith('tickraft-bench-'));
}

/** Processes that have that folder in their arguments. */
function leftRunning(): string[] {
  const { stdout } = spawnSync('ps', ['-eo', 'args'], { encoding: 'utf8' });
  return stdout.split('\n').filter((args) => args.includes(temporary));
}

test('npm run bench measures both hosts, the checker, etcd and the computer itself', () => {
  const out = join(folder, 'bench.json');
  const run = spawnSync(process.execPath, [...SCRIPT, '--out', out], {
    cwd: ROOT,
    encoding: 'utf8',
    env: environment(),
  });
  expect({ code: run.status, errors: run.stderr }).toEqual({ code: 0, errors: '' });
  const {
    figures,
    bars,
    environment: machine,
  } = JSON.parse(readFileSync(out, 'utf8')) as {
    figures: Figure[];
    bars: Verdict[];
    environment: { versions: Record<string, string> };
  };
  expect(machine).toMatchObject({ node: process.version, cores: expect.any(Number) });
  const names = figures.map(({ name }) => name);
  expect(names).toContain('classic program, recording off');
  expect(names).toContain('linearizability of 10 keys and 50 clients, answered');
  for (const recording of ['off', 'heard', 'on']) {
    expect(names).toContain(`one simulated hour, recording ${recording}`);
  }
  for (const what of ['writes', 'memory', 'disk']) expect(names).toContain(`full load, minute 2, ${what}`);
  expect(names).toContain('start after 2,000 entries on 1,000 keys');
  expect(names).toContain('a member more, 0.1 MB of data, from add to vote');
  const isPeerHere = machine.versions.etcd !== undefined;
  expect(run.stdout.includes('etcd is not installed')).toBe(!isPeerHere);
  for (const system of isPeerHere ? ['Tickraft', 'etcd'] : ['Tickraft']) {
    expect(names).toContain(`${system} writes, 1 caller, p50`);
    expect(names).toContain(`${system} writes, 64 callers, one connection, p99`);
    expect(names).toContain(`${system} failover, 30 and 150 ms`);
  }
  expect(bars.some(({ name }) => name.includes("etcd's"))).toBe(isPeerHere);
  for (const { name, median, min, max } of figures) {
    expect(run.stdout).toContain(name);
    expect(0 < min && min <= median && median <= max).toBe(true);
  }
  for (const { name, bar, met } of bars) {
    expect(run.stdout).toContain(name);
    expect(run.stdout).toContain(`${bar}: ${met ? 'met' : 'missed'}`);
  }
  expect(leftBehind()).toEqual([]);
  expect(leftRunning()).toEqual([]);
}, 180_000);

test('a benchmark that is interrupted leaves no processes and no folders', async () => {
  const loads = Array.from({ length: 100 }, () => 1).join(',');
  const args = [...SCRIPT, '--only', 'writes', '--callers', loads, '--out', join(folder, 'bench.json')];
  const run = spawn(process.execPath, args, { cwd: ROOT, env: environment() });
  for (let said = ''; !said.includes('Tickraft writes'); ) said += (await once(run.stdout, 'data'))[0];
  expect(leftBehind().length).toBeGreaterThan(0);
  expect(leftRunning().length).toBeGreaterThan(0);
  run.kill('SIGINT');
  expect(await once(run, 'exit')).toEqual([130, null]);
  expect(leftBehind()).toEqual([]);
  expect(leftRunning()).toEqual([]);
}, 60_000);
