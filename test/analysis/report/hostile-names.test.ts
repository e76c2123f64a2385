/**
 * Names, keys and values of logs and histories may have any contents: none controls the terminal on
 * which a report is printed.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { analyzeCommand } from '../../../analysis/cli/analyze.ts';
import { checkCommand } from '../../../analysis/cli/check.ts';
import { followRun } from '../../../analysis/follow/follow.ts';
import { removeTemporary, temporaryFolder } from '../../logs/temporary.ts';
import { runColoured } from '../../support/in-process.ts';
import { plantRun } from '../checks/planted.ts';
import { folder } from '../import/imported.ts';

afterAll(removeTemporary);

/**
 * It clears the screen, sets a title, forges a line, turns the direction of writing, and begins a
 * sequence with one character.
 */
const EVIL = '\u001b[2J\u001b]0;mine\u0007\rholds\u0008\u202e\u009b31m\u007f';
const ESCAPED = JSON.stringify(EVIL);
const MARKUP = '<script>alert(1)</script>';

// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what it looks for.
const COLOURS = /\u001b\[\d+(?:;\d+)*m/g;

/** What a command prints. Anything but text, line ends and colours makes it fail. */
async function printed(command: ReturnType<typeof checkCommand>, ...words: readonly string[]) {
  const { out, err, code } = await runColoured(command, ...words);
  const text = (out + err).replaceAll(COLOURS, '');
  const ours = text.replaceAll('\n', '');
  expect({ bad: ours.match(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu) }).toEqual({ bad: null });
  expect(text).not.toBe('');
  return { text, code };
}

function file(name: string, text: string): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, text);
  return path;
}

/** Process, key and value are hostile, and a read returns what nobody wrote. */
const tickraft = (name = ESCAPED) => `{"type":"history","version":1,"initial":null}
{"type":"call","id":"1","client":${name},"time_us":1,"op":"write","key":${name},"value":${name}}
{"type":"return","id":"1","time_us":2,"outcome":"ok"}
{"type":"call","id":"2","client":${name},"time_us":3,"op":"read","key":${name}}
{"type":"return","id":"2","time_us":4,"outcome":"ok","value":"x"}
`;
/** The same in EDN, whose texts have no escapes for most of it. */
const edn = `{:process "${EVIL}" :type :invoke :f :write :key "${EVIL}" :value "${EVIL}"}
{:process "${EVIL}" :type :ok :f :write :key "${EVIL}" :value "${EVIL}"}
{:process 1 :type :invoke :f :read :key "${EVIL}" :value nil}
{:process 1 :type :ok :f :read :key "${EVIL}" :value "x"}
`;
/** Jepsen's text. A process is a word: only what has no blank in it gets there. */
const jepsen = `p\u0007\u009b2J	:invoke	:write	"a\u009b2J\u0007"
p\u0007\u009b2J	:ok	:write	"a\u009b2J\u0007"
1	:invoke	:read	nil
1	:ok	:read	"b\u0007\u009b2J"
`;

test.each([
  ['our own form', tickraft()],
  ['EDN', edn],
  ['Jepsen', jepsen],
])('check: a violated history in %s', async (_, text) => {
  const { text: said, code } = await printed(checkCommand(), file('h', text));
  expect(code).toBe(1);
  expect(said).toContain('violated: no order of the 2 operations');
});

test.each([
  ['a process out of turn', `p\u0007\u009b2J	:ok	:read	nil\n`],
  ['a function that nobody knows', `1	:invoke	:\u009b2J\u0007	3\n`],
  ['a key of a model without', tickraft(), '--model', 'register'],
  ['no line of ours', `{"type":"history","version":1}\n{"type":"\u009b2J\u0007"}\n`],
])('check and analyze: an error in one line, of %s', async (_, text, ...words) => {
  const path = file('h', text);
  const { text: said, code } = await printed(checkCommand(), path, ...words);
  expect(code).toBe(2);
  expect(said.trim().split('\n')).toHaveLength(1);
  const run = folder({ 'm1.csv': 'at,what\n1,R\n' });
  const of = ['--columns', 'time=at,event=what', '--history', path, ...words];
  expect((await printed(analyzeCommand(), run, ...of)).code).toBe(1);
});

/** Logs of others: machines, kinds, messages and the executions themselves have hostile names. */
const csv = (name: string) =>
  `time,host,event,msg\n1,"${name}",send,"${name}"\n2,b,receive,"${name}"\n3,"${name}",${name},\n4,b,receive,other\n`;

