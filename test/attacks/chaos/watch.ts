/** Watches the processes of a cluster: who ended without our doing, and how much memory each took. */
import { readFileSync } from 'node:fs';
import type { LiveCluster } from '../../support/live-cluster.ts';
import type { Majority } from './majority.ts';

const LOOK_MS = 250;

/** Looks at all replicas several times a second until closed. */
export class Watch {
  /** The most memory of a replica that was seen, in MiB, by replica. */
  readonly memoryMiB = new Map<string, number>();
  /** Replicas whose process was gone though nobody here had ended it. */
  readonly ended: string[] = [];
  readonly #pids = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;

  constructor(majority: Majority) {
    this.#timer = setInterval(() => {
      for (const [id, pid] of this.#pids) if (!majority.isDown(id)) this.#look(id, pid);
    }, LOOK_MS);
  }

  /** Learns the process ids of all replicas that answer. */
  async learn(cluster: LiveCluster): Promise<void> {
    for (const { id, pid } of await cluster.statuses()) this.#pids.set(id, pid);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(id: string, pid: number): void {
    if (isAlive(pid)) this.memoryMiB.set(id, Math.max(this.memoryMiB.get(id) ?? 0, residentMiB(pid)));
    else {
      this.#pids.delete(id);
      this.ended.push(id);
    }
  }
}

/** Memory of a process that is in use, in MiB; 0 where the system does not tell. */
function residentMiB(pid: number): number {
  try {
    return Number(/VmRSS:[ \t]+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
