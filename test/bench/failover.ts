/** Failover: from the SIGKILL of a leader to the acknowledgement of a write that began after it. */
import { performance } from 'node:perf_hooks';
import { type Cluster, type Connection, MEMBERS, type Timeouts } from './cluster.ts';
import { type Figure, figure } from './measure.ts';

/** etcd's two settings at the low end that it recommends for a fast network. */
export const TIMEOUTS: Timeouts = { heartbeatMs: 30, electionMs: 150 };
/**
 * A new write begins this often, whatever became of those before it: a write that met the dead
 * leader is of no help.
 */
const PROBE_MS = 2;
const TIMEOUT_MS = 30_000;

/**
 * The figures of every cluster, `rounds` of each, in turns. Writes begin over connections to the
 * survivors that were open before; a second figure, where `libraryOf` names a cluster, is that of a
 * connection to the leader itself, which has to notice and find the way.
 */
export async function failovers(
  clusters: readonly Cluster[],
  rounds: number,
  libraryOf: string,
): Promise<Figure[]> {
  const samples = new Map<string, number[]>();
  const note = (name: string, ms: number) => samples.set(name, [...(samples.get(name) ?? []), ms]);
  for (let round = 0; round < rounds; round++) {
    for (const cluster of clusters) {
      const leader = await cluster.settled();
      const survivors = MEMBERS.filter((member) => member !== leader);
      note(failoverName(cluster.name), await oneFailover(cluster, leader, survivors));
      if (cluster.name !== libraryOf) continue;
      const next = await cluster.settled();
      note(`${failoverName(cluster.name)}, client of the leader`, await oneFailover(cluster, next, [next]));
    }
  }
  return [...samples].map(([name, own]) => figure(name, 'ms', own));
}

/** The name of a figure. */
export function failoverName(cluster: string): string {
  return `${cluster} failover, ${TIMEOUTS.heartbeatMs} and ${TIMEOUTS.electionMs} ms`;
}

/**
 * Kills the leader; returns the milliseconds until a write is acknowledged over one of the
 * connections. Starts it again.
 */
async function oneFailover(cluster: Cluster, leader: number, members: readonly number[]): Promise<number> {
  const connections = await Promise.all(members.map((member) => cluster.connect(member)));
  // The way is known: whatever a first call sets up is set up.
  for (const connection of connections) await connection.put('failover', 'before');
  const killedAt = performance.now();
  cluster.kill(leader);
  try {
    return (await firstAcknowledged(cluster.name, connections)) - killedAt;
  } finally {
    for (const connection of connections) connection.close();
    await cluster.start(leader);
  }
}

/** When the first of many writes was acknowledged. */
function firstAcknowledged(name: string, connections: readonly Connection[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = () => {
      for (const connection of connections) connection.put('failover', 'after').then(finish, () => {});
    };
    const probes = setInterval(probe, PROBE_MS);
    const timeout = setTimeout(() => {
      clearInterval(probes);
      reject(
        new Error(`${name}: no write was acknowledged in ${TIMEOUT_MS / 1000} s after the leader's death`),
      );
    }, TIMEOUT_MS);
    const finish = () => {
      const now = performance.now();
      clearInterval(probes);
      clearTimeout(timeout);
      resolve(now);
    };
    probe();
  });
}
