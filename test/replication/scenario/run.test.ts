import { readFileSync } from 'node:fs';
import { describeFailure, runScenario } from '../../../replication/scenario/scenario.ts';
import { simulatedRaft } from '../../../replication/sim/raft.ts';
import { plantBug } from '../../support/mutant-raft.ts';

/** n1 leads, and everyone has its first entry. */
const BEGINNING = `
cluster raft 3 seed 1
rate n1 300
run until leader n1
expect all agree within 20 ticks
rate n1 100
`;

function run(...lines: string[]) {
  return runScenario(BEGINNING + lines.join('\n'));
}

/** What the last of these lines saw instead of what it expected. */
function seen(...lines: string[]): string | undefined {
  const { failure } = run(...lines);
  return failure === undefined ? undefined : failure.message;
}

test('the same text gives the same transcript', () => {
  const scenario = [
    'network delay 1-20ms loss 10% duplicate 10% reorder 10%',
    'put x 1',
    'crash leader',
    'run 100 ticks',
  ];
  const { transcript } = run(...scenario);
  expect(transcript).toContain('(leader is n1)');
  expect(run(...scenario).transcript).toBe(transcript);
  const other = runScenario(BEGINNING.replace('seed 1', 'seed 2') + scenario.join('\n'));
  expect(other.transcript).not.toBe(transcript);
});

describe('a failing expectation', () => {
  test('names the line, the tick and the time', () => {
    const { failure, transcript } = run('run 30 ticks', '', 'expect leader n2', 'crash n1');
    expect(failure).toMatchObject({ line: 9, tick: 42, ms: 420.656 });
    const text =
      'line 9, tick 42 (420.656 ms): expected leader n2, saw n1@1 leader, n2@1 follower, n3@1 follower';
    expect(describeFailure(failure!)).toBe(text);
    // Nothing is run after it.
    expect(transcript.endsWith(`\nexpect leader n2\nFAILED: ${text}\n`)).toBe(true);
  });

  test.each([
    ['expect no leader', 'n1@1 leader, n2@1 follower, n3@1 follower'],
    ['expect one leader among n2 n3', 'n2@1 follower, n3@1 follower'],
    ['expect not leader n1', 'leader n1'],
    ['expect term of n2 is 2', '1'],
    ['expect role of n2 is leader', 'follower'],
    ['expect vote of n2 is n3', 'n1'],
    ['expect leader of n2 is nobody', 'n1'],
    ['expect commit of n3 is 2', '1'],
    ['expect applied of n3 is 2', '1'],
    ['expect length of n3 is 2', '1'],
    ['expect n2 log is 1:noop 1:x=1', '1:noop'],
    ['expect n2 log is empty', '1:noop'],
    ['expect n2 log terms 1 1', '1'],
    ['expect n1 log behind n2', 'n1 has 1:noop, n2 has 1:noop'],
    ['expect n1 has unsynced writes', 'none'],
    ['expect x is 1 at n2', 'nothing'],
  ])('%s: saw %s', (line, message) => {
    expect(seen(line)).toBe(`expected ${line.slice('expect '.length)}, saw ${message}`);
  });

  test('says how several machines differ', () => {
    expect(seen('isolate n3', 'put x 1', 'run 5 ticks', 'expect all agree')).toBe(
      'expected all agree, saw 1 leaders, n1 has 1:noop 1:x=1 (2 applied), n2 has 1:noop 1:x=1 (2 applied), n3 has 1:noop (1 applied)',
    );
    expect(seen('isolate n3', 'put x 1', 'run 5 ticks', 'expect n3 log like n1')).toContain('saw 1:noop');
    expect(seen('isolate n3', 'put x 1', 'run 5 ticks', 'expect all agree among n1 n2')).toBeUndefined();
  });

  test('knows nothing of a machine that is down, and no leader if there is none', () => {
    expect(seen('crash n2', 'expect term of n2 is 1')).toContain('saw n2 is down');
    expect(seen('crash n1', 'expect term of leader is 1')).toContain('saw there is no leader');
    expect(seen('crash n1', 'expect not term of leader is 1')).toContain('saw there is no leader');
  });

  test('waits for the given time, a thousand ticks by default', () => {
    expect(run('expect leader n2 within 7 ticks').failure).toMatchObject({ tick: 12 + 7 });
    expect(run('run until leader n2').failure).toMatchObject({ tick: 12 + 1_000 });
    expect(run('run until leader n2 within 1 s').failure).toMatchObject({ tick: 12 + 100 });
  });
});

