/**
 * Real logs of Jepsen: lines of the history are read, others counted; a damaged line never reverses
 * a verdict.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { checkCommand } from '../../../analysis/cli/check.ts';
import { checkHistory } from '../../../analysis/history/check-history.ts';
import { HistoryError } from '../../../analysis/history/error.ts';
import { formatOf, parseHistory } from '../../../analysis/history/read-history.ts';
import { removeTemporary, temporaryFolder } from '../../logs/temporary.ts';
import { run } from '../../support/in-process.ts';
import { atomicHistory } from '../linearizability/atomic.ts';

afterAll(removeTemporary);

/** What the command says of a file. */
async function check(text: string | Buffer, ...words: readonly string[]) {
  const file = join(temporaryFolder(), 'jepsen.log');
  writeFileSync(file, text);
  const { out, err, code } = await run(checkCommand(), file, ...words);
  return { out, err: err.replaceAll(file, 'h'), code };
}

const read = (text: string) => parseHistory(text, 'h', formatOf(text), { failedCas: 'nothing' });

/** What a test of Jepsen's logs before, between and after its history. */
const LOG = `2026-03-01 07:52:55,480{GMT}	INFO	[jepsen test runner] jepsen.core: Command line:
lein run test --time-limit 180
2026-03-01 07:52:55,561{GMT}	INFO	[jepsen test runner] jepsen.core: Running test:
{:concurrency 5
 :nodes ["n1" "n2"]
 :generator
 ({:type :invoke, :f :write, :value 3} {:process 1 :type :invoke :f :read}
  ...)
 :db #object[some.db$reify__1 "0x34" "some.db$reify__1@34"]}

2026-03-01 07:53:02,859{GMT}	INFO	[jepsen worker 2] jepsen.util: 2	:invoke	:read	nil
2026-03-01 07:53:02,860{GMT}	INFO	[jepsen worker nemesis] jepsen.util: :nemesis	:info	:start	nil
2026-03-01 07:53:02,870{GMT}	INFO	[jepsen worker 2] some.client: read 2 of 5 :ok
2026-03-01 07:53:02,900{GMT}	INFO	[jepsen worker 2] jepsen.util: 2	:ok	:read	nil
2026-03-01 07:53:02,901{GMT}	INFO	[jepsen worker 1] jepsen.util: 1	:invoke	:write	[4
 5]
2026-03-01 07:53:02,950{GMT}	WARN	[jepsen worker 1] jepsen.generator.interpreter: Process 1 crashed
java.net.SocketTimeoutException: Read timed out
	at java.base/java.net.Socket.read(Socket.java:100)
Caused by: clojure.lang.ExceptionInfo: no {:status 503}
2026-03-01 07:53:02,950{GMT}	INFO	[jepsen worker 1] jepsen.util: 1	:info	:write	[4 5]	indeterminate: Read timed out
2026-03-01 07:53:03,001{GMT}	INFO	[jepsen worker 0] jepsen.util: 0	:invoke	:read	nil
2026-03-01 07:53:03,002{GMT}	INFO	[jepsen worker 0] jepsen.util: 0	:ok	:read	[4 5]
2026-03-01 07:53:05,000{GMT}	INFO	[jepsen test runner] jepsen.util: Analyzing 3 operations
{:valid? true,
 :results ({:index 3, :type :ok})}


Everything looks good! \u{30fd}(\u2018\u30fc\`)\u{30ce}
`;

test('lines of the history are read, with values that continue on the next line; other lines are counted', async () => {
  const { out, code } = await check(LOG);
  expect(code).toBe(0);
  expect(out).toMatch(/^holds: 3 operations of 3 clients are linearizable/);
  expect(out).toContain('  ignored, as they are not from a client: 19 lines\n');
  expect(
    read(LOG).operations.map(({ client, calledLine, returnedLine }) => [client, calledLine, returnedLine]),
  ).toEqual([
    ['2', 11, 14],
    ['1', 15, undefined],
    ['0', 22, 23],
  ]);
});

