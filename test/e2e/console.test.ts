/**
 * A cluster of `tickraft up` in a terminal: replicas are added and removed at its prompt, the
 * autopilot is asked and told from another terminal, and in the end one replica becomes a new
 * cluster by force.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePorts, isAlive, tickraft, until } from '../support/live-cluster.ts';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

interface Status {
  readonly pid: number;
  readonly leader?: string;
  readonly cluster: string;
  readonly configuration: { readonly voters: readonly string[]; readonly learners: readonly string[] };
}

async function statusAt(port: number): Promise<Status | undefined> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/status`, { signal: AbortSignal.timeout(1_000) });
    return (await response.json()) as Status;
  } catch {
    return undefined;
  }
}

/** `tickraft up` in a terminal. */
class Terminal {
  output = '';
  readonly #child: ChildProcess;

  constructor(...flags: string[]) {
    const command = [process.execPath, CLI, 'up', ...flags].join(' ');
    this.#child = spawn('script', ['-qec', command, '/dev/null'], {
      env: { ...process.env, NO_COLOR: '1', CI: '' },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#child.stdout!.on('data', (chunk) => (this.output += chunk));
  }

  /** Types a line, and waits for what is printed then. Returns it. */
  async type(line: string, answer: RegExp): Promise<string> {
    const from = this.output.length;
    this.#child.stdin!.write(`${line}\n`);
    return this.says(answer, from);
  }

  says(answer: RegExp, from = 0): Promise<string> {
    return until(() => {
      if (this.#child.exitCode !== null) throw new Error(`it ended: ${this.output}`);
      return answer.exec(this.output.slice(from))?.[0];
    });
  }

  async quit(): Promise<number | null> {
    if (this.#child.exitCode === null) {
      this.#child.stdin!.write('quit\n');
      await once(this.#child, 'exit');
    }
    return this.#child.exitCode;
  }
}

test('it grows and shrinks at its prompt, and tells what its autopilot would do', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tickraft-console-'));
  const data = join(folder, 'data');
  const port = await freePorts(5);
  const flags = ['--replicas', '3', '--port', String(port), '--data', data, '--logs', join(folder, 'logs')];
  const terminal = new Terminal(...flags);
  let again: Terminal | undefined;
  const replicas: ChildProcess[] = [];
  const voters = (ids: readonly string[]) =>
    until(async () => {
      const status = await statusAt(port + 1);
      return status?.configuration.voters.join() === ids.join() && status.leader !== undefined
        ? status
        : undefined;
    });
  try {
    await terminal.says(/Commands: .*add \[ID\], remove ID/);
    const autopilot = (...words: string[]) =>
      tickraft(
        'autopilot',
        ...words,
        '--server',
        `http://127.0.0.1:${port + 1}`,
        '--secret-file',
        join(data, 'secret'),
      );

    // It is paused until it is told otherwise, and says what it would do.
    expect(await autopilot('status')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /^paused: it only looks on\nit would: do nothing\nreplica +member +state/,
      ),
    });
    expect(await autopilot('set', 'deadSeconds=30')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^error: \S+ refused: a member may be called dead after a minute at the earliest\n$/,
      ),
    });
    expect(await autopilot('set', 'deadSeconds=90', 'maxReaders=2', '--json')).toMatchObject({ code: 0 });
    expect(await autopilot('get', 'deadSeconds')).toMatchObject({ code: 0, stdout: 'deadSeconds=90\n' });

    await terminal.type('remove r9', /there is no replica r9/);
    await terminal.type('add', /r4 is added, pid \d+; it votes once it has caught up/);
    await voters(['r1', 'r2', 'r3', 'r4']);
    const { pid } = (await statusAt(port))!;
    await terminal.type('remove r1', /r1 \(pid \d+\) has ended: it was removed from the cluster/);
    expect(isAlive(pid)).toBe(false);
    await terminal.type('add r1', /the name r1 is or was that of a replica: choose another/);
    const kept = JSON.parse(readFileSync(join(data, 'cluster.json'), 'utf8'));
    expect(kept).toEqual({ replicas: 3, added: [{ id: 'r4', port: port + 3 }], gone: ['r1'] });
    expect(await terminal.quit()).toBe(0);

    // Started again, it is who it was.
    again = new Terminal(...flags, '--autopilot');
    await again.says(/Commands: /);
    expect(again.output).toContain('Tickraft: 3 replicas');
    // Its autopilot has one replica started, by `up`.
    expect(await autopilot('set', 'minReaders=1')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^it acts/),
    });
    await until(async () => (await statusAt(port + 1))?.configuration.learners.includes('r5') || undefined);
    expect(await autopilot('status')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^it acts\n(.+\n)+r5 +learner/),
    });
    expect(await again.quit()).toBe(0);

    // Only r2 is left.
    const url = `http://127.0.0.1:${port + 1}`;
    const forced = ['recover', '--data', join(data, 'r2'), '--id', 'r2', '--force-members', `r2=${url}`];
    expect(await tickraft(...forced)).toMatchObject({
      code: 2,
      stdout: expect.stringMatching(
        /^r2 has the data of cluster \w{8} up to entry \d+, .*\nWhat may be lost, or happen:\n/,
      ),
      stderr: 'error: there is nobody to ask: say --yes if this is what you want\n',
    });
    const { code, stdout } = await tickraft(...forced, '--yes', '--json');
    expect(code).toBe(0);
    const { cluster, was } = JSON.parse(stdout) as {
      cluster: string;
      was: { voters: string[]; cluster: string };
    };
    expect(was.voters).toEqual(['r2', 'r3', 'r4']);
    expect(was.cluster).not.toBe(cluster);
    const own = ['--id', 'r2', '--port', String(port + 1), '--data', join(data, 'r2')];
    replicas.push(spawn(process.execPath, [CLI, 'replica', ...own], { stdio: 'ignore' }));
    const status = await until(async () => {
      const said = await statusAt(port + 1);
      return said?.leader === 'r2' ? said : undefined;
    });
    expect(status).toMatchObject({ cluster, configuration: { voters: ['r2'] } });
  } finally {
    await terminal.quit();
    await again?.quit();
    for (const child of replicas) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}, 120_000);