describe('statements that cannot be carried out', () => {
  test.each([
    [['crash n1', 'crash n1'], 'cannot crash n1, which is down'],
    [['resume n1'], 'cannot resume n1, which is up'],
    [['crash n1', 'crash leader'], 'there is no leader'],
    [['crash n1', 'crash n2', 'crash n3', 'restart follower'], 'there is no follower'],
    [['partition leader | n1 n2'], 'n1 is named twice'],
    [['session s', 'put x 1 in s'], 'session s is not open'],
    [['put x 1 as a', 'acknowledge a'], 'a is no command of a session'],
    [['crash n1', 'put x 1'], 'there is no leader'],
  ])('%j', (lines, message) => {
    expect(seen(...lines)).toBe(message);
  });
});

describe('answers', () => {
  test('are pending, then ok, a value, or an error code', () => {
    expect(seen('put x 1 as a', 'expect answer a is ok')).toContain('saw pending');
    expect(
      seen(
        'put x "two words" as a',
        'run until answer a is ok',
        'get x as b',
        'run until answer b is "two words"',
        'cas x 1 2 as c',
        'run until answer c is refused',
        'delete x as d',
        'run until answer d is ok',
        'get x stale at n1 as e',
        'expect answer e is nothing',
        'isolate n3',
        'get x at n3 as f',
        'run until answer f is NoLeader',
        'put x 1 at n3 as g',
        'run 20 ticks',
        'expect answer g is Indeterminate',
      ),
    ).toContain('expected answer g is Indeterminate, saw pending');
  });
});

describe('statements do what they say', () => {
  test('rates and pauses', () => {
    expect(seen('rate n1 1', 'run until leader among n2 n3 within 100 ticks')).toBeUndefined();
    expect(
      seen(
        'pause n1',
        'run until leader among n2 n3',
        'resume n1',
        'expect role of n1 is follower within 5 ticks',
      ),
    ).toBeUndefined();
  });

  test('links are cut in one direction, and heal', () => {
    const after = ['put x 1', 'run 5 ticks', 'expect n2 log is 1:noop 1:x=1'];
    expect(seen('block n1 -> n2', ...after)).toContain('saw 1:noop');
    expect(seen('block n2 -> n1', ...after)).toBeUndefined();
    expect(seen('block n1 <-> n2', 'unblock n1 -> n2', ...after)).toBeUndefined();
    expect(seen('isolate n2', 'heal', ...after)).toBeUndefined();
    expect(seen('partition n1 | others', ...after)).toContain('saw 1:noop');
  });

  test('slow links and disks', () => {
    const after = ['put x 1 as a', 'run 5 ticks', 'expect answer a is ok'];
    expect(seen(...after)).toBeUndefined();
    expect(seen('network delay 100ms', ...after)).toContain('saw pending');
    expect(seen('link n2 n3 -> n1 delay 100ms', ...after)).toContain('saw pending');
    expect(seen('disk sync 100ms at n2 n3', ...after)).toContain('saw pending');
  });

  test('traces show the messages that arrive, and their contents', () => {
    const { transcript } = run(
      'trace n1 -> n2',
      'block n1 -> n3',
      'put x 1',
      'run 1 tick',
      'trace off',
      'run 5 ticks',
    );
    expect(transcript).toMatch(
      /n2@1 <- n1 {2}AppendEntries term=1 prevIndex=1 prevTerm=1 entries=1 commit=1 round=0\n/,
    );
    expect(transcript).not.toContain('n3@1 <-');
    expect(transcript).not.toMatch(/trace off\n(.*\n)*.*<-/);
    expect(run('trace all', 'block n1 -> n3', 'put x 1').transcript).toContain(
      'n3 <- n1  AppendEntries is lost (blocked)',
    );
  });

  test('machines can be named, and shown', () => {
    const { transcript, failure } = run(
      'let old be leader',
      'crash old',
      'show old n2',
      'run until leader',
      'expect not leader old',
    );
    expect(failure).toBeUndefined();
    expect(transcript).toContain('n1 down\n');
    expect(transcript).toContain('n2@1 follower: log 1:noop, commit 1, voted for n1\n');
  });

  test('logs are on disk before the machines start', () => {
    const text =
      'cluster raft 1 seed 1\nlog n1 terms 1 1 3 at term 5\nexpect n1 log is 1:k1=1 1:put 3:k3=3\nexpect term of n1 is 5';
    expect(runScenario(text).failure).toBeUndefined();
    expect(runScenario(`${text}\nrestart n1\nexpect n1 log terms 1 1 3`).failure).toBeUndefined();
  });
});

