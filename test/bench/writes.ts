/**
 * Durable writes per second: callers that each write, wait for the acknowledgement and write again.
 */
import { performance } from 'node:perf_hooks';
import type { Cluster, Connection } from './cluster.ts';
import { type Figure, figure, quantile } from './measure.ts';

/**
 * All callers over one connection, as one program; or a connection for each, as that many programs.
 */
export type Sharing = 'one connection' | 'a connection each';

/** What is measured, and how long. */
export interface WriteLoad {
  readonly callers: number;
  readonly sharing: Sharing;
  readonly seconds: number;
  readonly runs: number;
}

const VALUE = 'v'.repeat(128);
/** Connections that are opened at once. */
const OPENING = 25;

/** One stretch of a load. Times in milliseconds. */
interface Stretch {
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
  /** How much of one core this process used meanwhile. */
  readonly cpu: number;
  /** Processor time of all processes for a write, in microseconds. */
  readonly cpuPerWrite: number;
}

/**
 * The figures of every cluster under the same load, stretch about stretch: `runs` of each, after
 * one that warms up.
 */
export async function writes(clusters: readonly Cluster[], load: WriteLoad): Promise<Figure[]> {
  const sides: { cluster: Cluster; connections: Connection[]; stretches: Stretch[] }[] = [];
  for (const cluster of clusters) {
    sides.push({ cluster, connections: await connectAll(cluster, load), stretches: [] });
  }
  for (let run = 0; run <= load.runs; run++) {
    for (const { cluster, connections, stretches } of sides) {
      const one = await stretch(cluster, connections, load);
      if (run > 0) stretches.push(one);
    }
  }
  for (const { connections } of sides) for (const connection of connections) connection.close();
  return sides.flatMap(({ cluster, stretches }) => {
    const name = writesName(cluster.name, load);
    return [
      figure(
        name,
        '/s',
        stretches.map(({ rate }) => rate),
      ),
      figure(
        `${name}, p50`,
        'ms',
        stretches.map(({ p50 }) => p50),
      ),
      figure(
        `${name}, p99`,
        'ms',
        stretches.map(({ p99 }) => p99),
      ),
      figure(
        `${name}, load generator`,
        'of a core',
        stretches.map(({ cpu }) => cpu),
      ),
      figure(
        processorName(cluster.name, load),
        'us/write',
        stretches.map(({ cpuPerWrite }) => cpuPerWrite),
      ),
    ];
  });
}

/** The name of a figure. */
export function writesName(
  cluster: string,
  { callers, sharing }: Pick<WriteLoad, 'callers' | 'sharing'>,
): string {
  return `${cluster} writes, ${callers} caller${callers === 1 ? '' : `s, ${sharing}`}`;
}

/** The name of the figure of processor time: of the members and of this process. */
export function processorName(cluster: string, load: Pick<WriteLoad, 'callers' | 'sharing'>): string {
  return `${writesName(cluster, load)}, processor time`;
}

/** Connections to the leader. */
async function connectAll(cluster: Cluster, { callers, sharing }: WriteLoad): Promise<Connection[]> {
  const leader = await cluster.settled();
  const count = sharing === 'one connection' ? 1 : callers;
  const connections: Connection[] = [];
  while (connections.length < count) {
    const portion = Math.min(OPENING, count - connections.length);
    connections.push(...(await Promise.all(Array.from({ length: portion }, () => cluster.connect(leader)))));
  }
  return connections;
}

async function stretch(
  cluster: Cluster,
  connections: readonly Connection[],
  { callers, seconds }: WriteLoad,
): Promise<Stretch> {
  const times: number[] = [];
  const cpuBefore = process.cpuUsage();
  const membersBefore = cluster.processorSeconds();
  const start = performance.now();
  const end = start + seconds * 1000;
  const caller = async (number: number) => {
    const connection = connections[number % connections.length]!;
    for (let before = performance.now(); before < end; ) {
      await connection.put(`key${number}`, VALUE);
      const now = performance.now();
      times.push(now - before);
      before = now;
    }
  };
  await Promise.all(Array.from({ length: callers }, (_, number) => caller(number)));
  const took = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  const members = cluster.processorSeconds() - membersBefore;
  const own = (user + system) / 1e6;
  return {
    rate: times.length / took,
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    cpu: own / took,
    cpuPerWrite: (1e6 * (own + members)) / times.length,
  };
}
