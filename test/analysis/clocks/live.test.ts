/** The exercise with real processes in real time. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { analyzeRun } from '../../../analysis/analyze.ts';
import { openRun } from '../../../logs/run-folder.ts';
import { removeTemporary, temporaryFolder } from '../../logs/temporary.ts';
import { until } from '../../support/live-cluster.ts';

const DRIVER = fileURLToPath(new URL('./driver.ts', import.meta.url));
const started: ChildProcess[] = [];

afterAll(() => {
  // Whatever a failed test has left behind.
  for (const { pid } of started) {
    try {
      process.kill(-pid!, 'SIGKILL');
    } catch {
      // The usual case: no process of the group is left.
    }
  }
  removeTemporary();
});

/**
 * Starts `tickraft clocks --live`. `ended` resolves with how it ended and what it said on standard
 * error.
 */
function startLive(dir: string, ...words: string[]) {
  // In a process group of its own, so that machines can be found when their starter is gone.
  const child = spawn(process.execPath, ['--import', 'tsx', DRIVER, '--live', '--out', dir, ...words], {
    detached: true,
  });
  started.push(child);
  let errors = '';
  child.stderr.on('data', (text) => {
    errors += text;
  });
  // How far it has come is said now and then, if it takes long.
  const told = () => errors.replace(/^run-\d+ of \d+: \d+ of \d+ s\n/gm, '');
  // `close` comes when no process holds the output any more: not the machines either.
  const ended = once(child, 'close').then(([code]) => ({ code: code as number, errors: told() }));
  return { child, ended };
}

/** Waits until every machine has written rows. */
async function writing(dir: string, machines: readonly string[]): Promise<void> {
  const lines = (node: string) => {
    const path = join(dir, 'run-1', `${node}.csv`);
    return existsSync(path) ? readFileSync(path, 'utf8').split('\n').length - 2 : 0;
  };
  await until(() => (machines.every((node) => lines(node) >= 2) ? true : undefined));
}

test('processes exchange clocks at their own rates, and the clock condition holds', async () => {
  const dir = join(temporaryFolder(), 'out');
  const words = ['--seconds', '3', '--runs', '1', '--rates', '5,10,20', '--internal', '1/4', '--seed', '7'];
  const { code, errors } = await startLive(dir, ...words).ended;
  expect({ code, errors }).toEqual({ code: 0, errors: '' });
  const manifest = openRun(join(dir, 'run-1'));
  expect(manifest).toMatchObject({ seed: 7, settings: { mode: 'live' }, finished: true });
  expect(Date.parse(manifest.startedAt!)).not.toBeNaN();
  const { measures, checks, holes } = await analyzeRun(join(dir, 'run-1'));
  const { machines } = measures;
  expect(holes).toEqual([]);
  expect(machines.map(({ node, rate, starts }) => [node, rate, starts])).toEqual([
    ['m1', 5, 1],
    ['m2', 10, 1],
    ['m3', 20, 1],
  ]);
  expect(machines[0]!.events).toBeLessThan(machines[2]!.events);
  // Nothing is replicated here: the other checks do not apply.
  expect(checks.filter(({ outcome }) => outcome === 'holds').map(({ name }) => name)).toEqual([
    'clock-condition',
    'clock-order',
    'vector-clocks',
    'fifo-links',
  ]);
  expect(checks.filter(({ outcome }) => outcome === 'violated')).toEqual([]);
});

test('an interrupted run ends at once, with one line, complete logs and no process left', async () => {
  const dir = join(temporaryFolder(), 'out');
  const { child, ended } = startLive(dir, '--seconds', '600', '--rates', '50,50');
  await writing(dir, ['m1', 'm2']);
  child.kill('SIGINT');
  expect(await ended).toEqual({
    code: 1,
    errors: `error: interrupted; what was written so far is in ${join(dir, 'run-1')}\n`,
  });
  expect(openRun(join(dir, 'run-1')).finished).toBe(false);
  for (const node of ['m1', 'm2']) {
    expect(readFileSync(join(dir, 'run-1', `${node}.csv`), 'utf8')).toMatch(/,stop,[^\n]*\n$/);
  }
});

test('machines do not outlive the process that started them', async () => {
  const dir = join(temporaryFolder(), 'out');
  const { child, ended } = startLive(dir, '--seconds', '600', '--rates', '50,50');
  await writing(dir, ['m1', 'm2']);
  child.kill('SIGKILL');
  await ended;
  const { holes } = await analyzeRun(join(dir, 'run-1'));
  expect(holes).toEqual([]);
});