const BARE = `2	:invoke	:read	nil
:nemesis	:info	:start	nil
2	:ok	:read	nil
1	:invoke	:write	4
1	:info	:write	4	:timeout
0	:invoke	:read	nil
0	:ok	:read	4
`;

test.each<[string, (line: string) => string]>([
  ['history.txt', (line) => line],
  ['padded with blanks', (line) => line.replace(/\t/g, '       ')],
  ['of the first Jepsens', (line) => `INFO  jepsen.util - ${line}`],
  ['of 2018', (line) => `INFO [2018-06-07 13:14:12,581] jepsen worker 0 - jepsen.util ${line}`],
  ['of today', (line) => `2026-03-01 07:53:02,859{GMT}\tINFO\t[jepsen worker 0] jepsen.print: ${line}`],
  [
    'with a time of its own',
    (line) => `2026-03-01\tINFO\t[jepsen worker 0] jepsen.util: [ 2327886777 ] ${line}`,
  ],
  ['coloured', (line) => `\u001b[32mINFO\u001b[0m  jepsen.util - \u001b[1;31m${line}\u001b[0m`],
  ['with line ends of Windows', (line) => `${line}\r`],
])('every form of the log reads the same: %s', (_, form) => {
  const lines = BARE.trimEnd().split('\n').map(form);
  const { operations, damage } = read(`${lines.join('\n')}\n`);
  expect(operations.map(({ input, output }) => [input.type, output?.type])).toEqual([
    ['read', 'value'],
    ['write', undefined],
    ['read', 'value'],
  ]);
  expect(damage).toBeUndefined();
});

test('bytes that are not text are ignored in other lines, and are damage in lines of clients', async () => {
  const bytes = (text: string) => Buffer.from(text, 'latin1');
  expect((await check(bytes(`${BARE}WARN caf\u00e9 is closed\n`))).code).toBe(0);
  const { out, code } = await check(bytes(BARE.replace(':write	4\n1', ':write	"\u00e9"\n1')));
  expect({ code, head: out.split('\n')[0] }).toEqual({
    code: 3,
    head: 'cannot tell: what can be read is violated, but what explains it may have been called in 1 damaged line (4)',
  });
  expect((await check(bytes('{:process 0 :type :invoke :f :write :value "\u00e9"}'))).err).toBe(
    'error: h: this is not UTF-8 text\n',
  );
});

/** A value that nobody wrote is read, and something damaged stands before or behind it. */
const before = (damaged: string) =>
  `${damaged}\n0	:invoke	:read	nil\n0	:ok	:read	7\n0	:invoke	:read	nil\n`;
const behind = (damaged: string) =>
  `0	:invoke	:read	nil\n0	:ok	:read	7\n${damaged}\n1	:invoke	:read	nil\n`;
const fine = (damaged: string) =>
  `0	:invoke	:read	nil\n0	:ok	:read	nil\n${damaged}\n1	:invoke	:read	nil\n`;

test.each([
  '3	:inv',
  '3	:invoke	:wri',
  '3	:invoke	:write',
  '3	:invoke	:write	[7',
  '3	;nvoke	:write	7',
  'vok 3	:invoke	:write	7',
])('a damaged line that may have called a change: %j', async (damaged) => {
  const verdicts: { readonly out: string; readonly code: number }[] = [];
  for (const text of [before(damaged), behind(damaged), fine(damaged)]) verdicts.push(await check(text));
  expect(verdicts.map(({ code }) => code)).toEqual([3, 1, 3]);
  const [unsure, sure, holds] = verdicts.map(({ out }) => out) as [string, string, string];
  expect(unsure).toMatch(
    /^cannot tell: what can be read is violated, but what explains it may have been called in 1 damaged line \(1\)\n/,
  );
  expect(sure).toContain(
    '  decided by what comes before line 3, which is damaged and may have called anything\n',
  );
  expect(sure).toContain('  damaged, but looking like operations: 1 line (3)\n');
  expect(holds).toMatch(/^cannot tell: what can be read holds, but 1 damaged line \(3\) may say otherwise\n/);
});

