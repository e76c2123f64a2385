/** The replica processes of `tickraft up`. They end with this process, however it ends. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pc from 'picocolors';
import { startedFile } from '../../logs/index.ts';
import { CHOICES } from '../choice/index.ts';
import type { ReplicaAddress } from '../replication.ts';
import type { ClusterDirectory } from './cluster-directory.ts';
import { addressOf } from './options.ts';
import { type ProtocolGiven, protocolArguments } from './protocol.ts';
import type { Provisioner } from './provisioner/index.ts';
import { CHILD, serveChild } from './provisioner/parent-provisioner.ts';
import { shellWord } from './shell-word.ts';
import { type TimingGiven, timingArguments } from './timing.ts';

/** The command line. */
const CLI = fileURLToPath(startedFile('cli.ts', 'cli.js'));
/** How long replicas may take to end cleanly, in milliseconds. */
const STOP_MS = 8_000;

/** A replica and its port. */
type Place = ReplicaAddress & { readonly port: number; readonly plan?: string | undefined };

/** Options of the processes. */
export interface FleetOptions {
  /** Those that the cluster was founded with. */
  readonly replicas: readonly Place[];
  /** Who was added to them since, and who is gone. */
  readonly directory: Pick<ClusterDirectory, 'added' | 'gone' | 'remember'>;
  readonly host: string;
  readonly data: string;
  readonly rate: number;
  readonly timing: TimingGiven;
  readonly protocol: ProtocolGiven;
  readonly logs: string | undefined;
  readonly secretFile: string;
  /** The command that starts replicas for the autopilot. Default: the fleet does. */
  readonly provisionCommand: string | undefined;
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

  readonly #added: Place[];
  readonly #gone: Set<string>;

  constructor(options: FleetOptions) {
    this.#options = options;
    const { host, directory } = options;
    this.#added = directory.added.map((one) => ({ ...one, url: addressOf(host, one.port) }));
    this.#gone = new Set(directory.gone);
  }

