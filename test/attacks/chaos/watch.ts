/**
 * Watches the processes of a cluster: which ones ended unexpectedly, and how much memory each took.
 */
import { readFileSync } from 'node:fs';
import type { Majority } from './majority.ts';

const LOOK_MS = 250;

/** Looks at all replicas several times a second until closed. */
export class Watch {
  /** The most memory of a replica that was seen, in MiB, by replica. */
  readonly memoryMiB = new Map<string, number>();
  /** Replicas whose process had ended by itself. */
  readonly ended: string[] = [];
  readonly #pids = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;

  constructor(majority: Majority) {
    this.#timer = setInterval(() => {
      for (const [id, pid] of this.#pids) if (!majority.isDown(id)) this.#look(id, pid);
    }, LOOK_MS);
  }

  /** Looks at process `pid` as replica `id` from now on. */
  learn(id: string, pid: number): void {
    this.#pids.set(id, pid);
  }

  /** The process id of a replica, as it was last learned. */
  pid(id: string): number | undefined {
    return this.#pids.get(id);
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
