/**
 * Replicas as processes of this computer. They go on when this process ends: the next leader may be
 * another process. So each start has a record in a directory that all provisioners of the cluster
 * on this computer share, and which is made before the process is.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { reason } from '../../../vm/index.ts';
import { makeFolders } from '../../../vm/live/disk/index.ts';
import { startOf } from '../../../vm/live/process/index.ts';
import { checkSpec, type Provisioned, type Provisioner, type ReplicaSpec } from './provisioner.ts';

/** Options of a local provisioner. */
export interface LocalOptions {
  /** Where it keeps its records. */
  readonly directory: string;
  /** The program that runs a replica, its arguments, and where the replica will be reached. */
  readonly command: (spec: ReplicaSpec) => LocalCommand | Promise<LocalCommand>;
}

/** A program that runs a replica. */
export interface LocalCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly url?: string | undefined;
}

/** How long a replica may take to end cleanly, and how often that is looked at, in milliseconds. */
const STOP_MS = 8_000;
const LOOK_MS = 25;

const processSchema = z.object({ pid: z.int(), startOf: z.string() });
type Process = z.infer<typeof processSchema>;

/** A start: who began it, and the process once there is one. */
const recordSchema = z.object({
  plan: z.string(),
  id: z.string(),
  zone: z.string().optional(),
  by: processSchema,
  process: processSchema.optional(),
  url: z.string().optional(),
});
type Record = z.infer<typeof recordSchema>;

/** Starts processes of this computer. */
export class LocalProvisioner implements Provisioner {
  readonly #options: LocalOptions;

  constructor(options: LocalOptions) {
    this.#options = options;
  }

  async start(spec: ReplicaSpec): Promise<void> {
    checkSpec(spec);
    const { plan, id, zone } = spec;
    const by = { pid: process.pid, startOf: startOf(process.pid)! };
    const record: Record = { plan, id, by, ...(zone !== undefined && { zone }) };
    makeFolders(this.#options.directory);
    if (!this.#claim(record)) return;
    try {
      const { program, args, url } = await this.#options.command(spec);
      const child = spawn(program, args, { detached: true, stdio: 'ignore' });
      await once(child, 'spawn');
      child.unref();
      // One that has ended already has no start any more.
      const started = { pid: child.pid!, startOf: startOf(child.pid!) ?? 'ended' };
      this.#write({ ...record, process: started, ...(url !== undefined && { url }) });
    } catch (error) {
      rmSync(this.#file(plan), { force: true });
      throw new Error(`cannot start ${id}: ${reason(error)}`, { cause: error });
    }
  }

  async stop(id: string): Promise<void> {
    const running = this.#records().flatMap(({ id: own, process: one }) =>
      own === id && one !== undefined && isRunning(one) ? [one] : [],
    );
    await Promise.all(running.map(stopOne));
  }

  async list(): Promise<readonly Provisioned[]> {
    return this.#records().map(({ plan, id, process: one, url }) => ({
      ...{ plan, id, isRunning: one !== undefined && isRunning(one) },
      ...(url !== undefined && { url }),
    }));
  }

  /**
   * Makes the record of a start. False if there is one: the process was started, or is being
   * started by somebody who lives. One who died before there was a process leaves the start to
   * others. Should two of those take it at once, the data directory admits one of their processes.
   */
  #claim(record: Record): boolean {
    try {
      writeFileSync(this.#file(record.plan), JSON.stringify(record), { flag: 'wx', mode: 0o600 });
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const found = this.#read(record.plan);
    if (found !== undefined && (found.process !== undefined || isRunning(found.by))) return false;
    this.#write(record);
    return true;
  }

  #records(): Record[] {
    let names: string[];
    try {
      names = readdirSync(this.#options.directory);
    } catch {
      return [];
    }
    const plans = names.flatMap((name) => (name.endsWith('.json') ? [name.slice(0, -'.json'.length)] : []));
    return plans.sort().flatMap((plan) => this.#read(plan) ?? []);
  }

  /** Undefined if it is gone, or was not written to its end. */
  #read(plan: string): Record | undefined {
    try {
      return recordSchema.safeParse(JSON.parse(readFileSync(this.#file(plan), 'utf8'))).data;
    } catch {
      return undefined;
    }
  }

  #write(record: Record): void {
    const file = this.#file(record.plan);
    writeFileSync(`${file}.new`, JSON.stringify(record), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }

  #file(plan: string): string {
    return join(this.#options.directory, `${plan}.json`);
  }
}

/** Whether the process is alive, and no other that has got its number. */
function isRunning({ pid, startOf: start }: Process): boolean {
  return startOf(pid) === start;
}

async function stopOne(one: Process): Promise<void> {
  signal(one, 'SIGTERM');
  const deadline = performance.now() + STOP_MS;
  while (isRunning(one)) {
    if (performance.now() > deadline) signal(one, 'SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

function signal(one: Process, name: NodeJS.Signals): void {
  try {
    if (isRunning(one)) process.kill(one.pid, name);
  } catch {
    // It has ended meanwhile.
  }
}
