import { spawn } from 'node:child_process';
import { harmless } from '../../../chat/terminal/format.ts';
import { inbox, PASSWORD, TestChat } from '../harness.ts';

let chat: TestChat;
beforeEach(async () => {
  chat = await TestChat.start('r1', 'r2');
});
afterEach(() => chat.stop());

const RUN = `
  const { chatCommand } = await import('./chat/terminal/terminal.ts');
  await chatCommand().parseAsync(process.argv.slice(1), { from: 'user' });
`;

/** Runs `tickraft chat` with the lines as its input, and what it printed. */
function terminal(servers: string[], lines: string[]): Promise<{ code: number; out: string; err: string }> {
  const options = servers.flatMap((url) => ['--server', url]);
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '-e', RUN, '--', ...options],
    { env: { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1' } },
  );
  let [out, err] = ['', ''];
  child.stdout.on('data', (data) => (out += data));
  child.stderr.on('data', (data) => (err += data));
  child.stdin.end(lines.map((line) => `${line}\n`).join(''));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code: code ?? -1, out, err })));
}

test('a script logs in, catches up, talks and leaves', async () => {
  const ada = await chat.user('ada', 1);
  chat.account('bob');
  const received = await inbox(ada);
  await ada.send('bob', 'while you were away');
  const [first, second] = chat.servers.map(({ url }) => url);
  await chat.servers[0]!.kill();
  const { code, out, err } = await terminal(
    [first!, second!],
    [
      '/login bob',
      PASSWORD,
      '/list ?da',
      '/to ada hello',
      'and more',
      '/history',
      '/status',
      '/quit',
      'not read',
    ],
  );
  expect(err).toBe('');
  expect(code).toBe(0);
  const lines = out
    .trim()
    .replaceAll(/\d\d:\d\d /g, '')
    .split('\n');
  expect(lines).toEqual([
    'logged in as bob',
    'ada: while you were away',
    'ada',
    'ada: while you were away',
    'you → ada: hello',
    'you → ada: and more',
    expect.stringMatching(/^r1 .*leader$/),
    expect.stringMatching(/^r2 .*serves you$/),
  ]);
  expect((await received.until(3)).map(({ text }) => text).slice(1)).toEqual(['hello', 'and more']);
});

test('failed commands give one line each, and exit code 1', async () => {
  chat.account('ada');
  const { code, out, err } = await terminal(
    [chat.servers[0]!.url],
    [
      'hello',
      '/login ada',
      'wrong password',
      '/login Nobody!',
      '/nonsense',
      '/login ada',
      PASSWORD,
      '/to bob',
    ],
  );
  expect(code).toBe(1);
  expect(out).toBe('logged in as ada\n');
  expect(err.trim().split('\n')).toEqual([
    'log in first: /login NAME or /signup NAME',
    'wrong name or password',
    'a name is 1 to 32 letters of one script, 0-9, _ . -',
    'there is no /nonsense; see /help',
    'there is no account bob',
  ]);
});

test('text of others cannot control the terminal', () => {
  expect(harmless('a\u001b[31m\u0007\r\u009b2J\u202e\tb\nc 🙂 é')).toBe('a�[31m���2J��b\nc 🙂 é');
});

test('a line of a pipe that is too long is reported in one line, and the others are sent', async () => {
  const ada = await chat.user('ada');
  chat.account('bob');
  const long = 'x'.repeat(2 ** 20);
  const { code, err } = await terminal(
    [chat.servers[0]!.url],
    [
      ...['/login bob', PASSWORD, '/to ada first'],
      ...[long, `/to ada${' '.repeat(20_000)}lost`, 'x'.repeat(4_001), 'second', `/login ${long}`, 'third'],
    ],
  );
  expect(code).toBe(1);
  const lines = err.trim().split('\n');
  const left = 'a line that is too long was left out: a message has at most 4000 characters';
  expect(lines).toEqual([left, left, 'not sent to ada: text: at most 4000 characters', left]);
  const { messages } = await ada.history('bob');
  expect(messages.map(({ text }) => text)).toEqual(['first', 'second', 'third']);
});

test('a script may send more than a client keeps unanswered', async () => {
  const ada = await chat.user('ada');
  chat.account('bob');
  const said = Array.from({ length: 1_500 }, (_, i) => `m${i}`);
  const { code, err } = await terminal([chat.servers[0]!.url], ['/login bob', PASSWORD, '/to ada', ...said]);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect((await ada.conversations()).head).toBe(1_500);
});

test('servers that break connections again and again cause no warnings, and a script continues', async () => {
  const ada = await chat.user('ada');
  chat.account('bob');
  for (const server of chat.servers) server.breakOn('poison');
  const { code, err } = await terminal(
    chat.servers.map(({ url }) => url),
    ['/login bob', PASSWORD, '/to ada', ...Array.from({ length: 5 }, () => 'poison'), 'after', '/quit'],
  );
  expect(code).toBe(1);
  const told = err
    .trim()
    .split('\n')
    .filter((line) => !/looking for another server|^now on/.test(line));
  expect(told).toEqual(
    Array.from(
      { length: 5 },
      () =>
        'not sent to ada: each server broke the connection on being sent this; it may or may not have happened',
    ),
  );
  expect((await ada.history('bob')).messages.at(-1)!.text).toBe('after');
});