describe('statements for faults do what they say', () => {
  test('crashes keep, lose or tear unsynced writes', () => {
    const writing = ['disk sync 300ms at n2', 'put x 1', 'run 2 ticks', 'expect n2 has unsynced writes'];
    const after = ['restart n2', 'expect n2 log is 1:noop 1:x=1'];
    expect(seen(...writing, 'crash n2 keeping unsynced', ...after)).toBeUndefined();
    expect(seen(...writing, 'crash n2 losing unsynced', ...after)).toContain('saw 1:noop');
    expect(seen(...writing, 'crash n2 torn', 'restart n2', 'expect status of n2 is down')).toBeUndefined();
  });

  test('a machine with a damaged disk does not start until it is repaired', () => {
    const { transcript, failure } = run(
      'put x 1',
      'run 20 ticks',
      'crash n2',
      'rot n2 log/2',
      'restart n2',
      'expect status of n2 is down',
      'repair n2 start-empty',
      'restart n2',
      'expect status of n2 is up',
      'expect recovery of n2 is recovering',
      'run until recovery of n2 is normal',
      'expect all agree within 20 ticks',
    );
    expect(failure).toBeUndefined();
    expect(transcript).toContain('n2: log/2 is no longer what was written\n');
    expect(transcript).toContain('n2 does not start, its disk is damaged: log/2\n');
    expect(transcript).toMatch(/n2 is repaired: dropped everything/);
  });

  test('what cannot be done with a disk is reported', () => {
    expect(seen('rot n2 log/9')).toBe('there is no record log/9 on the disk of n2');
    expect(seen('wipe n2', 'rot n2')).toBe('the disk of n2 is empty');
    expect(seen('repair n2 drop-tail')).toBe('n2 runs: a disk can be repaired only while it is off');
    expect(seen('crash n2', 'rot n2 raft', 'repair n2 drop-tail')).toMatch(/^n2: the term, the vote/);
  });

  test('a wiped machine starts empty', () => {
    expect(
      seen(
        'put x 1',
        'run 20 ticks',
        'wipe n2',
        'expect status of n2 is down',
        'restart n2',
        'expect n2 log is empty',
      ),
    ).toBeUndefined();
  });

  test('a full disk acknowledges nothing until there is space; its speed stays the same', () => {
    const full = ['disk sync 30ms', 'disk full at n2 n3', 'put x 1 as a', 'run 10 ticks'];
    expect(seen(...full, 'expect answer a is ok')).toContain('saw pending');
    expect(seen(...full, 'disk free', 'run 2 ticks', 'expect answer a is ok')).toContain('saw pending');
    expect(seen(...full, 'disk free', 'run 5 ticks', 'expect answer a is ok')).toBeUndefined();
  });

  test('lazy data is applied again after a crash', () => {
    const scenario = ['put x 1', 'run 20 ticks', 'crash n2', 'restart n2', 'expect applied of n2 is 2'];
    expect(seen(...scenario)).toBeUndefined();
    expect(seen('disk lazy', ...scenario)).toContain('expected applied of n2 is 2, saw 0');
    expect(seen('disk lazy', 'disk prompt', ...scenario)).toBeUndefined();
  });

  test('clocks drift and jump', () => {
    // The one whose clock drifts upwards times out first.
    expect(seen('drift n3 10', 'run 2 s', 'crash n1', 'run until leader n3 within 10 ticks')).toBeUndefined();
    expect(seen('isolate n2', 'jump n2 31 ticks', 'expect role of n2 is pre-candidate')).toBeUndefined();
    expect(
      seen('isolate n2', 'jump n2 back 100 ticks', 'run 100 ticks', 'expect role of n2 is follower'),
    ).toBeUndefined();
  });

  test('clogged links keep what is sent', () => {
    const after = ['put x 1', 'run 5 ticks', 'expect n2 log is 1:noop 1:x=1'];
    expect(seen('clog n1 -> n2', ...after)).toContain('saw 1:noop');
    expect(
      seen('clog n1 <-> n2', 'put x 1', 'unclog n1 <-> n2', 'run 5 ticks', 'expect n2 log is 1:noop 1:x=1'),
    ).toBeUndefined();
    expect(run('clog n1 -> n2', ...after).transcript).not.toContain('messages lost');
  });

  test('a restart loop restarts as often as it fits into its time', () => {
    const { transcript, failure } = run('restart n2 every 40 ms for 100 ms', 'expect term of n2 is 1');
    expect(failure).toBeUndefined();
    expect(transcript.match(/n2@1 follower starts again/g)).toHaveLength(3);
  });

  test('times are exact to the microsecond', () => {
    const { failure } = run('run 12345 us', 'expect leader n2');
    expect(failure!.ms).toBeCloseTo(120.656 + 12.345, 3);
  });
});