test('a lost end leaves its operation open: a violation stands, but "holds" becomes "cannot tell"', async () => {
  const ended = (end: string) =>
    `3	:invoke	:write	5\n${end}\n0	:invoke	:read	nil\n0	:ok	:read	SEEN\n`;
  const lost = ended('3	:ok	:wri');
  expect((await check(lost.replace('SEEN', '7'))).code).toBe(1);
  expect((await check(lost.replace('SEEN', '5'))).code).toBe(3);
  expect((await check(lost.replace('SEEN', 'nil'))).code).toBe(3);
  // No more of an end is needed: it says that the operation was done, has failed, or is unknown.
  for (const end of [
    '3	:ok	:write',
    '3	:ok	:write	[5',
    '3	:fail	:write	[5',
    '3	:info	:write	"timed',
  ])
    expect((await check(ended(end).replace('SEEN', end.includes('fail') ? 'nil' : '5'))).code).toBe(0);
});

test('the lost call of a read does not affect a violation', async () => {
  const text = `3	:invoke	:read	[\n3	:ok	:read	nil\n0	:invoke	:read	nil\n0	:ok	:read	7\n`;
  expect((await check(text)).code).toBe(1);
  expect((await check(text.replace('7', 'nil'))).code).toBe(3);
});

/**
 * A damaged line between the call and the end of an operation of process 0: a call, an end, or
 * unrecognizable, of this process or another.
 */
test.each([
  '0	:inv',
  '0	:o',
  '0',
  '0	:invoke	:write	[7',
  '0	:invoke	:read	[',
  '0	:ok	:read',
  '0	:ok	:write	[7	:x',
  '0	:ok	:read	[1	:inv',
  '1	:inv',
  '1	:invoke	:write	[7',
  '1	:ok	:read',
  '0#:ok	:read	7',
])('a damaged line is no reason to refuse an end that follows: %j', async (damaged) => {
  const within = (seen: string) =>
    `2	:invoke	:read	nil\n2	:ok	:read	${seen}\n0	:invoke	:read	nil\n${damaged}\n0	:ok	:read	nil\n2	:invoke	:read	nil\n2	:ok	:read	7\n`;
  // The write of 7 may be the damaged line: a read of 7 after it is no violation, but one before it
  // is.
  const unsure = await check(within('nil'), '--json');
  expect({ ...JSON.parse(unsure.out), code: unsure.code }).toMatchObject({
    verdict: 'cannot tell',
    damagedLines: [4],
    undecided: { because: 'damage', read: 'violated' },
    code: 3,
  });
  // Process 1 never began anything: the call is missing somewhere before the line.
  expect((await check(within('5'))).code).toBe(damaged.startsWith('1	:ok') ? 3 : 1);
});

test('an operation that contains a damaged line has no known outcome: a change may have happened or not', async () => {
  const text =
    '0	:invoke	:write	5\n0	:ok	:w\n0	:ok	:write	5\n1	:invoke	:read	nil\n1	:ok	:read	SEEN\n';
  for (const seen of ['5', 'nil', '7']) {
    const { out, code } = await check(text.replace('SEEN', seen), '--json');
    expect({ code, ...JSON.parse(out) }).toMatchObject({ code: 3, operations: 2, open: 1 });
  }
});

test('a truncated end is damage if another end shows that it was not the real one', async () => {
  const text = (end: string) =>
    `0	:invoke	:write	5\n0	${end}\n1	:invoke	:read	nil\n1	:ok	:read	nil\n0	:ok	:write	5\n`;
  for (const end of [':ok	:write', ':ok	:write	[5', ':info	:write']) {
    const { out, code } = await check(text(end), '--json');
    expect({ code, ...JSON.parse(out) }).toMatchObject({
      code: 3,
      undecided: { because: 'damage', read: 'holds' },
      damagedLines: [2],
      open: 1,
    });
  }
  expect((await check(text(':ok	:write	5'))).code).toBe(2);
});

