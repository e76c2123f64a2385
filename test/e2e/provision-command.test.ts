/**
 * A command of the operator's starts and stops replicas for the autopilot of `tickraft replica`:
 * its first start fails, which is seen and not repeated at once, the next one is a reader of the
 * cluster, and it is stopped again when no reader is wanted.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { greetingHeaders } from '../../vm/live/handshake.ts';
import { freePorts, isAlive, tickraft, until } from '../support/live-cluster.ts';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

/** What a replica says of itself, or of its autopilot. */
interface Told {
  readonly configuration?: { readonly learners: readonly string[] };
  readonly held?: readonly { readonly reason: string }[];
  readonly last?: { readonly outcome: string };
}

/** `node hook.mjs VERB`, as the runbook has it: a file for each plan. */
const hook = (folder: string, port: number) => `
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
const [plans, busy] = ['${folder}/plans', '${folder}/busy'];
const asked = JSON.parse(readFileSync(0, 'utf8'));
const records = readdirSync(plans).map((name) => JSON.parse(readFileSync(plans + '/' + name, 'utf8')));
const isRunning = ({ pid }) => { try { process.kill(pid, 0); return true; } catch { return false; } };
if (process.argv[2] === 'start') {
  if (existsSync(busy)) { rmSync(busy); console.error('no computer is free'); process.exit(1); }
  const { plan, id, join } = asked;
  const args = ['${CLI}', 'replica', '--id', id, '--port', '${port}', '--data', '${folder}/' + id, '--logs', '${folder}/logs', '--join', join.join()];
  const child = spawn(process.execPath, args, { detached: true, stdio: 'ignore' });
  child.unref();
  writeFileSync(plans + '/' + plan, JSON.stringify({ plan, id, pid: child.pid, url: 'http://127.0.0.1:${port}' }));
} else if (process.argv[2] === 'stop') {
  for (const one of records) if (one.id === asked.id && isRunning(one)) process.kill(one.pid);
} else {
  console.log(JSON.stringify(records.map((one) => ({ plan: one.plan, id: one.id, url: one.url, isRunning: isRunning(one) }))));
}
`;

test('a replica starts and stops readers by a command', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tickraft-provision-'));
  const port = await freePorts(2);
  const url = `http://127.0.0.1:${port}`;
  mkdirSync(join(folder, 'plans'));
  writeFileSync(join(folder, 'busy'), '');
  writeFileSync(join(folder, 'hook.mjs'), hook(folder, port + 1));
  const flags = ['--id', 'r1', '--port', String(port), '--data', join(folder, 'r1')];
  const command = `'${process.execPath}' '${join(folder, 'hook.mjs')}'`;
  const logs = ['--logs', join(folder, 'logs'), '--provision-command', command];
  const replica = spawn(process.execPath, [CLI, 'replica', ...flags, ...logs], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const admin = async (action: string, body?: object): Promise<Told | undefined> => {
    const given = { method: 'POST', headers: greetingHeaders({}), body: JSON.stringify(body) ?? null };
    const response = await fetch(`${url}/admin/${action}`, given).catch(() => undefined);
    return response?.ok ? ((await response.json()) as Told) : undefined;
  };
  const learners = async () => (await admin('status'))!.configuration!.learners;
  let pid: number | undefined;
  try {
    await until(() => admin('set-autopilot', { set: { minReaders: '1' } }));
    await admin('set-autopilot', { paused: false });
    const status = await until(async () => {
      const told = await admin('autopilot');
      return told?.held?.some(({ reason }) => reason === 'backing-off') ? told : undefined;
    });
    expect(status.last?.outcome).toMatch(
      /^not done: .*hook.mjs' start failed \(exit code 1\): no computer is free$/,
    );
    const { stdout } = await tickraft('autopilot', 'status', '--server', url);
    expect(stdout).toContain('what was started came to nothing, and the next start is not due yet');
    expect(await learners()).toEqual([]);

    await admin('set-autopilot', { set: { backOffSeconds: '1' } });
    await until(async () => ((await learners()).includes('r2') ? true : undefined));
    const [plan] = readdirSync(join(folder, 'plans'));
    pid = JSON.parse(readFileSync(join(folder, 'plans', plan!), 'utf8')).pid as number;
    expect(isAlive(pid)).toBe(true);
    await admin('set-autopilot', { set: { minReaders: '0', maxReaders: '0' } });
    await until(() => (isAlive(pid!) ? undefined : true));
    expect(await learners()).toEqual([]);
  } finally {
    replica.kill('SIGKILL');
    await once(replica, 'exit');
    if (pid !== undefined && isAlive(pid)) process.kill(pid, 'SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}, 180_000);
