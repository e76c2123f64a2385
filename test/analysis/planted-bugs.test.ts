/** Bugs planted in Raft are seen in its logs alone. */
import { join } from 'node:path';
import { analyzeRun } from '../../analysis/analyze.ts';
import { removeTemporary, temporaryFolder } from '../logs/temporary.ts';
import { type Bug, plantBug } from '../support/mutant-raft.ts';
import { recordRaft } from '../support/recorded-raft.ts';

afterAll(removeTemporary);

test.each<[string, Bug, string]>([
  [
    'a leader that waits for nobody',
    { file: 'quorum.ts', find: 'values[quorum(replica) - 1]', replace: 'values[0]' },
    'committed-by-majority',
  ],
  [
    'a command that runs as often as it is sent',
    {
      file: '../sessions.ts',
      find: 'const earlier = tag && recall(data, tag, index);',
      replace: 'const earlier = tag && (recall(data, tag, index), undefined);',
    },
    'exactly-once',
  ],
])(
  '%s',
  async (_, bug, name) => {
    const { createRaft, dispose } = await plantBug(bug);
    const dir = join(temporaryFolder(), 'run');
    await recordRaft(dir, {
      seed: 5,
      machines: 5,
      load: 4,
      events: 20_000,
      createRaft,
    });
    dispose();
    const { checks } = await analyzeRun(dir);
    expect(checks.find((check) => check.name === name)).toMatchObject({ outcome: 'violated' });
  },
  60_000,
);
