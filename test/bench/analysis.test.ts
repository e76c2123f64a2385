/**
 * The short form of the analysis benchmark makes a run, analyses it, and reports the time and
 * memory.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CHECKS } from '../../analysis/checks/index.ts';
import { removeTemporary, temporaryFolder } from '../logs/temporary.ts';

afterAll(removeTemporary);

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The run has no history of its clients, and its members do not change. */
const OTHERS: Readonly<Record<string, string>> = {
  linearizability: 'cannot tell ',
  'one-configuration': 'not-applicable',
  'promoted-after-check': 'not-applicable',
};

test('npm run bench:analysis makes a run and analyses it', () => {
  const words = ['--events', '20000', '--dir', join(temporaryFolder(), 'run')];
  const script = ['--import', 'tsx', 'test/bench/analysis.ts', ...words];
  const { status, stdout, stderr } = spawnSync(process.execPath, script, { cwd: ROOT, encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/read as our own: [\d,]+ rows a second/);
  expect(stdout).toMatch(/read as logs of others: [\d,]+ rows a second/);
  for (const { name } of CHECKS) expect(stdout).toContain(`  ${OTHERS[name] ?? 'holds       '} ${name}\n`);
  expect(stdout).toMatch(/run\.html: [\d.]+ MB\n/);
  expect(stdout).toMatch(/[\d.]+ s, [\d.]+ s of processor time, [\d.]+ GB of memory at most\n$/);
}, 60_000);
