/** A cluster of real processes under attack, and the check whether it was harmed. */
import { LiveCluster, type Status, until } from '../support/live-cluster.ts';

/**
 * Ticks a second: an election needs a leader silent for 6 s, so a replica that a busy computer
 * holds up is not taken for harmed.
 */
const RATE = 1;

/** What must be the same after an attack. */
interface ClusterState {
  readonly pids: readonly number[];
  readonly leader: string | undefined;
  readonly term: number;
}

/** A cluster that is attacked. */
export class Target {
  readonly cluster: LiveCluster;
  readonly #takenOver = new Set<string>();
  #before: ClusterState;

  private constructor(cluster: LiveCluster, before: ClusterState) {
    this.cluster = cluster;
    this.#before = before;
  }

  /**
   * Starts replicas, with more flags of `up` if need be, and waits until all of them follow one.
   */
  static async start(replicas = 3, ...flags: string[]): Promise<Target> {
    const cluster = await LiveCluster.start(replicas, '--rate', String(RATE), ...flags);
    await cluster.settled();
    return new Target(cluster, stateOf(await cluster.statuses()));
  }

  /**
   * Kills a replica: from now on it belongs to the attack, and what it does not say counts as no
   * harm.
   */
  async takeOver(id: string): Promise<void> {
    await this.cluster.kill(id);
    await until(() => this.#ended());
    this.#takenOver.add(id);
    await until(() => this.cluster.leader());
    this.#before = stateOf(await this.cluster.statuses());
  }

  /** The ports of the replicas. */
  get ports(): number[] {
    return [...this.cluster.urls.values()].map((url) => Number(new URL(url).port));
  }

  /** The secret that `up` has made. */
  get secretFile(): string {
    return `${this.cluster.folder}/data/secret`;
  }

  /**
   * Waits until all replicas answer, and says what has changed since the start: processes, leader,
   * term, health. An attack that did no harm leaves the list empty.
   */
  async harm(): Promise<string[]> {
    // If the process has ended, the connection is refused at once; a busy one answers eventually.
    const statuses = await until(async () => {
      const all = await this.cluster.statuses();
      return all.length === this.#before.pids.length || this.#ended() !== undefined ? all : undefined;
    });
    const now = stateOf(statuses);
    const before = this.#before;
    const harm = Object.entries(before)
      .filter(([name, value]) => JSON.stringify(now[name as keyof ClusterState]) !== JSON.stringify(value))
      .map(([name, value]) => `${name}: ${value} -> ${now[name as keyof ClusterState]}`);
    const ended = this.#ended();
    if (ended !== undefined) harm.push(ended);
    for (const [id, url] of this.cluster.urls) {
      if (this.#takenOver.has(id)) continue;
      const health = await fetch(`${url}/health`).then(({ status }) => status, String);
      if (health !== 200) harm.push(`${id}: health ${health}`);
    }
    return harm;
  }

  /** Ends the cluster and removes what it left. */
  async stop(): Promise<void> {
    await this.cluster.stop();
    this.cluster.remove();
  }

  #ended(): string | undefined {
    const ends = this.cluster.output.match(/^.* (?:ended with exit code|was ended by) .*$/gm) ?? [];
    return ends.find((line) => ![...this.#takenOver].some((id) => line.includes(`${id} (pid`)));
  }
}

function stateOf(statuses: readonly Status[]): ClusterState {
  const leading = statuses.find(({ role }) => role === 'leader');
  return { pids: statuses.map(({ pid }) => pid), leader: leading?.id, term: leading?.term ?? 0 };
}
