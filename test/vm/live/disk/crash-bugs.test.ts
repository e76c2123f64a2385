/**
 * What is said to be durable is there when the process dies at that instant; and each bug planted
 * in the disk is caught by the scenario that is there for it.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DurableDisk } from '../../../../vm/live/disk/durable-disk.ts';
import { type Bug, plant, ROOT } from '../../../support/mutant.ts';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tickraft-scenario-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Lets a process with the disk in `project` end in a scenario, and looks at what it has left. */
async function afterCrash(project: string, scenario: string): Promise<string> {
  const script = fileURLToPath(new URL('./crash-scenario.ts', import.meta.url));
  const directory = join(root, 'data');
  const args = ['--import', 'tsx', script, project, directory, scenario];
  const { signal, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (signal !== 'SIGKILL') throw new Error(stderr);
  let disk: DurableDisk;
  try {
    disk = DurableDisk.open(directory, { id: 'm1', cluster: 'test' });
  } catch (error) {
    return (error as Error).message;
  }
  const seen = LOOKS[scenario]!(disk);
  await disk.close();
  return JSON.stringify(seen);
}

/** What is to be looked at after a scenario. */
const LOOKS: Record<string, (disk: DurableDisk) => unknown> = {
  swap: ({ data, incoming, program }) => [data.get('x'), incoming.get('x'), program.get('swapped')],
  deletion: ({ data, program }) => [data.get('x'), program.get('log/1')],
  'deletion during a flush': ({ data, program }) => [data.get('k0'), data.get('k4999'), program.get('log/1')],
  'dropped segments': ({ program }) => [program.get('small'), (program.get('large') as string).length],
};

const LARGE = 'x'.repeat(500);
const KEPT = {
  swap: ['new', 'old', true],
  deletion: [1, null],
  'deletion during a flush': [LARGE, LARGE, null],
  'dropped segments': ['never changed', 2 * 2 ** 20],
};

test.each(Object.entries(KEPT))('%s: what was durable is there', async (scenario, kept) => {
  expect(await afterCrash(ROOT, scenario)).toBe(JSON.stringify(kept));
});

const BUGS: readonly (readonly [name: string, scenario: keyof typeof KEPT, bug: Bug])[] = [
  [
    'a swap is not in the group',
    'swap',
    {
      file: 'vm/live/disk/write-batch.ts',
      find: 'records.push({ key: DATA_LETTER_KEY,',
      replace: 'void ({ key: DATA_LETTER_KEY,',
    },
  ],
  [
    'a deletion does not take along the data that it relies on',
    'deletion',
    {
      file: 'vm/live/disk/write-batch.ts',
      find: 'if (write.value === undefined) relies = true;',
      replace: '',
    },
  ],
  [
    'a deletion does not wait for the data that is being flushed',
    'deletion during a flush',
    {
      file: 'vm/live/disk/durable-disk.ts',
      find: 'if (group.reliesOnData) await this.#flushing;',
      replace: '',
    },
  ],
  [
    'segments are dropped before the mark is durable',
    'dropped segments',
    {
      file: 'vm/live/disk/durable-disk.ts',
      find: '    try {\n      if (await this.#writeDatabase(',
      replace: '    this.#log.drop(first);\n    try {\n      if (await this.#writeDatabase(',
    },
  ],
];

test.each(BUGS)('caught: %s', async (_, scenario, bug) => {
  const { folder, dispose } = plant(['vm', 'vm/disk-log', 'vm/live/disk', 'vm/live/process'], [bug]);
  try {
    expect(await afterCrash(folder, scenario)).not.toBe(JSON.stringify(KEPT[scenario]));
  } finally {
    dispose();
  }
});
