/** Provisioners with real processes: whatever is asked twice happens once. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommandProvisioner, LocalProvisioner } from '../../../replication/ops/provisioner/index.ts';
import { removeTemporary, temporaryFolder } from '../../logs/temporary.ts';
import { isAlive, until } from '../../support/live-cluster.ts';

const made: LocalProvisioner[] = [];

afterEach(async () => {
  for (const provisioner of made.splice(0)) {
    for (const { id } of await provisioner.list()) await provisioner.stop(id);
  }
  removeTemporary();
});

/** A process that says in a file that it runs, and then waits. */
function local(directory = temporaryFolder()) {
  const pids = join(directory, 'pids');
  const script = `fs.appendFileSync(${JSON.stringify(pids)}, process.pid + '\\n'); setInterval(() => {}, 1000)`;
  const provisioner = new LocalProvisioner({
    directory,
    command: () => ({ program: process.execPath, args: ['-e', script] }),
  });
  made.push(provisioner);
  const started = () => (existsSync(pids) ? readFileSync(pids, 'utf8').trim().split('\n').map(Number) : []);
  return { directory, provisioner, started };
}

const SPEC = { plan: 'plan-7', id: 'r4' };

test('a plan that is told twice, by two leaders too, starts one process', async () => {
  const { directory, provisioner, started } = local();
  await Promise.all([provisioner.start(SPEC), provisioner.start(SPEC)]);
  await local(directory).provisioner.start(SPEC);
  await until(() => (started().length > 0 ? true : undefined));
  expect(await provisioner.list()).toEqual([{ plan: 'plan-7', id: 'r4', isRunning: true }]);
  // Another plan for the same replica is another process, which is up to who plans.
  await provisioner.start({ plan: 'plan-8', id: 'r5' });
  await until(() => (started().length > 1 ? true : undefined));
  expect(started()).toHaveLength(2);
  expect((await provisioner.list()).map(({ id }) => id)).toEqual(['r4', 'r5']);
});

test('a stopped replica is gone, stays stopped, and may be stopped again', async () => {
  const { provisioner, started } = local();
  await provisioner.start(SPEC);
  const [pid] = await until(() => (started().length > 0 ? started() : undefined));
  await provisioner.stop('r9');
  expect(isAlive(pid!)).toBe(true);
  await provisioner.stop('r4');
  // It has ended; its number is free once its parent, which is this process, has taken note.
  await until(() => (isAlive(pid!) ? undefined : true));
  await provisioner.stop('r4');
  await provisioner.start(SPEC);
  expect(await provisioner.list()).toEqual([{ plan: 'plan-7', id: 'r4', isRunning: false }]);
  expect(started()).toEqual([pid]);
});

test('a replica that dies is listed as not running, and not started again for its plan', async () => {
  const { provisioner, started } = local();
  await provisioner.start(SPEC);
  const [pid] = await until(() => (started().length > 0 ? started() : undefined));
  process.kill(pid!, 'SIGKILL');
  await until(async () => ((await provisioner.list())[0]!.isRunning ? undefined : true));
  await provisioner.start(SPEC);
  expect(started()).toEqual([pid]);
});

test('a start whose leader died before there was a process is begun again', async () => {
  const { directory, provisioner, started } = local();
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  const by = { pid, startOf: '1' };
  writeFileSync(join(directory, 'plan-7.json'), JSON.stringify({ ...SPEC, by }));
  expect(await provisioner.list()).toEqual([{ plan: 'plan-7', id: 'r4', isRunning: false }]);
  await provisioner.start(SPEC);
  await until(() => (started().length > 0 ? true : undefined));
});

test('a program that is not there is an error, and leaves nothing', async () => {
  const directory = temporaryFolder();
  const command = () => ({ program: join(directory, 'nothing'), args: [] });
  const provisioner = new LocalProvisioner({ directory, command });
  await expect(provisioner.start(SPEC)).rejects.toThrow(/^cannot start r4: .*ENOENT/);
  expect(readdirSync(directory)).toEqual([]);
});

