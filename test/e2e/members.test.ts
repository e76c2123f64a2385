/**
 * A cluster whose members change as an operator changes them, with real processes: under load, from
 * the command line, and with the leader killed in the middle.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePorts, isAlive, LiveCluster, tickraft, until } from '../support/live-cluster.ts';
import { mailboxAt } from '../support/mailbox.ts';
import { MessageStream } from '../support/message-stream.ts';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

/** A cluster of three to which more are added. */
class Growing {
  readonly cluster: LiveCluster;
  readonly urls: Map<string, string>;
  readonly #joined = new Map<string, ChildProcess>();

  constructor(cluster: LiveCluster) {
    this.cluster = cluster;
    this.urls = new Map(cluster.urls);
  }

  get #secret(): string[] {
    return ['--secret-file', join(this.cluster.folder, 'data/secret')];
  }

  /** Starts a replica that is no member yet, or starts it again. */
  async join(id: string): Promise<void> {
    const port = this.urls.has(id) ? Number(new URL(this.urls.get(id)!).port) : await freePorts(1);
    this.urls.set(id, `http://127.0.0.1:${port}`);
    const own = ['--id', id, '--port', String(port), '--data', this.cluster.data(id)];
    const words = ['replica', ...own, '--join', [...this.urls.values()].join(), ...this.#secret];
    const child = spawn(process.execPath, [CLI, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const from of [child.stdout, child.stderr]) from.on('data', (chunk) => (said += chunk));
    this.#joined.set(id, child);
    await until(() => {
      if (child.exitCode !== null) throw new Error(`${id} ended: ${said}`);
      return said.includes(`pid ${child.pid}`) ? true : undefined;
    });
  }

  /** The status of a replica; undefined if it does not answer. */
  async status(id: string) {
    try {
      const response = await fetch(`${this.urls.get(id)}/status`, { signal: AbortSignal.timeout(1_000) });
      return (await response.json()) as {
        id: string;
        pid: number;
        leader?: string;
        role: string;
        term: number;
        configuration?: { voters: string[]; outgoing?: string[] };
      };
    } catch {
      return undefined;
    }
  }

  leader(): Promise<string> {
    return until(async () => {
      const all = await Promise.all([...this.urls.keys()].map((id) => this.status(id)));
      const term = Math.max(...all.map((one) => one?.term ?? 0));
      return all.find((one) => one?.role === 'leader' && one.term === term)?.id;
    });
  }

  /** Kills the leader, and brings it back. */
  async killLeader(): Promise<void> {
    const id = await this.leader();
    const child = this.#joined.get(id);
    if (child === undefined) {
      await this.cluster.kill(id);
      await this.cluster.restart(id);
      return;
    }
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
    await this.join(id);
  }

  /** Says a command until it is done: it may be refused while another change is under way. */
  member(...words: string[]): Promise<string> {
    return until(async () => {
      const server = this.urls.get(await this.leader())!;
      const { code, stdout } = await tickraft('member', ...words, '--server', server, ...this.#secret);
      return code === 0 ? stdout : undefined;
    });
  }

  /** Waits until nothing is under way. Returns who votes. */
  async voters(): Promise<string[]> {
    return until(async () => {
      const server = this.urls.get(await this.leader())!;
      const { code, stdout } = await tickraft('member', 'wait', '--json', '--server', server);
      if (code !== 0) return undefined;
      const { members } = JSON.parse(stdout) as { members: { id: string; role: string }[] };
      return members.filter(({ role }) => role === 'voter').map(({ id }) => id);
    });
  }

  /** Waits until just these vote, and no two configurations hold at once. */
  async settles(ids: readonly string[]): Promise<void> {
    await until(async () => {
      const { voters = [], outgoing } = (await this.status(await this.leader()))?.configuration ?? {};
      return voters.join() === ids.join() && outgoing === undefined ? true : undefined;
    });
  }

  async stop(): Promise<void> {
    for (const child of this.#joined.values()) child.kill('SIGKILL');
    await this.cluster.stop();
    this.cluster.remove();
  }
}

test('three under load grow to five and shrink to three, with the leader killed: nothing is lost, nothing comes twice', async () => {
  const growing = new Growing(await LiveCluster.start(3));
  try {
    const servers = [...growing.urls.values()];
    const stream = await MessageStream.start(servers);
    const { token } = stream;
    await stream.more(20);

    for (const id of ['r4', 'r5']) {
      await growing.join(id);
      await growing.member('add', id, '--url', growing.urls.get(id)!);
    }
    await growing.killLeader();
    await stream.more(20);
    expect(await growing.voters()).toEqual(['r1', 'r2', 'r3', 'r4', 'r5']);
    expect(await growing.member('add', 'r4', '--url', growing.urls.get('r4')!)).toMatch(
      /^already so, by entry \d+\n$/,
    );

    const { pid } = (await growing.status('r1'))!;
    await growing.member('remove', 'r1');
    await until(() => (isAlive(pid) ? undefined : true));
    const own = ['--id', 'r1', '--data', growing.cluster.data('r1')];
    expect(await tickraft('replica', ...own)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^r1 was removed from its cluster: to use the name again, delete \S+\n$/),
    });
    await growing.killLeader();
    await growing.member('remove', 'r2');
    expect(await growing.voters()).toEqual(['r3', 'r4', 'r5']);
    await stream.more(20);
    await stream.stop();

    const sent = stream.acknowledged;
    for (const id of ['r3', 'r4', 'r5']) {
      expect(await mailboxAt(growing.urls.get(id)!, token, sent.length)).toEqual(sent);
    }
  } finally {
    await growing.stop();
  }
}, 120_000);

test('all three are replaced one after the other under load: nothing is lost, nothing comes twice', async () => {
  const growing = new Growing(await LiveCluster.start(3));
  try {
    const stream = await MessageStream.start([...growing.urls.values()]);
    const { token } = stream;
    await Promise.all(['r4', 'r5', 'r6'].map((id) => growing.join(id)));
    const pids = await Promise.all(['r1', 'r2', 'r3'].map(async (id) => (await growing.status(id))!.pid));
    for (const [old, id, voters] of [
      ['r1', 'r4', ['r2', 'r3', 'r4']],
      ['r2', 'r5', ['r3', 'r4', 'r5']],
      ['r3', 'r6', ['r4', 'r5', 'r6']],
    ] as const) {
      await growing.member('replace', old, id, '--url', growing.urls.get(id)!);
      await growing.settles(voters);
    }
    await stream.more(10);
    // Those that were replaced end by themselves.
    await until(() => (pids.some(isAlive) ? undefined : true));
    await stream.stop();
    const sent = stream.acknowledged;
    for (const id of ['r4', 'r5', 'r6']) {
      expect(await mailboxAt(growing.urls.get(id)!, token, sent.length)).toEqual(sent);
    }
  } finally {
    await growing.stop();
  }
}, 120_000);