test('the readable part of a damaged line is ignored if it contradicts the lines around it', async () => {
  const read = '1	:invoke	:read	nil\n1	:ok	:read	7\n';
  expect((await check(`0	:invoke	:read	nil\n0	:ok	:write	[7\n${read}`)).code).toBe(3);
  expect((await check(`0	:invoke	:read	[\n0	:ok	:write	7\n${read}`)).code).toBe(3);
  expect((await check(`0	:invoke	:read	[\n0	:invoke	:read	nil\n${read}`)).code).toBe(3);
  expect((await check(`0	:invoke	:read	nil\n0	:inv\n${read}`)).code).toBe(3);
  // Where a damaged line can be the end of a change and the call of the next, the end of that is
  // none of the first.
  expect(
    (await check(`0	:invoke	:write	4\n0	:ok	:write	40	:invoke	:write	7\n0	:ok	:write	7\n${read}`))
      .code,
  ).toBe(3);
  // A call that is missing without any line in its place can have stood anywhere since the last
  // event of its process.
  const missing = `0	:invoke	:read	nil\n0	:ok	:read	nil\n${read}0	:ok	:write	[7\n`;
  expect((await check(missing)).code).toBe(3);
  const sure = `1	:invoke	:read	nil\n1	:ok	:read	7\n${missing}`;
  expect((await check(sure)).out).toContain(
    '  decided by what comes before line 5, from which on a call is missing\n',
  );
});

test('calls and ends that do not alternate are refused if no damaged line explains it', async () => {
  expect((await check('0	:invoke	:read	nil\n0	:invoke	:read	nil\n')).code).toBe(2);
  expect(
    (await check('0	:invoke	:read	nil\n:ok	1	:read	nil 5	:ok	:re\n0	:invoke	:read	nil\n')).code,
  ).toBe(3);
  expect((await check('0	:ok	:read	nil\n')).err).toBe(
    'error: h:1: process 0 ends something that it never began: a history must begin with calls\n',
  );
});

test('two events in one line are damage, and so is an event without the prefix of the others', async () => {
  const prefix = 'INFO  jepsen.util - ';
  const lines = fine('1	:invoke	:write	5')
    .trimEnd()
    .split('\n')
    .map((line) => prefix + line);
  const [first, second, third, ...rest] = lines as [string, string, string, ...string[]];
  const joined = await check(`${first}\n${second}${third}\n${rest.join('\n')}\n`);
  expect(joined.out).toMatch(
    /^cannot tell: what can be read holds, but 1 damaged line \(2\) may say otherwise/,
  );
  const bare = await check(`${[first, second, third.slice(prefix.length), ...rest].join('\n')}\n`);
  expect(bare.out).toMatch(/1 damaged line \(3\) may say otherwise/);
  expect((await check(`${[first, second, 'INFO  jepsen.util -', ...rest].join('\n')}\n`)).code).toBe(3);
});

test.each([
  ['an empty file', '', 'there is no operation in it'],
  ['no history at all', 'hello\nworld\n', 'there is no operation in it'],
  ['none but the nemesis', ':nemesis	:info	:start	nil\n', 'there is no operation in it'],
  [
    'nothing but damage',
    '0	:inv\n1	:inv\n0	:inv\n',
    'what can be read holds, but 3 damaged lines (1, 2, 3) may say',
  ],
])('%s is no verdict, and no exit code 0', async (_, text, says) => {
  const { out, code } = await check(text);
  expect(code).toBe(3);
  expect(out).toContain(`cannot tell: ${says}`);
  const report = JSON.parse((await check(text, '--json')).out);
  expect(report).toMatchObject({ verdict: 'cannot tell', operations: 0 });
});

test('an incomplete last line is the end of the history, and not damage', async () => {
  const { out, code } = await check(`${BARE}4	:invoke	:wri`);
  expect(code).toBe(0);
  expect(out).toContain('line 8, the last one, is cut off and was left out');
});

