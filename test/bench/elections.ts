/**
 * `npm run bench:elections`: how long a cluster is without a leader when its leader is killed, and
 * whether it elects one needlessly when the whole computer is stopped. Replicas are processes of
 * the command line, as `npm run build` left it.
 *
 *     npm run bench:elections -- --replicas 3 --kills 100 --stalls 10 --sign-ups 200 --handshakes 10000
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { Command, InvalidArgumentError } from 'commander';
import { listLogs, readLog } from '../../logs/index.ts';
import { freePorts } from './cluster.ts';
import { handshakes, signUps } from './crowds.ts';
import { atEnd, temporaryFolder } from './ending.ts';
import { quantile } from './measure.ts';

interface Options {
  readonly replicas: number;
  readonly kills: number;
  readonly stalls: number;
  readonly stallMs: number;
  readonly signUps: number;
  readonly handshakes: number;
  readonly flags: readonly string[];
}

interface Status {
  readonly id: string;
  readonly role: string;
  readonly term: number;
  readonly leader?: string;
  readonly lastIndex: number;
  readonly applied: number;
}

const whole = (text: string) => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError('a whole number is needed');
  return value;
};

const options = new Command('bench:elections')
  .option('--replicas <n>', 'size of the cluster', whole, 3)
  .option('--kills <n>', 'how often its leader is killed', whole, 100)
  .option('--stalls <n>', 'how often all replicas are stopped at once', whole, 10)
  .option('--stall-ms <ms>', 'for how long', whole, 700)
  .option('--sign-ups <n>', 'how many strangers sign up at once', whole, 200)
  .option('--handshakes <n>', 'how many connections strangers open, 100 at a time', whole, 10_000)
  .option(
    '--flags <flag...>',
    'more flags of `tickraft replica`, each with its value: --flags=--rate=100',
    [],
  )
  .parse()
  .opts<Options>();

/** Between two looks at the replicas, in milliseconds. Their logs say what happened when. */
const LOOK_MS = 25;
const TIMEOUT_MS = 30_000;
/** What is left of a leader's death in the caches and queues of the others is over after this. */
const CALM_MS = 300;

const agent = new Agent({ keepAlive: true });
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

class Replicas {
  readonly #folder = temporaryFolder();
  readonly #logs = join(this.#folder.path, 'logs');
  readonly #processes = new Map<string, ChildProcess>();
  readonly #urls = new Map<string, string>();