  /** The replicas that there are to be, running or not. */
  get places(): readonly Place[] {
    return [...this.#options.replicas, ...this.#added].filter(({ id }) => !this.#gone.has(id));
  }

  /** Starts all replicas. Returns whether all of them came up; one that did not has printed why. */
  async start(): Promise<boolean> {
    const started = this.places.map(({ id }) => this.startOne(id));
    return (await Promise.all(started)).every(Boolean);
  }

  /**
   * Starts one more replica, which waits to be added to the cluster, on a free port above those of
   * the others. Rejects with an Error if it did not come up.
   */
  async add(id: string, plan?: string): Promise<ReplicaAddress> {
    const { protocol } = this.#options.protocol;
    const { members: why } = CHOICES[protocol].lacks;
    if (why !== undefined) throw new Error(`${protocol}: ${why}`);
    if (this.#known(id) !== undefined)
      throw new Error(`the name ${id} is or was that of a replica: choose another`);
    const ports = [...this.#options.replicas, ...this.#added].map(({ port }) => port);
    const port = await freePort(this.#options.host, Math.max(...ports) + 1);
    const place = { id, port, url: addressOf(this.#options.host, port), ...(plan !== undefined && { plan }) };
    this.#added.push(place);
    this.#remember();
    if (await this.startOne(id)) return place;
    this.#gone.add(id);
    this.#remember();
    throw new Error(`${id} did not start`);
  }

  /** Ends a replica for good. */
  async retire(id: string): Promise<void> {
    const child = this.#children.get(id);
    if (child !== undefined) await this.#end(child);
    this.#gone.add(id);
    this.#remember();
  }

  /** A name that no replica has or had: `r` and a number. */
  freeId(): string {
    for (let number = this.#options.replicas.length + 1; ; number++)
      if (this.#known(`r${number}`) === undefined) return `r${number}`;
  }

  /** Starts and stops replicas of this fleet for the autopilot of one of them. */
  get provisioner(): Provisioner {
    return {
      start: async ({ plan, id }) => {
        if (!this.#added.some((place) => place.plan === plan)) await this.add(id, plan);
      },
      stop: async (id) => {
        const child = this.#children.get(id);
        if (child !== undefined) await this.#end(child);
      },
      list: async () =>
        [...this.#options.replicas, ...this.#added].map(({ id, url, plan = 'founder' }) => {
          return { plan, id, url, isRunning: this.#children.has(id) };
        }),
    };
  }

  #known(id: string): Place | undefined {
    return [...this.#options.replicas, ...this.#added].find((place) => place.id === id);
  }

  #remember(): void {
    const added = this.#added.map(({ id, port, plan }) => ({
      id,
      port,
      ...(plan !== undefined && { plan }),
    }));
    this.#options.directory.remember(added, [...this.#gone]);
  }

  /** Starts one replica that is not running. Returns whether it came up, or is none any more. */
  async startOne(id: string): Promise<boolean> {
    // Its answer comes over the channel; its messages go to standard error.
    const child = fork(CLI, this.#arguments(id), {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: { ...process.env, ...CHILD },
    });
    serveChild(child, this.provisioner);
    this.#children.set(id, child);
    this.#expected.add(child);
    child.on('message', (said) => {
      if (said !== 'removed') return;
      this.#removed.add(child);
      this.#gone.add(id);
      this.#remember();
    });
    child.once('exit', (code, signal) => this.#ended(id, child, code, signal));
    const first = await firstWord(child);
    this.#expected.delete(child);
    return first === 'ready' || first === 'removed';
  }

  /** Whether the cluster has a replica of this name, running or not. */
  has(id: string): boolean {
    return this.places.some((place) => place.id === id);
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
    await Promise.all([...this.#children.values()].map((child) => this.#end(child)));
  }

  async #end(child: ChildProcess): Promise<void> {
    this.#expected.add(child);
    const ended = once(child, 'exit');
    // Not by a signal: the terminal may have sent them one, and a second would end them at once.
    if (child.connected) child.disconnect();
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await ended;
    clearTimeout(timer);
  }

  /** The command that runs a replica from any terminal. */
  command(id: string): string {
    return `npx tickraft ${this.#arguments(id).map(shellWord).join(' ')}`;
  }

  #arguments(id: string): string[] {
    const { replicas, host, data, rate, timing, protocol, logs, secretFile } = this.#options;
    const { proxies, allowHost, provisionCommand } = this.#options;
    const self = this.#known(id)!;
    const peers = replicas.filter((replica) => replica.id !== id).map((peer) => `${peer.id}=${peer.url}`);
    const others = this.places.filter((place) => place.id !== id).map(({ url }) => url);
    const isFounder = replicas.includes(self);
    return [
      'replica',
      ...['--id', id, '--port', String(self.port), '--host', host],
      ...(isFounder ? ['--peers', peers.join(',')] : ['--join', others.join(',')]),
      ...(provisionCommand === undefined ? [] : ['--provision-command', provisionCommand]),
      ...['--data', join(data, id), '--rate', String(rate), '--secret-file', secretFile],
      ...(proxies.length === 0 ? [] : ['--proxies', proxies.join(',')]),
      ...(allowHost.length === 0 ? [] : ['--allow-host', allowHost.join(',')]),
      ...protocolArguments(protocol),
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

/** The first thing that a process says by itself, or the code with which it has ended. */
function firstWord(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve) => {
    child.on('message', (said) => {
      if (typeof said === 'string') resolve(said);
    });
    child.once('exit', resolve);
  });
}

/** The first port from `port` on at which nothing listens. Rejects if there is none. */
async function freePort(host: string, port: number): Promise<number> {
  if (port > 65_535) throw new Error('no port is free above those of the other replicas');
  const server = createServer();
  const isFree = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
  return isFree ? port : freePort(host, port + 1);
}