test.each([
  [{ plan: '../x', id: 'r4' }, 'plan'],
  [{ plan: 'p', id: '$(reboot)' }, 'id'],
  [{ plan: 'p', id: 'r4', zone: 'a b' }, 'zone'],
])('names that could be taken for something else are refused: %j', async (spec, name) => {
  const why = `the ${name} of a replica to start must be letters`;
  await expect(local().provisioner.start(spec)).rejects.toThrow(why);
  await expect(new CommandProvisioner('false').start(spec)).rejects.toThrow(why);
});

describe('a command of the operator', () => {
  /** A program that keeps what it started in a file, a line each. */
  function hook() {
    const folder = temporaryFolder();
    const state = join(folder, 'state');
    const file = join(folder, 'provision');
    writeFileSync(state, '');
    const code = [
      `#!${process.execPath}`,
      "const fs = require('node:fs');",
      `const state = ${JSON.stringify(state)};`,
      "const input = JSON.parse(fs.readFileSync(0, 'utf8'));",
      "const lines = fs.readFileSync(state, 'utf8').split('\\n').filter(Boolean).map((line) => JSON.parse(line));",
      'const [verb] = process.argv.slice(2);',
      "if (verb === 'start' && input.id === 'r13') { console.error('no room\\nfor it'); process.exit(4); }",
      "if (verb === 'start') fs.appendFileSync(state, JSON.stringify({ plan: input.plan, id: input.id, isRunning: true }) + '\\n');",
      "if (verb === 'stop') fs.writeFileSync(state, lines.map((one) => JSON.stringify({ ...one, isRunning: one.isRunning && one.id !== input.id }) + '\\n').join(''));",
      "if (verb === 'list') console.log(JSON.stringify(lines));",
    ];
    appendFileSync(file, `${code.join('\n')}\n`);
    chmodSync(file, 0o700);
    return new CommandProvisioner(file);
  }

  test('starts, lists and stops; a plan that it has is not told again', async () => {
    const provisioner = hook();
    await provisioner.start(SPEC);
    await provisioner.start(SPEC);
    expect(await provisioner.list()).toEqual([{ ...SPEC, isRunning: true }]);
    await provisioner.stop('r4');
    await provisioner.stop('r4');
    await provisioner.start(SPEC);
    expect(await provisioner.list()).toEqual([{ ...SPEC, isRunning: false }]);
  });

  test('says where the replica is reached, if it knows', async () => {
    const listing = (url: string) =>
      new CommandProvisioner(`echo '[{"plan":"p","id":"r4","isRunning":true,"url":"${url}"}]' #`).list();
    expect(await listing('http://10.0.0.4:8081/')).toEqual([
      { plan: 'p', id: 'r4', isRunning: true, url: 'http://10.0.0.4:8081' },
    ]);
    await expect(listing('nowhere')).rejects.toThrow('printed no list of replicas');
  });

  test('that fails is an error with its exit code and its first line', async () => {
    await expect(hook().start({ plan: 'p', id: 'r13' })).rejects.toThrow(
      /start failed \(exit code 4\): no room$/,
    );
    await expect(new CommandProvisioner('echo').list()).rejects.toThrow(
      'echo list printed no list of replicas',
    );
  });
});

test('a process goes on when the one that started it ends', async () => {
  const { directory, started } = local();
  const module = new URL('../../../replication/ops/provisioner/local-provisioner.ts', import.meta.url).href;
  const child = `fs.appendFileSync(${JSON.stringify(join(directory, 'pids'))}, process.pid + '\\n'); setInterval(() => {}, 1000)`;
  const code = `
    const { LocalProvisioner } = await import(${JSON.stringify(module)});
    const command = () => ({ program: process.execPath, args: ['-e', ${JSON.stringify(child)}] });
    await new LocalProvisioner({ directory: ${JSON.stringify(directory)}, command }).start(${JSON.stringify(SPEC)});`;
  const parent = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], {
    stdio: 'inherit',
  });
  expect(await once(parent, 'exit')).toEqual([0, null]);
  const [pid] = await until(() => (started().length > 0 ? started() : undefined));
  expect(isAlive(pid!)).toBe(true);
});