const COLUMNS = ['--columns', 'time=time,machine=host,event=event,message=msg'];

test('analyze: a log of others, with a violated history, alone, compared with another, and in SQL', async () => {
  const log = folder({ 'log.csv': csv(EVIL.replace('\r', '')) });
  const { text } = await printed(analyzeCommand(), log, ...COLUMNS, '--history', file('h', edn));
  expect(text).toContain('VIOLATED');
  expect(text).toContain('?[2J');
  await printed(analyzeCommand(), log, log, ...COLUMNS);
  const [own, other] = [EVIL, 'raft'].map((protocol) => plantRun({ a: [{ event: 'start' }] }, { protocol }));
  expect((await printed(analyzeCommand(), own!, other!)).text).toContain('?[2J');
  const sql = await printed(
    analyzeCommand(),
    log,
    ...COLUMNS,
    '--sql',
    'SELECT node, node || chr(7) AS n FROM events',
  );
  expect(sql.text).toContain('?[2J');
  const shiviz = folder({
    's.log': `=== ${EVIL} ===\n${EVIL.replaceAll(/\s/g, '')} {"${EVIL.replaceAll(/\s/g, '')}":1}\nhello\n`,
  });
  await printed(analyzeCommand(), shiviz, '--format', 'shiviz', '--executions', '^=== (?<trace>.*) ===$');
});

test('--guess: tables and sentences, with a command that a shell accepts', async () => {
  const table = await printed(
    analyzeCommand(),
    folder({ 'log.csv': csv('\u001b[2J\u0007\u009b') }),
    '--guess',
  );
  expect(table.text).toContain('?[2J');
  const prose = folder({ 'a.log': '10.0\tsend\u0007 lc\u001b 4\n10.5\tsend\u0007 lc\u001b 6\n' });
  const { text } = await printed(analyzeCommand(), prose, '--guess');
  expect(text).toContain('lc\\u001b (?<clock>');
  const head = folder({ 'log.csv': 'time\u0007,event,host\n1,send,a\n2,receive,b\n' });
  expect((await printed(analyzeCommand(), head, '--guess')).text).toContain(`'"$(printf '\\007')"'`);
});

test('analyze --follow: a run of our own with such machine names', async () => {
  const dir = plantRun({
    a: [
      { event: 'start', node: 'a\u009b2J' },
      { event: 'role', role: 'leader', term: 1, node: 'a\u009b2J' },
    ],
  });
  for (const isTTY of [false, true]) {
    let text = '';
    const out = { isTTY, rows: 40, columns: 80, on() {}, off() {}, write: (more: string) => (text += more) };
    await followRun(dir, out as unknown as NodeJS.WriteStream);
    // It puts the cursor and deletes what was there itself.
    for (const own of ['\u001b[H', '\u001b[K', '\u001b[J', COLOURS]) text = text.replaceAll(own, '');
    expect(text).toContain('a?2J leads term 1');
    expect(text.replaceAll('\n', '').match(/\p{Cc}/gu)).toBeNull();
  }
});

test('JSON and tables have the unchanged names, and pages have them as text', async () => {
  const name = `${EVIL}${MARKUP}`;
  const history = file('h', tickraft(JSON.stringify(name)));
  const dir = temporaryFolder();
  const { out } = await runColoured(checkCommand(), history, '--json', '--html', join(dir, 'check.html'));
  expect(JSON.parse(out).breach).toMatchObject({ key: name, core: [{ client: name }, { client: name }] });
  const log = folder({ 'log.csv': csv(MARKUP) });
  const of = [log, ...COLUMNS, '--history', history];
  await runColoured(
    analyzeCommand(),
    ...of,
    '--html',
    join(dir, 'run.html'),
    '--svg',
    join(dir, 'run.svg'),
    '--csv',
    join(dir, 'csv'),
  );
  expect(readFileSync(join(dir, 'csv', 'machines.csv'), 'utf8')).toContain(MARKUP);
  expect(readFileSync(join(dir, 'csv', 'evidence.csv'), 'utf8')).toContain(EVIL);
  for (const page of ['check.html', 'run.html', 'run.svg']) {
    const html = readFileSync(join(dir, page), 'utf8');
    expect({
      page,
      escaped: html.includes('&lt;script&gt;alert'),
      raw: html.includes('<script>alert'),
    }).toEqual({ page, escaped: true, raw: false });
  }
});
