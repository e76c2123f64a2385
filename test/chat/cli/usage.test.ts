/**
 * What the command line prints when a command fails: one line, no stack trace, and the right exit
 * code.
 */
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DurableDisk } from '../../../vm/live/disk/durable-disk.ts';
import { freePorts, tickraft } from '../../support/live-cluster.ts';

const folder = mkdtempSync(join(tmpdir(), 'tickraft-usage-'));
const file = (name: string) => join(folder, name);
let port: number;

beforeAll(async () => {
  port = await freePorts(2);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function fails(code: number, words: string, ...args: string[]): Promise<void> {
  const result = await tickraft(...args);
  expect(result).toMatchObject({ code, stderr: expect.stringContaining(words) });
  expect(result.stderr).toMatch(/^error: /);
  expect(result.stderr).not.toMatch(/^\s+at /m);
}

test.each([
  ['an unknown command', ['frob'], "unknown command 'frob'"],
  ['an unknown flag', ['up', '--bogus'], "unknown option '--bogus'"],
  ['a port that is none', ['up', '--port', '99999'], '--port must be a whole number from 1 to 65535'],
  ['no replicas', ['up', '--replicas', '0'], '--replicas must be a whole number from 1 to 25'],
  ['no id', ['replica'], '--id must be given'],
  ['a subcommand without what it is about', ['member', 'add'], "missing required argument 'id'"],
  ['a setting without a value', ['autopilot', 'set', 'voters'], 'voters must be name=value'],
  [
    'members by force without the replica itself',
    ['recover', '--data', 'x', '--id', 'r1', '--force-members', 'r2=http://localhost:1'],
    '--force-members must name r1 itself',
  ],
  ['an id that is no name', ['replica', '--id', '../x'], '--id must be letters'],
  [
    'peers that are none',
    ['replica', '--id', 'r1', '--data', 'x', '--peers', 'r2'],
    '--peers must be different names',
  ],
  [
    'itself as a peer',
    ['replica', '--id', 'r1', '--data', 'x', '--peers', 'r1=http://h:1'],
    '--peers names r1 itself',
  ],
  [
    'a lease too long for the clock',
    ['up', '--lease', '900'],
    '--lease must be from 100 to 850 with this election timeout',
  ],
  [
    'a lease too short for the clock',
    ['replica', '--id', 'r1', '--data', 'x', '--rate', '100', '--lease', '19'],
    '--lease must be from 20 to 890 with this election timeout',
  ],
  ['no address', ['status', '--server', 'there'], '--server must be an address'],
  ['a config file that is not there', ['up', '--config', '/nowhere'], '--config /nowhere: ENOENT'],
])('%s is wrong usage', async (_, args, words) => {
  await fails(2, words, ...args);
});

test('a config file with an unknown option or a wrong value is wrong usage', async () => {
  const config = file('config.json');
  writeFileSync(config, '{ "prot": 1 }');
  await fails(2, 'there is no option prot', 'up', '--config', config);
  writeFileSync(config, '{ "port": "http" }');
  await fails(2, '--port must be a whole number', 'up', '--config', config);
});

test.each([
  ['--allow-host', 'http://chat.example', '--allow-host must be names without ports'],
  ['--allow-host', 'chat.example:80', '--allow-host must be names without ports'],
  ['--secret-file', '', '--secret-file must not be empty'],
])('%s %s is wrong usage', async (flag, value, words) => {
  await fails(2, words, 'replica', '--id', 'r1', '--data', file('never'), flag, value);
});

test('an empty secret is refused, wherever it comes from', async () => {
  const replica = ['replica', '--id', 'r1', '--port', String(port), '--data', file('never')];
  for (const blank of ['', ' \t']) {
    process.env.TICKRAFT_SECRET = blank;
    await fails(2, 'TICKRAFT_SECRET is empty', ...replica).finally(() => delete process.env.TICKRAFT_SECRET);
  }
  writeFileSync(file('blank'), ' \n\n');
  await fails(2, `--secret-file ${file('blank')} is empty`, ...replica, '--secret-file', file('blank'));
  const config = file('secret.json');
  writeFileSync(config, JSON.stringify({ secretFile: file('blank') }));
  await fails(2, 'is empty', ...replica, '--config', config);
  writeFileSync(config, '{ "secretFile": "" }');
  await fails(2, '--secret-file must not be empty', ...replica, '--config', config);
  mkdirSync(file('lost'));
  writeFileSync(join(file('lost'), 'secret'), '\n');
  await fails(2, `${join(file('lost'), 'secret')} is empty`, 'up', '--data', file('lost'), '--no-logs');
});

test('a port in use is named, and no replica keeps running', async () => {
  const other = createServer((socket) => socket.destroy()).listen(port + 1, '127.0.0.1');
  await once(other, 'listening');
  const args = ['--replicas', '2', '--port', String(port), '--data', file('busy'), '--no-logs'];
  await fails(1, `port ${port + 1} of 127.0.0.1 is in use`, 'up', ...args);
  other.close();
  await once(other, 'close');
});

test('a directory that cannot be written, or belongs to another cluster, is named', async () => {
  writeFileSync(file('plain'), '');
  await fails(1, file('plain'), 'up', '--data', join(file('plain'), 'data'), '--no-logs');
  mkdirSync(file('three'));
  writeFileSync(join(file('three'), 'cluster.json'), '{"replicas":3}');
  await fails(1, 'the data of 3 replicas, not of 5', 'up', '--data', file('three'), '--no-logs');
});

test('damaged data is named', async () => {
  const disk = DurableDisk.open(file('r1'), { id: 'r1', cluster: 'chat' });
  await disk.close();
  writeFileSync(join(file('r1'), 'data.mdb'), 'x'.repeat(8192));
  const args = ['--id', 'r1', '--port', String(port), '--data', file('r1')];
  await fails(1, `${join(file('r1'), 'data.mdb')} is corrupt`, 'replica', ...args);
  await fails(1, `to repair it: npx tickraft repair --data ${file('r1')} --id r1\n`, 'replica', ...args);
});

test('repair finds nothing in undamaged data, and refuses other folders and two repairs at once', async () => {
  await DurableDisk.open(file('whole'), { id: 'r1', cluster: 'chat' }).close();
  const whole = ['--data', file('whole'), '--id', 'r1'];
  for (const way of [[], ['--drop-tail'], ['--start-empty']]) {
    const { code, stdout } = await tickraft('repair', ...whole, ...way);
    expect([code, stdout]).toEqual([
      0,
      `${join(file('whole'), 'data.mdb')} is not damaged: there is nothing to repair\n`,
    ]);
  }
  await fails(2, 'exclude each other', 'repair', ...whole, '--drop-tail', '--start-empty');
  await fails(2, '--id must be given', 'repair', '--data', file('whole'));
  await fails(1, 'is not a data directory', 'repair', '--data', file('nothing'), '--id', 'r1');
});

test('a server that is not there is named', async () => {
  await fails(
    1,
    `no replica answers at http://127.0.0.1:${port}`,
    'status',
    '--server',
    `http://127.0.0.1:${port}`,
  );
});

test("the version is the package's", async () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  expect(await tickraft('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
});

test.each([['--help'], ['up', '--help'], ['help', 'replica']])('help is printed: %s %s', async (...args) => {
  const { code, stdout, stderr } = await tickraft(...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^Usage: tickraft/);
});
