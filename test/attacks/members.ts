/** Replicas that are configured one by one, in ways that `up` does not allow. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePorts, type Status, until } from '../support/live-cluster.ts';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
/**
 * A quick clock and short timeouts: these tests wait for elections that come, and for some that
 * must not.
 */
const QUICK = ['--rate', '100', '--election-timeout', '500'];

/** One replica as it is configured. */
export interface Told {
  readonly id: string;
  /** Its place among the ports. */
  readonly port: number;
  /** Where the others are, as it is configured: id and place. */
  readonly peers: Readonly<Record<string, number>>;
  /** The name of its data directory. Default: its id. */
  readonly data?: string;
}

/** Replicas on different ports, named by their position. */
export class Members {
  readonly folder = mkdtempSync(join(tmpdir(), 'tickraft-members-'));
  readonly #first: number;
  readonly #processes = new Map<number, ChildProcess>();
  /** What each has said, by place. */
  readonly said = new Map<number, string>();

  private constructor(first: number) {
    this.#first = first;
  }

  static async on(ports: number): Promise<Members> {
    return new Members(await freePorts(ports));
  }

  /** Starts a replica. */
  start({ id, port, peers, data = id }: Told): void {
    const others = Object.entries(peers).map(([peer, place]) => `${peer}=${this.#url(place)}`);
    const own = ['--id', id, '--port', String(this.#first + port), '--peers', others.join(',')];
    const child = spawn(process.execPath, [CLI, 'replica', ...own, '--data', this.data(data), ...QUICK], {
      env: { ...process.env, NO_COLOR: '1', TICKRAFT_SECRET: 'shared' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const hear = (chunk: Buffer) => this.said.set(port, `${this.said.get(port) ?? ''}${chunk}`);
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    this.#processes.set(port, child);
  }

  /** Starts replicas r1, r2, ... at the given positions, all with the same members. */
  cluster(...places: readonly number[]): void {
    const all = Object.fromEntries(places.map((place, i) => [`r${i + 1}`, place]));
    for (const [id, port] of Object.entries(all)) {
      const { [id]: _, ...peers } = all;
      this.start({ id, port, peers, data: `${places[0]}-${id}` });
    }
  }

  data(name: string): string {
    return join(this.folder, name);
  }

  copy(from: string, to: string): void {
    cpSync(this.data(from), this.data(to), { recursive: true });
  }

  /** Puts one data directory in the place of another. */
  replace(name: string, by: string): void {
    rmSync(this.data(name), { recursive: true, force: true });
    renameSync(this.data(by), this.data(name));
  }

  async status(place: number): Promise<Status | undefined> {
    try {
      const response = await fetch(`${this.#url(place)}/status`, { signal: AbortSignal.timeout(1_000) });
      return (await response.json()) as Status;
    } catch {
      return undefined;
    }
  }

  /**
   * Waits until all at these places follow one leader and know their cluster; returns the leader's
   * word.
   */
  leader(...places: readonly number[]): Promise<Status> {
    return until(async () => {
      const all = await Promise.all(places.map((place) => this.status(place)));
      const leader = all.find((one) => one?.role === 'leader');
      const agree = (one: Status | undefined) =>
        one?.leader === leader?.id && one?.cluster !== undefined && one.cluster === leader?.cluster;
      return leader !== undefined && all.every(agree) ? leader : undefined;
    });
  }

  /** Waits until the replica at `place` has said it. */
  async hears(place: number, words: RegExp): Promise<string> {
    return until(() => words.exec(this.said.get(place) ?? '')?.[0]);
  }

  async end(place: number, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#processes.get(place)!;
    this.#processes.delete(place);
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  }

  async close(): Promise<void> {
    await Promise.all([...this.#processes.keys()].map((place) => this.end(place)));
    rmSync(this.folder, { recursive: true, force: true });
  }

  #url(place: number): string {
    return `http://127.0.0.1:${this.#first + place}`;
  }
}
