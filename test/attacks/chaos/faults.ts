/**
 * The faults of replicas: kills, clean stops and pauses of a minority, and sometimes of all at
 * once.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { LiveCluster } from '../../support/live-cluster.ts';
import type { Majority } from './majority.ts';
import type { Watch } from './watch.ts';

/** How often each fault was done. */
export type FaultCounts = Record<'kill' | 'stop' | 'pause' | 'killAll', number>;

/** Injects one fault after the other until stopped; then all is healthy again. */
export class Faults {
  readonly counts: FaultCounts = { kill: 0, stop: 0, pause: 0, killAll: 0 };
  readonly #cluster: LiveCluster;
  readonly #majority: Majority;
  readonly #watch: Watch;
  readonly #ending = new AbortController();
  readonly #done: Promise<void>;

  constructor(cluster: LiveCluster, majority: Majority, watch: Watch) {
    this.#cluster = cluster;
    this.#majority = majority;
    this.#watch = watch;
    this.#done = this.#run();
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#done;
  }

  async #run(): Promise<void> {
    while (await this.#wait(500, 2_500)) {
      if (Math.random() < 0.01) await this.#killAll();
      else await Promise.all(this.#victims().map((id) => this.#hurt(id)));
    }
  }

  /** One replica or two; the leader often. */
  #victims(): string[] {
    const shuffled = [...this.#cluster.urls.keys()].sort(() => Math.random() - 0.5);
    return shuffled.slice(0, Math.min(this.#majority.spare, Math.random() < 0.3 ? 2 : 1));
  }

  async #hurt(id: string): Promise<void> {
    const fault = (['kill', 'stop', 'pause'] as const)[Math.floor(Math.random() * 3)]!;
    this.#majority.down(id);
    const status = await this.#cluster.status(id);
    if (status === undefined) return this.#majority.up(id);
    this.counts[fault]++;
    if (fault === 'pause') {
      process.kill(status.pid, 'SIGSTOP');
      await this.#wait(100, 4_000);
      process.kill(status.pid, 'SIGCONT');
    } else {
      await this.#cluster.kill(id, fault === 'kill' ? 'SIGKILL' : 'SIGTERM', status.pid);
      await this.#wait(100, 4_000);
      await this.#restart(id);
    }
    this.#majority.up(id);
  }

  async #killAll(): Promise<void> {
    this.counts.killAll++;
    const ids = [...this.#cluster.urls.keys()];
    for (const id of ids) this.#majority.down(id);
    await Promise.all(ids.map((id) => this.#cluster.kill(id, 'SIGKILL', this.#watch.pid(id))));
    await Promise.all(ids.map((id) => this.#restart(id)));
    for (const id of ids) this.#majority.up(id);
  }

  async #restart(id: string): Promise<void> {
    this.#watch.learn(id, (await this.#cluster.restart(id)).pid);
  }

  /** Waits for a random time in milliseconds; returns false at once when it is time to stop. */
  async #wait(fromMs: number, toMs: number): Promise<boolean> {
    const ms = fromMs + Math.random() * (toMs - fromMs);
    return pause(ms, true, { signal: this.#ending.signal }).catch(() => false);
  }
}
