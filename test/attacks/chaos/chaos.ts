/**
 * Attacks and faults together: clients write while replicas are killed, stopped and paused, and
 * strangers attack every endpoint. Whether the promises hold is counted, not assumed.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { cp } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { LiveCluster } from '../../support/live-cluster.ts';
import { DiskProbe } from './disk-probe.ts';
import { type FaultCounts, Faults } from './faults.ts';
import { Majority } from './majority.ts';
import { Watch } from './watch.ts';
import { type Kept, SLOW_MS, Writer } from './writer.ts';

const REPLICAS = 5;
const WRITERS = 6;
const ATTACKERS = fileURLToPath(new URL('attackers.ts', import.meta.url));

/** The result of a run. */
export interface ChaosReport {
  readonly seconds: number;
  readonly faults: FaultCounts;
  /** How often each attack was made. */
  readonly attacks: Readonly<Record<string, number>>;
  readonly acknowledged: number;
  readonly uncertain: number;
  /** Answers to writers that were neither an acknowledgement nor "may or may not have happened". */
  readonly refusals: readonly string[];
  /** Over all writers and all replicas. */
  readonly kept: Kept;
  /** Replicas whose process ended by itself. */
  readonly ended: readonly string[];
  /** The most memory of any replica, in MiB. */
  readonly memoryMiB: number;
  /** The longest that a writer waited for an answer while a majority was up, in milliseconds. */
  readonly longestWaitMs: number;
  /** The longest that the disk took to sync another file meanwhile, in milliseconds. */
  readonly longestSyncMs: number;
}

/**
 * Runs for this many seconds. `tell` is called with the progress, a line at a time. `logs`: a
 * folder for the event logs of the replicas, which are removed otherwise.
 */
export async function chaos(
  seconds: number,
  tell: (line: string) => void = () => {},
  logs?: string,
): Promise<ChaosReport> {
  const cluster = await LiveCluster.start(REPLICAS);
  const disk = await DiskProbe.start(cluster.folder);
  const majority = new Majority(REPLICAS);
  const watch = new Watch(majority);
  try {
    for (const { id, pid } of await cluster.statuses()) watch.learn(id, pid);
    const servers = [...cluster.urls.values()];
    const turned = (by: number) => [...servers.slice(by % REPLICAS), ...servers.slice(0, by % REPLICAS)];
    const starting = Array.from({ length: WRITERS }, (_, i) =>
      Writer.start(`writer${i + 1}`, turned(i), majority),
    );
    const writers = await Promise.all(starting);
    for (const writer of writers) writer.onSlow = (name) => void explain(name, cluster, disk, tell);
    const attackers = fork(ATTACKERS, servers, { execArgv: ['--import', 'tsx'] });
    const faults = new Faults(cluster, majority, watch);
    let said = cluster.output.length;
    for (const end = performance.now() + seconds * 1_000; performance.now() < end; ) {
      await pause(Math.min(10_000, Math.max(0, end - performance.now())));
      tell(`${cluster.output.slice(said)}${progress(writers, watch, faults)}`);
      said = cluster.output.length;
    }
    await faults.stop();
    attackers.send('stop');
    const [attacks] = (await once(attackers, 'message')) as [Record<string, number>];
    for (const writer of writers) await writer.stop();
    await cluster.settled();
    const kept = await keptBy(writers, servers);
    for (const writer of writers) writer.close();
    return {
      seconds,
      faults: faults.counts,
      attacks,
      acknowledged: total(writers, ({ acknowledged }) => acknowledged.length),
      uncertain: total(writers, ({ uncertain }) => uncertain.length),
      refusals: writers.flatMap(({ refusals }) => refusals),
      kept,
      ended: watch.ended,
      memoryMiB: Math.round(Math.max(0, ...watch.memoryMiB.values())),
      longestWaitMs: Math.round(Math.max(...writers.map(({ longestWaitMs }) => longestWaitMs))),
      longestSyncMs: Math.round(disk.longestMs),
    };
  } finally {
    watch.close();
    await disk.close();
    await cluster.stop();
    if (logs !== undefined) await cp(cluster.logs, logs, { recursive: true });
    cluster.remove();
  }
}

/** Tells what the replicas and the disk are doing while `writer` waits. */
async function explain(
  writer: string,
  cluster: LiveCluster,
  disk: DiskProbe,
  tell: (line: string) => void,
): Promise<void> {
  const at = new Date().toISOString();
  const syncMs = disk.longest(SLOW_MS);
  const statuses = await cluster.statuses();
  const replicas = statuses.map(
    ({ id, role, term, leader, commit, applied, lastIndex }) =>
      `${id} ${role} of ${leader}, term ${term}, log to ${lastIndex}, commit ${commit}, applied ${applied}`,
  );
  tell([`${at} ${writer} waits; a sync of another file took ${syncMs} ms`, ...replicas].join('\n  '));
}

async function keptBy(writers: readonly Writer[], servers: readonly string[]): Promise<Kept> {
  const all: Kept[] = [];
  for (const url of servers) for (const writer of writers) all.push(await writer.kept(url));
  const sum = (of: keyof Kept) => total(all, (kept) => kept[of]);
  return {
    lost: sum('lost'),
    doubled: sum('doubled'),
    outOfOrder: sum('outOfOrder'),
    foreign: sum('foreign'),
  };
}

function progress(writers: readonly Writer[], watch: Watch, { counts }: Faults): string {
  const acknowledged = total(writers, (writer) => writer.acknowledged.length);
  const wait = Math.max(...writers.map(({ longestWaitMs }) => longestWaitMs));
  const memory = Math.max(0, ...watch.memoryMiB.values());
  const done = Object.entries(counts).map(([fault, count]) => `${fault} ${count}`);
  return [
    `acknowledged ${acknowledged}`,
    ...done,
    `longest wait ${Math.round(wait)} ms`,
    `most memory ${Math.round(memory)} MiB`,
    ...(watch.ended.length > 0 ? [`ENDED ${watch.ended.join(' ')}`] : []),
  ].join(', ');
}

function total<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0);
}
