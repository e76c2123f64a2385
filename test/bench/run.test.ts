/** The benchmark itself works: its short form measures everything once and says so, to people and as JSON. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Figure } from './measure.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

test('npm run bench measures both hosts and the machine itself', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tickraft-bench-test-'));
  const out = join(folder, 'bench.json');
  const script = ['--import', 'tsx', 'test/bench/run.ts', '--short', '--out', out];
  const run = spawnSync(process.execPath, script, { cwd: ROOT, encoding: 'utf8' });
  expect({ code: run.status, errors: run.stderr }).toEqual({ code: 0, errors: '' });
  const { figures, environment } = JSON.parse(readFileSync(out, 'utf8')) as {
    figures: Figure[];
    environment: object;
  };
  rmSync(folder, { recursive: true });
  expect(environment).toMatchObject({ node: process.version, cores: expect.any(Number) });
  const names = figures.map(({ name }) => name);
  for (const recording of ['off', 'on']) {
    expect(names).toContain(`classic program, recording ${recording}`);
    expect(names).toContain(`Raft, five replicas under load, recording ${recording}`);
    expect(names).toContain(`durable submits, 64 callers, recording ${recording}, p99`);
  }
  for (const { name, median, min, max } of figures) {
    expect(run.stdout).toContain(name);
    expect(0 < min && min <= median && median <= max).toBe(true);
  }
}, 120_000);
