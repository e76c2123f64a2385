/**
 * Runs the clock exercise live: each machine is a process of its own (`machine.ts`) with a clock in
 * real time, and messages travel over sockets of this computer.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createRun, finishRun, LogError, reason, startedFile } from '../../logs/index.ts';
import type { ClockSettings, NodeId } from '../../vm/index.ts';
import type { Member } from '../../vm/live/index.ts';
import { onEndSignal } from '../../vm/live/process/index.ts';
import type { DieSettings } from '../../vm/programs/index.ts';
import { type ClocksRun, clocksManifest } from './clocks.ts';

/** What the process of a machine is to run. */
export interface MachineOrder {
  readonly dir: string;
  readonly self: NodeId;
  /** All machines, this one included. */
  readonly members: readonly Member[];
  readonly cluster: string;
  readonly ticksPerSecond: number;
  readonly seed: number;
  readonly clock: ClockSettings;
  readonly die: DieSettings;
}

/** The messages to the process of a machine and from it. `rows`: how many it has written. */
export type ToMachine = { readonly type: 'begin'; readonly order: MachineOrder } | { readonly type: 'end' };
export type FromMachine =
  | { readonly type: 'listening'; readonly port: number }
  | { readonly type: 'ended'; readonly rows: number };

/** What runs in the process of a machine. */
const MACHINE = fileURLToPath(startedFile('analysis/clocks/machine.ts', 'cli/machine.js'));
/**
 * How often progress is reported, and how long a machine may take to end before it is killed, in
 * milliseconds.
 */
const PROGRESS_MS = 100;
const END_MS = 5_000;

/**
 * Runs `run` in real time into the new folder `parent/run.name`. Returns the number of rows.
 * `onProgress` is called with the seconds so far. Throws a `LogError` if the folder cannot be
 * written, a machine fails, or the run is interrupted; no process is left behind.
 */
export async function runLive(
  parent: string,
  run: ClocksRun,
  onProgress: (seconds: number) => void,
): Promise<number> {
  const dir = join(parent, run.name);
  createRun(dir, clocksManifest(run, 'live'));
  const over = new AbortController();
  const interrupt = () => over.abort(new LogError(`interrupted; what was written so far is in ${dir}`));
  const machines = run.machines.map(({ id }) => new MachineProcess(id));
  const ignoreSignals = onEndSignal(interrupt, () => machines.forEach((machine) => void machine.kill()));
  for (const { ended } of machines) ended.catch((error) => over.abort(error));
  try {
    const ports = await Promise.all(machines.map(({ listening }) => listening));
    for (const [i, order] of orders(dir, run, ports).entries()) machines[i]!.tell({ type: 'begin', order });
    await wait(run.seconds, onProgress, over.signal);
    const rows = await Promise.all(machines.map((machine) => machine.end()));
    finishRun(dir);
    return rows.reduce((sum, count) => sum + count, 0);
  } catch (error) {
    throw over.signal.aborted ? over.signal.reason : error;
  } finally {
    await Promise.allSettled(machines.map((machine) => machine.end()));
    ignoreSignals();
  }
}

/** The order to each machine, given the ports on which they listen. */
function orders(dir: string, run: ClocksRun, ports: readonly number[]): MachineOrder[] {
  const { seed, clock, die } = run;
  const cluster = `clocks-${randomUUID()}`;
  const members = run.machines.map(({ id }, i) => ({ id, url: `http://127.0.0.1:${ports[i]}` }));
  return run.machines.map(({ id, ticksPerSecond }) => {
    return { dir, self: id, members, cluster, ticksPerSecond, seed, clock, die };
  });
}

/** Waits in real time, reporting progress. Throws the signal's reason if it comes first. */
async function wait(
  seconds: number,
  onProgress: (seconds: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const begin = performance.now();
  for (let passed = 0; passed < seconds * 1000; passed = performance.now() - begin) {
    onProgress(Math.floor(passed / 1000));
    await setTimeout(Math.min(PROGRESS_MS, seconds * 1000 - passed), undefined, { signal }).catch(() => {});
    signal.throwIfAborted();
  }
}

/** The process of one machine. */
class MachineProcess {
  /** The port on which it listens. Rejects as `ended` does. */
  readonly listening: Promise<number>;
  /** The rows it wrote. Rejects with a `LogError` if it ends without being asked to. */
  readonly ended: Promise<number>;
  readonly #child: ChildProcess;
  #asked = false;

  constructor(id: NodeId) {
    this.#child = fork(MACHINE);
    let rows = 0;
    this.ended = new Promise((resolve, reject) => {
      this.#child.on('error', (error) => reject(new LogError(`cannot start ${id}: ${reason(error)}`)));
      this.#child.on('exit', (code, signal) => {
        if (this.#asked && code === 0) resolve(rows);
        else reject(new LogError(`${id} ended early (${signal ?? `exit code ${code}`})`));
      });
    });
    this.listening = new Promise((resolve, reject) => {
      this.ended.catch(reject);
      this.#child.on('message', (message: FromMachine) => {
        if (message.type === 'listening') resolve(message.port);
        else rows = message.rows;
      });
    });
  }

  tell(message: ToMachine): void {
    // A process that has ended receives nothing; `ended` reports it.
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** Asks it to end, and waits until it has. */
  async end(): Promise<number> {
    this.#asked = true;
    this.tell({ type: 'end' });
    const timer = globalThis.setTimeout(() => this.kill(), END_MS);
    try {
      return await this.ended;
    } finally {
      clearTimeout(timer);
    }
  }
}
