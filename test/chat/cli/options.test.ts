import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { z } from 'zod';
import {
  addressOf,
  configOption,
  option,
  peersOption,
  portOption,
  readOptions,
  textOption,
  UsageError,
} from '../../../replication/ops/options.ts';

const folder = mkdtempSync(join(tmpdir(), 'tickraft-options-'));
const config = join(folder, 'config.json');

afterEach(() => {
  delete process.env.TICKRAFT_PORT;
  delete process.env.TICKRAFT_SECRET_FILE;
});
afterAll(() => rmSync(folder, { recursive: true }));

function read(...args: string[]) {
  const command = new Command()
    .addOption(option('--port <port>', '').default('8081'))
    .addOption(option('--secret-file <file>', ''))
    .addOption(configOption())
    .parse(args, { from: 'user' });
  return readOptions(command, z.object({ port: portOption, secretFile: textOption.optional() }));
}

test('flags take precedence over the environment, that over the config file, and that over defaults', () => {
  expect(read()).toEqual({ port: 8081 });
  writeFileSync(config, '{ "port": 1001, "secret-file": "s" }');
  expect(read('--config', config)).toEqual({ port: 1001, secretFile: 's' });
  process.env.TICKRAFT_PORT = '1002';
  expect(read('--config', config)).toEqual({ port: 1002, secretFile: 's' });
  expect(read('--config', config, '--port', '1003')).toEqual({ port: 1003, secretFile: 's' });
  process.env.TICKRAFT_SECRET_FILE = 't';
  expect(read('--config', config)).toEqual({ port: 1002, secretFile: 't' });
});

test.each(['', 'abc', '1.5', '-1', '0', '65536', '1e3'])('the port %j is refused', (port) => {
  expect(() => read('--port', port)).toThrow(UsageError);
});

test('peers are names with addresses', () => {
  expect(peersOption.parse('r2=http://h:8082, r3=http://10.0.0.1:8083/')).toEqual([
    { id: 'r2', url: 'http://h:8082' },
    { id: 'r3', url: 'http://10.0.0.1:8083' },
  ]);
  expect(peersOption.parse('')).toEqual([]);
  for (const wrong of ['r2', 'r2=', '=http://h:1', 'r2=h:1', 'r2=ftp://h:1', 'r2=http://h:1,r2=http://h:2']) {
    expect(peersOption.safeParse(wrong).success).toBe(false);
  }
});

test('the default address is where the replica listens', () => {
  expect(addressOf('127.0.0.1', 8081)).toBe('http://127.0.0.1:8081');
  expect(addressOf('::1', 8081)).toBe('http://[::1]:8081');
  expect(addressOf('0.0.0.0', 8081)).not.toContain('0.0.0.0');
});
