/**
 * A real cluster for tests: `tickraft up` as a user runs it; its replicas are killed and restarted
 * with the commands that it prints.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CLI = join(ROOT, 'dist/cli.js');

/** What `GET /status` says. */
export interface Status {
  readonly id: string;
  readonly pid: number;
  readonly role: string;
  readonly term: number;
  readonly leader?: string;
  readonly leaderless?: true;
  readonly commit: number;
  readonly applied: number;
  readonly lastIndex: number;
  readonly recovery: string;
  readonly disk: string;
  readonly cluster?: string;
}

/** Runs the command line to its end. */
export async function tickraft(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  // Where CI is set, colours are taken to be welcome even in a pipe.
  const env = { ...process.env, NO_COLOR: '1' };
  const child = spawn(process.execPath, [CLI, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  const [code] = (await once(child, 'close')) as [number];
  return { code, stdout, stderr };
}

/**
 * Asks again and again until the answer is not undefined; the test's own time limit ends it
 * otherwise.
 */
export async function until<T>(ask: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Replicas r1, r2, ... as processes of `tickraft up`. */
export class LiveCluster {
  readonly folder = mkdtempSync(join(tmpdir(), 'tickraft-e2e-'));
  readonly logs = join(this.folder, 'logs');
  /** Where each replica listens, by id. */
  readonly urls: ReadonlyMap<string, string>;
  /** All that `up` and the replicas that were brought back have printed so far. */
  output = '';
  readonly #up: ChildProcess;
  readonly #restarted: ChildProcess[] = [];

  private constructor(replicas: number, port: number, flags: readonly string[]) {
    if (!existsSync(CLI)) throw new Error('dist/cli.js is not there: run npm run build first');
    const ids = Array.from({ length: replicas }, (_, i) => `r${i + 1}`);
    this.urls = new Map(ids.map((id, i) => [id, `http://127.0.0.1:${port + i}`]));
    const sizes = ['--replicas', String(replicas), '--port', String(port)];
    const folders = ['--data', join(this.folder, 'data'), '--logs', this.logs];
    this.#up = spawn(process.execPath, [CLI, 'up', ...sizes, ...folders, ...flags], {
      env: { ...process.env, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#up.stdout!.on('data', (chunk) => (this.output += chunk));
    this.#up.stderr!.on('data', (chunk) => (this.output += chunk));
  }

  /** Starts a cluster, with more flags of `up` if need be, and waits until it has a leader. */
  static async start(replicas: number, ...flags: string[]): Promise<LiveCluster> {
    const cluster = new LiveCluster(replicas, await freePorts(replicas), flags);
    await until(() => {
      if (cluster.#up.exitCode !== null) throw new Error(`tickraft up ended:\n${cluster.output}`);
      return cluster.leader();
    });
    return cluster;
  }

  get pid(): number {
    return this.#up.pid!;
  }

  url(id: string): string {
    return this.urls.get(id)!;
  }

  /** What a replica says of itself; undefined if it does not answer. */
  async status(id: string): Promise<Status | undefined> {
    try {
      const response = await fetch(`${this.url(id)}/status`, { signal: AbortSignal.timeout(1_000) });
      return (await response.json()) as Status;
    } catch {
      return undefined;
    }
  }

  async statuses(): Promise<Status[]> {
    const all = await Promise.all([...this.urls.keys()].map((id) => this.status(id)));
    return all.filter((status) => status !== undefined);
  }

  /**
   * The replica that leads in the highest term, once a majority of those that answer follow it;
   * where nobody leads, the first that answers, once a majority does.
   */
  async leader(): Promise<string | undefined> {
    const statuses = await this.statuses();
    if (statuses[0]?.leaderless) return statuses.length > this.urls.size / 2 ? statuses[0].id : undefined;
    const term = Math.max(...statuses.map((status) => status.term));
    const leader = statuses.find((status) => status.leader === status.id && status.term === term);
    const followers = statuses.filter((status) => status.leader === leader?.id && status.term === term);
    return leader !== undefined && followers.length > this.urls.size / 2 ? leader.id : undefined;
  }

  /**
   * Ends a replica, by default with SIGKILL, and waits until the process (`known`, if it need not
   * be asked) is gone.
   */
  async kill(id: string, signal: NodeJS.Signals = 'SIGKILL', known?: number): Promise<void> {
    const pid = known ?? (await this.status(id))!.pid;
    process.kill(pid, signal);
    // It takes no connections long before it lets go of its data.
    await until(() => (isAlive(pid) ? undefined : true));
  }

  /** The data directory of a replica. */
  data(id: string): string {
    return join(this.folder, 'data', id);
  }

  /** The words for a shell that bring a replica back, as `up` printed them when it died. */
  async command(id: string): Promise<string> {
    const words = await until(
      () => this.output.match(new RegExp(`npx tickraft (replica --id ${id} .*)`))?.[1],
    );
    return `exec "${process.execPath}" "${CLI}" ${words}`;
  }

  /** Brings a replica back by the command that `up` printed when it died. */
  async restart(id: string): Promise<Status> {
    const child = spawn(await this.command(id), { shell: true, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.on('data', (chunk) => (this.output += chunk));
    child.stderr.on('data', (chunk) => (this.output += chunk));
    child.once(
      'exit',
      (code, signal) => (this.output += `${id} (pid ${child.pid}) ended: ${code ?? signal}\n`),
    );
    return this.adopt(id, child);
  }

  /** Takes `child` for the replica, to be ended with the others, and waits until it answers. */
  async adopt(id: string, child: ChildProcess): Promise<Status> {
    this.#restarted.push(child);
    return until(() => this.status(id));
  }

  /** Waits until all replicas are up and have applied the same. */
  async settled(): Promise<void> {
    await until(async () => {
      const statuses = await this.statuses();
      const applied = new Set(statuses.map((status) => status.applied));
      return statuses.length === this.urls.size && applied.size === 1 ? true : undefined;
    });
  }

  /** Ends everything as Ctrl-C does. Resolves with the exit code of `up`. */
  async stop(): Promise<number | null> {
    this.#up.kill('SIGINT');
    for (const child of this.#restarted) child.kill('SIGTERM');
    for (const child of [this.#up, ...this.#restarted]) {
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    }
    return this.#up.exitCode;
  }

  /** Removes what it left on disk. */
  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Whether there is a process `pid`. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Below the ports that systems give to outgoing connections, of which attacks make thousands. */
const PORTS = [10_000, 30_000] as const;
/**
 * Test files that run at the same time draw from parts of their own: a port that is free now is
 * taken by others a moment later.
 */
const PARTS = 8;
const part = Number(process.env.JEST_WORKER_ID ?? 0) % PARTS;
const partSize = (PORTS[1] - PORTS[0]) / PARTS;
/** A test file takes one port after the other in its part, from a random start. */
let next = Math.floor(Math.random() * partSize);

/** The first of `count` consecutive free ports. */
export async function freePorts(count: number): Promise<number> {
  for (;;) {
    if (next + count > partSize) next = 0;
    const first = PORTS[0] + part * partSize + next;
    next += count;
    const free = await Promise.all(Array.from({ length: count }, (_, i) => isFree(first + i)));
    if (free.every(Boolean)) return first;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
