/**
 * The tests that the people had written for their own systems, as scenarios for every protocol:
 * servers are stopped and come back, and somebody signs up, logs in and out meanwhile.
 * docs/reference/protocols.md has what becomes of each.
 */
import { runScenario } from '../../../replication/scenario/scenario.ts';
import type { Settings } from '../../../replication/sim/index.ts';
import type { Tested } from '../conformance/requirements.ts';

/** What somebody wants to know of a story. */
interface Question {
  readonly asks: string;
  /** The name of a request: what its answer was, or how long it took. */
  readonly of: string;
  readonly how: 'answer' | 'known' | 'time';
}

/** A story: what happens to three machines, line by line of the scenario language. */
export interface Story {
  readonly name: string;
  readonly happens: readonly string[];
  readonly questions: readonly Question[];
}

/** So long a request may wait for its answer; by then whoever leads is elected. */
const PATIENCE = 'set requestTicks 150';
const LONG = 'run 200 ticks';

/** The client's session: with one, a command may be sent again. */
const BEGIN = ['run 100 ticks', 'session s', 'run 50 ticks'];

export const STORIES: readonly Story[] = [
  {
    name: 'two of three crash, one returns, and all change places',
    happens: [
      ...[...BEGIN, 'crash n1', 'crash n2', 'put ann here in s at n3 as alone', LONG],
      ...['restart n1', 'put bob here in s at n1 as two', LONG],
      ...['crash n1', 'run 100 ticks', 'restart n1', 'run 200 ticks', 'crash n3'],
      ...['get ann at n1 as ann', 'get bob at n1 as bob', LONG],
      ...['restart n2', 'restart n3', LONG, 'get ann at n2 as after', LONG],
    ],
    questions: [
      { asks: 'n1 and n2 are down: ann signs up at n3', of: 'alone', how: 'answer' },
      { asks: 'n1 is back, with the same peers: bob signs up there', of: 'two', how: 'answer' },
      { asks: 'n1 crashes and returns, n3 crashes: n1, alone, knows ann', of: 'ann', how: 'known' },
      { asks: 'n1, alone, knows bob', of: 'bob', how: 'known' },
      { asks: 'all are back: n2 knows ann', of: 'after', how: 'known' },
    ],
  },
  {
    name: 'signed up, logged in and out at one, which crashes',
    happens: [
      ...[...BEGIN, 'put ann here in s at n2 as up', 'run 50 ticks', 'put login ann in s at n2 as in'],
      ...['run 50 ticks', 'delete login in s at n2 as out', 'run 50 ticks', 'crash n2', 'run 100 ticks'],
      ...[
        'get ann at n3 as known',
        'get login at n3 as still',
        'put login again in s at n3 as elsewhere',
        LONG,
      ],
    ],
    questions: [
      { asks: 'ann signs up, logs in and out at n2, which crashes: n3 knows her', of: 'known', how: 'known' },
      { asks: 'she is logged in still', of: 'still', how: 'known' },
      { asks: 'she logs in at n3', of: 'elsewhere', how: 'answer' },
    ],
  },
  {
    name: 'a graceful end of the first, an abrupt end of another, and of two',
    happens: [
      ...[...BEGIN, 'drain n1', 'run 20 ticks', 'crash n1', 'put x 1 in s at n2 as graceful', LONG],
      ...['restart n1', LONG, 'crash n3', 'put x 2 in s at n2 as abrupt', LONG],
      ...['crash n1', 'put x 3 in s at n2 as last', LONG],
    ],
    questions: [
      { asks: 'n1 ends gracefully: how long the next command at n2 takes', of: 'graceful', how: 'time' },
      { asks: 'n3 ends abruptly: how long the next one takes', of: 'abrupt', how: 'time' },
      { asks: 'n2 alone, of three: the next one', of: 'last', how: 'answer' },
    ],
  },
];

/** How many lead, as scenarios may expect it. */
const COUNTS = ['one leader', 'no leader'] as const;

/** The text of a story for a protocol with settings, as `tickraft sim` takes it. */
function scenarioOf({ protocol, settings }: Tested, happens: readonly string[]): string {
  const set = Object.entries(settings).map(([name, value]) => `set ${name} ${wordOf(value)}`);
  return [`cluster ${protocol} 3 seed 7`, PATIENCE, ...set, ...happens, ''].join('\n');
}

function wordOf(value: Settings[string]): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return typeof value === 'object' ? value.join('-') : String(value);
}

/** The answers to the questions of a story. Throws if a step of it breaks an invariant. */
export function answersTo(subject: Tested, { happens, questions }: Story): string[] {
  const { transcript, failure } = runScenario(scenarioOf(subject, happens));
  if (failure !== undefined) throw new Error(`${subject.protocol}: ${failure.message}`);
  return questions.map((question) => answerTo(question, happens, transcript));
}

function answerTo({ of, how }: Question, happens: readonly string[], transcript: string): string {
  const answered = new RegExp(`^ +([0-9.]+) ms  answer to ${of}: (\\w+)`, 'm').exec(transcript);
  if (answered === null) return 'no answer';
  const [, at, what] = answered as unknown as readonly [string, string, string];
  if (/^(NoLeader|Indeterminate|Overloaded)$/.test(what)) return `\`${what}\``;
  if (how === 'known') return what === 'nothing' ? 'no' : 'yes';
  return how === 'answer' ? what : `${Math.round(Number(at) - askedAt(of, happens))} ms`;
}

/** When a request is made, in ms: a tick is 10 ms. */
function askedAt(of: string, happens: readonly string[]): number {
  const before = happens.slice(
    0,
    happens.findIndex((line) => line.endsWith(` as ${of}`)),
  );
  const ticks = before.map((line) => Number(/^run (\d+) ticks$/.exec(line)?.[1] ?? 0));
  return 10 * ticks.reduce((sum, one) => sum + one, 0);
}

/** n1 and n2 do not hear each other, and both hear n3: both would lead. */
const APART = ['block n1 <-> n2', 'run 300 ticks'];
const TOGETHER = [...APART, 'heal', LONG];

/** How many lead where two would: while they do not hear each other, and afterwards. */
export function candidatesOf(subject: Tested): readonly string[] {
  return [APART, TOGETHER].map((happens) => {
    const found = COUNTS.find((count) => holds(subject, [...happens, `expect ${count}`]));
    return found === 'one leader' ? 'one' : found === 'no leader' ? 'nobody' : 'two';
  });
}

function holds(subject: Tested, happens: readonly string[]): boolean {
  return runScenario(scenarioOf(subject, happens)).failure === undefined;
}
