/**
 * The package as its users get it: packed, installed in an empty folder, compiled, run, and bundled
 * for a page.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ChatClient } from '../../chat/index.ts';
import { withBrowser } from '../support/browser.ts';
import { LiveCluster } from '../support/live-cluster.ts';
import { serveFolder } from '../support/serve.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MIB = 2 ** 20;
const folder = mkdtempSync(join(tmpdir(), 'tickraft-package-'));
let tarball: string;

/** Runs a command to its end; fails with all that it said if its exit code is not 0. */
function run(command: string, args: readonly string[], cwd = folder): string {
  const env = { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1' };
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8', env });
  if (status !== 0)
    throw new Error(`${command} ${args.join(' ')} ended with ${status}:\n${stdout}\n${stderr}`);
  return stdout;
}

const tsc = join(folder, 'node_modules/.bin/tsc');
const bin = (name: string) => join(ROOT, 'node_modules/.bin', name);

beforeAll(() => {
  // What `npm test` has built is packed, not built again.
  const said = run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], ROOT);
  const [{ filename }] = JSON.parse(said) as [{ filename: string }];
  tarball = join(folder, filename);
  writeFileSync(join(folder, 'package.json'), '{ "name": "consumer", "version": "1.0.0", "type": "module" }');
  const quiet = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund'];
  run('npm', ['install', ...quiet, tarball, '@types/node@20', 'typescript@5']);
  cpSync(join(ROOT, 'test/package/consumer'), folder, { recursive: true });
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('has the files that it needs and no others', () => {
  const list = run('tar', ['-tzf', tarball]).trim().split('\n');
  expect(list.filter((file) => !/^package\/(dist|docs)\/|^package\/[^/]+$/.test(file))).toEqual([]);
  // Labs have programs to start from.
  const source = /(?<![.]d|\/docs\/labs\/lab\d\/start)[.]tsx?$/;
  expect(list.filter((file) => /tsbuildinfo|[.]test[.]/.test(file) || source.test(file))).toEqual([]);
  expect(readFileSync(tarball).length).toBeLessThan(2 * MIB);
});

test('its declarations and entry points are correct for Node and bundlers', () => {
  run(bin('publint'), [tarball, '--strict'], ROOT);
  run(bin('attw'), [tarball, '--profile', 'esm-only'], ROOT);
}, 120_000);

test('compiles for Node, and code with type errors does not', () => {
  const flags = ['--strict', '--target', 'es2023', '--module', 'NodeNext', '--types', 'node'];
  run(tsc, [...flags, '--outDir', 'out', 'main.ts', 'page.ts']);
}, 120_000);

test('compiles for a bundler, and code with type errors does not', () => {
  const flags = ['--strict', '--target', 'es2023', '--module', 'ESNext', '--types', 'node', '--noEmit'];
  run(tsc, [...flags, '--moduleResolution', 'bundler', 'main.ts', 'page.ts']);
}, 120_000);

test.each([['in memory'], ['on disk']])(
  'runs %s: a leader is killed, and nothing is lost',
  (where) => {
    const said = run(process.execPath, ['out/main.js', ...(where === 'on disk' ? ['data'] : [])]);
    expect(JSON.parse(said)).toEqual({
      first: { accepted: true, highest: 10 },
      second: { accepted: true, highest: 12 },
      low: { accepted: false, highest: 12 },
      answer: { by: 'grace', amount: 12 },
      third: { accepted: true, highest: 1 },
      violations: [],
    });
    expect(existsSync(join(folder, 'data'))).toBe(where === 'on disk');
  },
  120_000,
);

withBrowser('a page', (newPage) => {
  test('with the simulator is bundled without Node modules, and runs', async () => {
    writeFileSync(join(folder, 'index.html'), '<script type="module" src="page.ts"></script>');
    run(process.execPath, [join(ROOT, 'node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'warn']);
    const assets = join(folder, 'dist/assets');
    const code = readdirSync(assets).map((file) => readFileSync(join(assets, file), 'utf8'));
    expect(code.some((text) => /vite-browser-external|["']node:/.test(text))).toBe(false);
    const server = await serveFolder(join(folder, 'dist'));
    try {
      const page = await newPage();
      const said = page.waitForEvent('console');
      await page.goto(server.url);
      expect((await said).text()).toBe(JSON.stringify({ same: false, x: 1 }));
    } finally {
      server.close();
    }
  }, 120_000);
});

describe('examples', () => {
  /** The first command of an example's README, as words, for the copied example. */
  function commandOf(example: string): string[] {
    const [command] = /^ {4}npx .*$/m.exec(
      readFileSync(join(ROOT, 'examples', example, 'README.md'), 'utf8'),
    )!;
    return command.trim().split(' ').slice(1);
  }

  const examples = readdirSync(join(ROOT, 'examples'), { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? [entry.name] : [],
  );

  test('are short, and compile in a project of their own', () => {
    for (const example of examples) {
      const text = readFileSync(join(ROOT, 'examples', example, 'main.ts'), 'utf8');
      expect(text.trimEnd().split('\n').length).toBeLessThan(60);
      cpSync(join(ROOT, 'examples', example, 'main.ts'), join(folder, `example-${example}.ts`));
    }
    const labs = ['lab1', 'lab2', 'lab3', 'lab4', 'lab5'];
    for (const lab of labs) cpSync(join(ROOT, 'docs/labs', lab, 'start.ts'), join(folder, `${lab}.ts`));
    const flags = ['--strict', '--noEmit', '--target', 'es2023', '--module', 'NodeNext', '--types', 'node'];
    run(tsc, [...flags, ...examples.map((name) => `example-${name}.ts`), ...labs.map((lab) => `${lab}.ts`)]);
  }, 120_000);

  test('counter', () => {
    const [tool, ...args] = commandOf('counter');
    expect(run(bin(tool!), args, ROOT).replace(/r\d/g, 'rN')).toBe(
      '1 + 1 + 1 = 3\nrN led, and was killed\nanother replica leads\none more = 4\nit reads 4\n',
    );
  }, 60_000);

  test('own-program, and read-logs of its run', () => {
    const logs = join(folder, 'gossip');
    const here = (words: string[]) => words.map((word) => (word === 'runs/gossip' ? logs : word));
    const [tool, ...args] = here(commandOf('own-program'));
    expect(run(bin(tool!), args, ROOT)).toMatch(/^(m\d 999\n){5}$/);
    run(process.execPath, [join(ROOT, 'dist/cli.js'), 'analyze', logs]);
    const [reader, ...words] = here(commandOf('read-logs'));
    expect(run(bin(reader!), words, ROOT)).toMatch(
      /^(m\d: \d ticks a second, Lamport clock \d+ \{.*\}\n){5}$/,
    );
  }, 60_000);

  test('own-protocol', () => {
    const [tool, ...args] = commandOf('own-protocol');
    expect(run(bin(tool!), args, ROOT)).toMatch(/^durability: .*\n/);
  }, 60_000);

  test('key-value-http', async () => {
    const [tool, ...args] = commandOf('key-value-http');
    const child = spawn(bin(tool!), args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
    const [url] = (await once(createInterface(child.stdout), 'line')) as [string];
    const put = await fetch(`${url}/greeting`, { method: 'PUT', body: '"hello"' });
    expect(await put.json()).toEqual({ done: true, previous: null });
    expect(await (await fetch(`${url}/greeting`)).json()).toBe('hello');
    expect((await fetch(`${url}/greeting`, { method: 'PUT', body: '{' })).status).toBe(400);
    child.kill('SIGINT');
    await once(child, 'exit');
  }, 60_000);

  test('chat-bot', async () => {
    const cluster = await LiveCluster.start(3);
    try {
      const servers = [...cluster.urls.values()];
      const [tool, script] = commandOf('chat-bot');
      const child = spawn(bin(tool!), [script!, servers[0]!], {
        cwd: ROOT,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(createInterface(child.stdout), 'line');
      const ada = await ChatClient.connect({ servers });
      await ada.signUp('ada', 'correct horse');
      const answered = new Promise((resolve) => {
        ada.on('message', ({ from, text }) => from === 'echo' && resolve(text));
      });
      await ada.follow(0);
      await ada.send('echo', 'hello');
      expect(await answered).toBe('olleh');
      ada.close();
      child.kill('SIGINT');
      await once(child, 'exit');
    } finally {
      await cluster.stop();
      cluster.remove();
    }
  }, 60_000);
});