  async start(): Promise<void> {
    const ports = await freePorts(options.replicas);
    for (const [i, port] of ports.entries()) this.#urls.set(`r${i + 1}`, `http://127.0.0.1:${port}`);
    for (const id of this.#urls.keys()) this.startOne(id);
    await this.settled();
  }

  startOne(id: string): void {
    const peers = [...this.#urls].filter(([peer]) => peer !== id).map(([peer, url]) => `${peer}=${url}`);
    const own = ['--id', id, '--port', new URL(this.#urls.get(id)!).port, '--peers', peers.join(',')];
    const folders = ['--data', join(this.#folder.path, id), '--logs', this.#logs];
    const args = ['dist/cli.js', 'replica', ...own, ...folders, ...options.flags];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    atEnd(() => void child.kill('SIGKILL'));
    this.#processes.set(id, child);
  }

  get ids(): string[] {
    return [...this.#urls.keys()];
  }

  get urls(): string[] {
    return [...this.#urls.values()];
  }

  signal(ids: readonly string[], signal: NodeJS.Signals): void {
    for (const id of ids) this.#processes.get(id)!.kill(signal);
  }

  status(id: string): Promise<Status | undefined> {
    return new Promise((resolve) => {
      const request = get(`${this.#urls.get(id)}/status`, { agent, timeout: 1_000 }, (response) => {
        let text = '';
        response.on('data', (chunk) => (text += chunk));
        response.on('end', () => resolve(JSON.parse(text) as Status));
        response.on('error', () => resolve(undefined));
      });
      request.on('error', () => resolve(undefined));
      request.on('timeout', () => request.destroy());
    });
  }

  /** Waits until all follow one leader and have applied the same; returns the leader's word. */
  async settled(): Promise<Status> {
    for (const end = performance.now() + TIMEOUT_MS; performance.now() < end; await pause(LOOK_MS)) {
      const all = await Promise.all(this.ids.map((id) => this.status(id)));
      const leader = all.find((one) => one?.role === 'leader');
      const agree = all.every((one) => one?.leader === leader?.id && one?.applied === leader?.lastIndex);
      if (leader !== undefined && agree) return leader;
    }
    throw new Error(`no leader that all replicas follow after ${TIMEOUT_MS / 1000} s`);
  }

  /** Waits until one of `ids` leads in a term after `term`. */
  async newLeader(ids: readonly string[], term: number): Promise<void> {
    for (const end = performance.now() + TIMEOUT_MS; performance.now() < end; await pause(LOOK_MS)) {
      const all = await Promise.all(ids.map((id) => this.status(id)));
      if (all.some((one) => one?.role === 'leader' && one.term > term)) return;
    }
    throw new Error(`no new leader after ${TIMEOUT_MS / 1000} s`);
  }

  /** Ends all replicas, and returns when each term had its leader: microseconds of system time. */
  async elections(): Promise<Map<number, number>> {
    const ends = [...this.#processes.values()].map((child) => once(child, 'exit'));
    this.signal(this.ids, 'SIGTERM');
    await Promise.all(ends);
    const leaders = new Map<number, number>();
    for (const { paths } of listLogs(this.#logs)) {
      for (const path of paths) {
        for await (const row of readLog(path, () => {})) {
          if (row.event === 'role' && row.role === 'leader') leaders.set(row.term!, row.timeUs);
        }
      }
    }
    return leaders;
  }
}

async function kills(replicas: Replicas): Promise<void> {
  const killed: { readonly atUs: number; readonly term: number }[] = [];
  for (let round = 0; round < options.kills; round++) {
    const { id, term } = await replicas.settled();
    await pause(CALM_MS);
    killed.push({ atUs: (performance.timeOrigin + performance.now()) * 1_000, term });
    replicas.signal([id], 'SIGKILL');
    const others = replicas.ids.filter((other) => other !== id);
    await replicas.newLeader(others, term);
    replicas.startOne(id);
  }
  await replicas.settled();
  const leaders = [...(await replicas.elections())];
  const took = killed.map(({ atUs, term }) => {
    const next = leaders.filter(([later]) => later > term).map(([, electedUs]) => electedUs);
    return (Math.min(...next) - atUs) / 1_000;
  });
  const at = (part: number) => quantile(took, part).toFixed(0);
  console.log(
    `${took.length} kills of the leader of ${options.replicas}: a new one after ${at(0)} to ${at(1)} ms, ` +
      `median ${at(0.5)}, 90 % ${at(0.9)}, 99 % ${at(0.99)}; over 100 ms: ${took.filter((ms) => ms > 100).length}`,
  );
  for (let low = 0; low <= Math.max(...took); low += 20) {
    const count = took.filter((ms) => ms >= low && ms < low + 20).length;
    if (count > 0)
      console.log(`  ${String(low).padStart(5)} to ${String(low + 20).padStart(5)} ms  ${count}`);
  }
}

async function stalls(replicas: Replicas): Promise<void> {
  let elections = 0;
  for (let round = 0; round < options.stalls; round++) {
    const before = await replicas.settled();
    await pause(CALM_MS);
    replicas.signal(replicas.ids, 'SIGSTOP');
    await pause(options.stallMs);
    replicas.signal(replicas.ids, 'SIGCONT');
    await pause(options.stallMs + CALM_MS);
    const after = await replicas.settled();
    if (after.term !== before.term) elections++;
  }
  console.log(
    `${options.stalls} stalls of all ${options.replicas} for ${options.stallMs} ms: ${elections} with an election`,
  );
}

async function crowd(
  replicas: Replicas,
  what: string,
  come: (urls: readonly string[], count: number) => Promise<number>,
  count: number,
): Promise<void> {
  if (count === 0) return;
  const before = await replicas.settled();
  const begin = performance.now();
  const served = await come(replicas.urls, count);
  const seconds = (performance.now() - begin) / 1_000;
  const after = await replicas.settled();
  console.log(
    `${count} ${what}: ${served} served in ${seconds.toFixed(1)} s, ${after.term - before.term} elections`,
  );
}

async function main(): Promise<void> {
  const load = () =>
    `load ${loadavg()
      .map((one) => one.toFixed(1))
      .join(' ')}`;
  const replicas = new Replicas();
  await replicas.start();
  console.log(load());
  if (options.stalls > 0) await stalls(replicas);
  await crowd(replicas, 'sign-ups', signUps, options.signUps);
  await crowd(replicas, 'handshakes', handshakes, options.handshakes);
  if (options.kills > 0) await kills(replicas);
  console.log(load());
}

main().then(
  () => process.exit(0),
  (error: Error) => {
    console.error(`error: ${error.message}`);
    process.exit(1);
  },
);