describe('a protocol with a bug', () => {
  test('fails the scenario at the step that shows it, whatever the scenario expects', async () => {
    const bug = await plantBug({
      file: 'election.ts',
      find: '(hard.votedFor === undefined || hard.votedFor === from)',
      replace: 'true',
    });
    try {
      const protocols = { raft: simulatedRaft(bug.createRaft) };
      const scenario = new URL('../../golden/split-vote.scenario', import.meta.url);
      const { failure } = runScenario(readFileSync(scenario, 'utf8'), { protocols });
      expect(failure?.message).toMatch(/^one-vote-a-term violated by n\d \(term 1\)/);
    } finally {
      bug.dispose();
    }
  });
});

describe('a session with several commands in flight', () => {
  const BURST = [
    'session s',
    'run 20 ticks',
    'append x 1 in s at n1 as a',
    'append x 2 in s at n1 as b',
    'run 20 ticks',
  ];

  test('keeps the results that are not acknowledged, and drops the others with the next command', () => {
    const retries = ['retry a at n2 as a2', 'retry b at n2 as b2', 'run 20 ticks'];
    const told = ['expect answer a2 is ok', 'expect answer b2 is ok', 'expect x is 12 at n1'];
    expect(seen(...BURST, ...retries, ...told)).toBeUndefined();
    const acknowledged = ['acknowledge a', 'append x 3 in s at n3 as c', 'run 20 ticks'];
    const dropped = ['expect answer a2 is Rejected', 'expect answer b2 is ok', 'expect x is 123 at n1'];
    expect(seen(...BURST, ...acknowledged, ...retries, ...dropped)).toBeUndefined();
  });

  test('acknowledges all commands below the lowest unacknowledged one', () => {
    const later = ['acknowledge b', 'append x 3 in s', 'run 20 ticks', 'retry a as a2', 'run 20 ticks'];
    expect(seen(...BURST, ...later, 'expect answer a2 is ok')).toBeUndefined();
  });

  test('a retry is an old copy, or has the current acknowledgements', () => {
    // The first attempt of b, which acknowledged nothing, is lost; the next one that arrives is
    // what is remembered.
    const scenario = (retry: string) =>
      runScenario(
        [
          BEGINNING,
          ...['session s', 'run 20 ticks', 'append x 1 in s as a', 'run 20 ticks', 'isolate n1'],
          ...['append x 2 in s at n1 as b', 'crash n1 losing unsynced', 'restart n1', 'heal'],
          ...['run until leader', 'run 20 ticks', 'acknowledge a', retry, 'run 20 ticks'],
          ...['retry a as a2', 'run 20 ticks', 'expect answer a2 is Rejected'],
        ].join('\n'),
      ).failure?.message;
    expect(scenario('retry b')).toBe('expected answer a2 is Rejected, saw ok');
    expect(scenario('retry b anew')).toBeUndefined();
  });

  test('accepts no more commands than results are kept', () => {
    const small = BEGINNING.replace('rate n1 300', 'set maxKeptResults 2\nrate n1 300');
    const { failure } = runScenario([small, ...BURST, 'append x 3 in s'].join('\n'));
    expect(failure?.message).toBe('session s has as many commands under way as results are kept');
  });
});
