import { ScenarioError } from '../../../replication/scenario/error.ts';
import { parseScenario } from '../../../replication/scenario/parse.ts';
import { PROTOCOLS } from '../../../replication/sim/protocols.ts';

const parse = (text: string) => parseScenario(text, PROTOCOLS);

/** The error of a scenario with this as its second line. */
function complaint(line: string, ...more: string[]): string {
  try {
    parse(['cluster raft 3 seed 1', line, ...more].join('\n'));
  } catch (error) {
    if (error instanceof ScenarioError) return `${error.line}: ${error.message}`;
    throw error;
  }
  return 'nothing';
}

describe('errors are reported with their line and the usage of the statement', () => {
  test.each([
    ['dance', '2: there is no statement `dance`'],
    ['constructor', '2: there is no statement `constructor`'],
    ['cluster raft 3 seed 2', '2: there is one cluster already'],
    ['set speed 3', '2: raft has no setting speed (it has heartbeatTicks, electionTicks'],
    ['set electionTicks 3', '2: electionTicks is a range such as 15-30'],
    ['set electionTicks 30-15', '2: electionTicks must be at least 1'],
    ['set maxSessions many', '2: maxSessions is one number'],
    ['set maxSessions =', '2: maxSessions wants a number'],
    ['set maxSessions on', '2: maxSessions is one number'],
    ['set eager 3', '2: eager is on or off'],
    [
      'log n4 terms 1',
      '2: expected a machine (n1, n2, n3, leader, follower), not `n4`; usage: log NODE terms',
    ],
    ['log n1 terms 1 3 2', '2: terms begin at 1 and never fall along a log'],
    ['log n1 terms 0', '2: terms begin at 1'],
    ['log n1 terms 1 3 at term 2', '2: expected a term'],
    ['run', '2: expected how long, a whole number at the end of the line; usage: run N ticks'],
    ['run 5', '2: expected `ticks`, `us`, `ms` or `s` at the end of the line'],
    ['run 5 years', '2: expected `ticks`, `us`, `ms` or `s`, not `years`'],
    ['run until', '2: expected a condition at the end of the line'],
    ['run until leader soon', '2: expected the end of the line, not `soon`'],
    [
      'crash',
      '2: expected a machine (n1, n2, n3, leader, follower) at the end of the line; usage: crash NODE',
    ],
    ['crash n1 n2', '2: expected the end of the line, not `n2`'],
    ['partition n1 n2', '2: expected `|` at the end of the line'],
    ['partition n1 | others | n2', '2: expected the end of the line, not `|`'],
    ['block n1 n2', '2: expected `->` at the end of the line'],
    ['network', '2: expected `delay`, `loss`, `duplicate` or `reorder` at the end of the line'],
    ['network loss 200%', '2: expected a part such as `10%`, not `200%`'],
    ['network delay 5-1ms', '2: expected milliseconds such as `3ms` or `1-5ms`, not `5-1ms`'],
    ['rate n1 0', '2: expected ticks a second, a number from 0.1 to 1000, not `0`'],
    ['crash n1 losing all', '2: expected `unsynced`, not `all`; usage: crash NODE [losing unsynced|'],
    ['crash n1 gently', '2: expected the end of the line, not `gently`'],
    ['restart n1 every 0 ticks for 5 ticks', '2: expected how long, a whole number of at least 1, not `0`'],
    ['restart n1 every 5 ticks', '2: expected `for` at the end of the line'],
    ['repair n1', '2: expected `drop-tail` or `start-empty` at the end of the line'],
    ['disk broken', '2: expected `sync`, `full`, `free`, `lazy` or `prompt`, not `broken`'],
    ['drift n1 11', '2: expected a factor, a number from 0.1 to 10, not `11`'],
    ['jump n1 -5 ticks', '2: expected how many ticks, a whole number from 1 to 100000, not `-5`'],
    ['jump n1 5 ms', '2: expected `ticks`, not `ms`'],
    ['clog n1', '2: expected `->` at the end of the line'],
    ['put x', '2: cannot read `put x`; usage: put KEY VALUE [in SESSION] [at NODE] [by CLIENT] [as NAME]'],
    ['put x "open at n1', '2: the quotes of "open are not closed'],
    ['get x fresh', '2: cannot read `get x fresh`; usage: get KEY [lease|stale]'],
    ['put x 1 in s', '2: a session called s is not defined before this line'],
    ['retry a', '2: a request called a is not defined before this line'],
    ['acknowledge a', '2: a request called a is not defined before this line'],
    ['expect answer a is ok', '2: a request called a is not defined before this line'],
    ['expect size of n1 is 3', '2: expected a property (term, role, vote'],
    ['expect n1 log is', '2: expected entries such as `1:noop`, or `empty` at the end of the line'],
    ['let n1 be n2', '2: the name n1 is taken'],
    ['let old by n2', '2: expected `be`, not `by`'],
  ])('%s', (line, message) => {
    expect(complaint(line)).toContain(message);
  });

  test('names can be given once', () => {
    expect(complaint('put x 1 as a', 'put x 2 as a')).toContain('3: the name a is taken');
    expect(complaint('session s', 'session s')).toContain('3: the name s is taken');
    expect(complaint('log n1 terms 1', 'log n1 terms 1')).toContain('3: n1 has a log already');
  });

  test('setup lines come first', () => {
    expect(complaint('run 1 ticks', 'log n1 terms 1')).toContain(
      '3: `log` must come before the machines run',
    );
    expect(() => parse('run 1 ticks')).toThrow('the first line must be `cluster PROTOCOL N seed S');
    expect(() => parse('# nothing but a comment\n')).toThrow('no line begins with `cluster`');
  });

  test.each([
    [
      'cluster paxos 3 seed 1',
      'there is no protocol paxos (there are: raft, primary-backup, lowest-port, nwr)',
    ],
    ['cluster raft 0 seed 1', 'expected how many machines, a whole number from 1 to 100, not `0`'],
    ['cluster raft 3', 'expected `seed` at the end of the line'],
    ['cluster raft 3 seed 1 rates 1,2', '2 rates for 3 machines'],
    ['cluster raft 3 seed 1 rates 6-1', 'rates go from 0.1 to 1000'],
    ['cluster raft 3 seed 1 fast', 'expected the end of the line, not `fast`'],
  ])('%s', (line, message) => {
    expect(() => parse(line)).toThrow(message);
  });
});

describe('the first lines', () => {
  const rates = (line: string) => parse(line).settings.machines.map(({ ticksPerSecond }) => ticksPerSecond);

  test('rates are the same for all, one for each, or drawn from the seed', () => {
    expect(rates('cluster raft 3 seed 1')).toEqual([100, 100, 100]);
    expect(rates('cluster raft 3 seed 1 rates 50')).toEqual([50, 50, 50]);
    expect(rates('cluster raft 3 seed 1 rates 1,3,6.25')).toEqual([1, 3, 6.25]);
    const drawn = rates('cluster raft 100 seed 1 rates 1-6');
    expect(new Set(drawn)).toEqual(new Set([1, 2, 3, 4, 5, 6]));
    expect(rates('cluster raft 100 seed 1 class')).toEqual(drawn);
    expect(rates('cluster raft 100 seed 2 class')).not.toEqual(drawn);
  });

  test('comments and empty lines do nothing, and a # inside quotes is no comment', () => {
    const { lines } = parse(
      '# a scenario\n\ncluster raft 3 seed 1 # three\nput x "a # b" at n1 # and so on\n',
    );
    expect(lines.map(({ action }) => action !== undefined)).toEqual([false, false, false, true]);
  });
});