/** A history as a log, in which the answer of a read may be wrong. */
function logOf(seed: number, isWrong: boolean): string[] {
  const operations = atomicHistory(`log/${seed}`, {
    operations: 14,
    clients: 3,
    values: 3,
    cas: 0.2,
    pending: 0.1,
  });
  const wrong = isWrong ? operations.findLast(({ input }) => input.type === 'read') : undefined;
  const events = operations.flatMap((operation) => {
    const { client, calledAt, returnedAt, input, output } = operation;
    const value =
      input.type === 'cas'
        ? `[${input.expected} ${input.value}]`
        : input.type === 'read'
          ? 'nil'
          : input.value;
    const seen = output?.type === 'value' ? (output.value ?? 'nil') : value;
    const end = `${output?.type === 'mismatch' ? ':fail' : ':ok'}\t:${input.type}\t${operation === wrong ? 1 : seen}`;
    return [
      { at: calledAt, line: `${client}\t:invoke\t:${input.type}\t${value}` },
      ...(returnedAt === undefined ? [] : [{ at: returnedAt, line: `${client}\t${end}` }]),
    ];
  });
  return events.sort((a, b) => a.at - b.at).map(({ line }) => `INFO  jepsen.util - ${line}`);
}

const PREFIX = 'INFO  jepsen.util - '.length;
/** Where the type of an event begins, behind a process of one digit. */
const TYPE = PREFIX + 2;

test('no damage reverses a verdict: truncated, garbled or merged lines are refused, give "cannot tell", or do not matter', () => {
  const seen = new Map<string, number>();
  const verdictOf = (lines: readonly string[]) => {
    try {
      const history = parseHistory(`${lines.join('\n')}\n`, 'h', 'jepsen', { failedCas: 'nothing' });
      const budget = { ms: 10_000, now: () => performance.now() };
      return checkHistory(history, 'h', { model: undefined, initial: undefined, budget }).verdict;
    } catch (error) {
      if (error instanceof HistoryError) return 'refused';
      throw error;
    }
  };
  const kinds = fc.constantFrom('cut', 'garbled', 'joined', 'cut and joined', 'of another', 'one more');
  const places = fc.array(fc.record({ line: fc.nat(), at: fc.nat() }), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(fc.nat(), fc.boolean(), kinds, places, (seed, isWrong, kind, where) => {
      const lines = logOf(seed, isWrong);
      const whole = verdictOf(lines);
      for (const { line, at } of where) {
        const i = line % (lines.length - 1);
        const own = lines[i]!;
        const place = PREFIX + (at % Math.max(1, own.length - PREFIX));
        if (kind === 'cut') lines[i] = own.slice(0, place);
        else if (kind === 'garbled') lines[i] = `${own.slice(0, place)}#${own.slice(place + 1)}`;
        else if (kind === 'one more') lines.splice(i, 0, own.slice(0, TYPE + (at % 11)));
        else if (kind === 'of another')
          lines[i] = `${own.slice(0, PREFIX)}${at % 3}${own.slice(PREFIX + 1, TYPE + (at % 8))}`;
        else if (kind === 'cut and joined')
          lines.splice(i, 2, `${own.slice(0, place)}${lines[i + 1]!.slice(PREFIX)}`);
        else lines.splice(i, 2, `${own}${lines[i + 1]!.slice(PREFIX)}`);
      }
      const verdict = verdictOf(lines);
      seen.set(`${whole}, ${verdict}`, (seen.get(`${whole}, ${verdict}`) ?? 0) + 1);
      const isRefusable = kind !== 'one more' && kind !== 'of another';
      expect(['cannot tell', whole, ...(isRefusable ? ['refused'] : [])]).toContain(verdict);
    }),
    { numRuns: 1400, seed: 14 },
  );
  for (const one of ['holds, cannot tell', 'violated, cannot tell', 'violated, violated', 'holds, holds'])
    expect([one, (seen.get(one) ?? 0) > 5]).toEqual([one, true]);
});
