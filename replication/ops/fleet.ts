/** The replica processes of `tickraft up`. They end with this process, however it ends. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pc from 'picocolors';
import { startedFile } from '../../logs/index.ts';
import type { ReplicaAddress } from '../replication.ts';
import { shellWord } from './shell-word.ts';
import { type TimingGiven, timingArguments } from './timing.ts';

/** The command line. */
const CLI = fileURLToPath(startedFile('cli.ts', 'cli.js'));
/** How long replicas may take to end cleanly, in milliseconds. */
const STOP_MS = 8_000;

/** Options of the processes. */
export interface FleetOptions {
  readonly replicas: readonly (ReplicaAddress & { readonly port: number })[];
  readonly host: string;
  readonly data: string;
  readonly rate: number;
  readonly timing: TimingGiven;
  readonly logs: string | undefined;
  readonly secretFile: string;
  readonly proxies: readonly string[];
  readonly allowHost: readonly string[];
  readonly print: (line: string) => void;
  /** Called when the last process has ended without being asked to. */
  readonly onNoneLeft: () => void;
}

/** The processes, by replica. */
export class Fleet {
  readonly #options: FleetOptions;
  readonly #children = new Map<string, ChildProcess>();
  /** Processes that were asked to end. */
  readonly #expected = new Set<ChildProcess>();
  /** Processes whose replicas were removed from the cluster. */
  readonly #removed = new Set<ChildProcess>();

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  /** Starts all replicas. Returns whether all of them came up; one that did not has printed why. */
  async start(): Promise<boolean> {
    const started = this.#options.replicas.map(({ id }) => this.startOne(id));
    return (await Promise.all(started)).every(Boolean);
  }

  /** Starts one replica that is not running. Returns whether it came up, or is none any more. */
  async startOne(id: string): Promise<boolean> {
    // Its answer comes over the channel; its messages go to standard error.
    const child = fork(CLI, this.#arguments(id), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    this.#children.set(id, child);
    this.#expected.add(child);
    child.on('message', (said) => {
      if (said === 'removed') this.#removed.add(child);
    });
    child.once('exit', (code, signal) => this.#ended(id, child, code, signal));
    const [first] = await Promise.race([once(child, 'message'), once(child, 'exit')]);
    this.#expected.delete(child);
    return first === 'ready' || first === 'removed';
  }

  /** Whether the cluster has a replica of this name, running or not. */
  has(id: string): boolean {
    return this.#options.replicas.some((replica) => replica.id === id);
  }

  /** The process id of a running replica. */
  pid(id: string): number | undefined {
    return this.#children.get(id)?.pid;
  }

  /** Whether no replica runs. */
  get isEmpty(): boolean {
    return this.#children.size === 0;
  }

  /** Ends one replica as a crash would. */
  kill(id: string): void {
    this.#children.get(id)?.kill('SIGKILL');
  }

  killAll(): void {
    for (const child of this.#children.values()) child.kill('SIGKILL');
  }

  /** Ends all replicas cleanly, and by force those that take too long. */
  async stop(): Promise<void> {
    const ended = [...this.#children.values()].map((child) => {
      this.#expected.add(child);
      // Not by a signal: the terminal may have sent them one, and a second would end them at once.
      if (child.connected) child.disconnect();
      return once(child, 'exit');
    });
    const timer = setTimeout(() => this.killAll(), STOP_MS);
    await Promise.all(ended);
    clearTimeout(timer);
  }

  /** The command that runs a replica from any terminal. */
  command(id: string): string {
    return `npx tickraft ${this.#arguments(id).map(shellWord).join(' ')}`;
  }

  #arguments(id: string): string[] {
    const { replicas, host, data, rate, timing, logs, secretFile, proxies, allowHost } = this.#options;
    const self = replicas.find((replica) => replica.id === id)!;
    const peers = replicas.filter((replica) => replica.id !== id).map((peer) => `${peer.id}=${peer.url}`);
    return [
      'replica',
      ...['--id', id, '--port', String(self.port), '--host', host, '--peers', peers.join(',')],
      ...['--data', join(data, id), '--rate', String(rate), '--secret-file', secretFile],
      ...(proxies.length === 0 ? [] : ['--proxies', proxies.join(',')]),
      ...(allowHost.length === 0 ? [] : ['--allow-host', allowHost.join(',')]),
      ...timingArguments(timing),
      ...(logs === undefined ? [] : ['--logs', logs]),
    ];
  }

  #ended(id: string, child: ChildProcess, code: number | null, signal: NodeJS.Signals | null): void {
    this.#children.delete(id);
    if (this.#expected.has(child)) return;
    const { print, onNoneLeft } = this.#options;
    if (this.#removed.has(child)) {
      print(`${id} (pid ${child.pid}) has ended: it was removed from the cluster`);
      if (this.#children.size === 0) onNoneLeft();
      return;
    }
    const how = signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
    const back = process.stdin.isTTY ? `type "start ${id}", or run` : 'run';
    print(`${pc.red(`${id} (pid ${child.pid}) ${how}`)}; to bring it back, ${back}`);
    print(`  ${this.command(id)}`);
    if (this.#children.size === 0) onNoneLeft();
  }
}
