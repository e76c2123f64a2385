/**
 * `npm run bench`: measures the simulated host, the checker, what the machine itself can do, and
 * the live host, side by side with etcd where it is installed, in one run, so that ratios hold
 * whatever else the machine is doing. Prints tables and writes `bench.json`.
 * `npm run bench -- --help` has the options.
 */
import { writeFileSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import { NOT_RECORDING, RECORDING, verdicts } from './bars.ts';
import { fdatasyncMs, rawAcknowledgements } from './baseline.ts';
import { appendsSeconds, checkerSeconds, HISTORIES } from './checker.ts';
import type { Cluster, Timeouts } from './cluster.ts';
import { etcdVersion, startEtcd } from './etcd.ts';
import { failovers, TIMEOUTS } from './failover.ts';
import { fullLoad } from './full-load.ts';
import { historiesSeconds } from './histories.ts';
import { environment, type Figure, line } from './measure.ts';
import { addingMembers, type Holding } from './members.ts';
import { restartedMember } from './restarts.ts';
import { searchedStates } from './search.ts';
import { classicTicks, simulatedHour } from './simulated.ts';
import { startSeconds } from './start.ts';
import { startTickraft } from './tickraft.ts';
import { type WriteLoad, writes } from './writes.ts';

const PARTS = [
  ...([
    'simulated',
    'search',
    'checker',
    'machine',
    'writes',
    'failover',
    'load',
    'start',
    'members',
  ] as const),
] as const;

/** A stretch is cut into so many where two clusters that differ little take turns. */
const TURNS = 5;

interface Options {
  readonly short?: boolean;
  readonly alone?: boolean;
  readonly only: readonly string[];
  readonly callers?: readonly number[];
  readonly seconds?: number;
  readonly runs?: number;
  readonly minutes?: number;
  readonly megabytes?: readonly number[];
  readonly entries?: number;
  readonly restarts?: boolean;
  readonly out: string;
}

const options = new Command('bench')
  .option('--short', 'every figure once and briefly: to see that the benchmark itself works')
  .option('--alone', 'without etcd')
  .addOption(new Option('--only <part...>', 'some parts only').choices(PARTS).default(PARTS))
  .option('--callers <n,n>', 'of the writes, these loads only', (text) => text.split(',').map(positive))
  .option('--seconds <s>', 'how long a stretch of writes is', positive)
  .option('--runs <n>', 'how often each figure is measured', positive)
  .option('--minutes <n>', 'how long the full load of `load` is; default: 10', positive)
  .option('--megabytes <n,n>', 'of `members`, the data that there is; default: 1,200', (text) =>
    text.split(',').map(positive),
  )
  .option('--entries <n>', 'of `members`, how far behind the new one is; default: 100000', positive)
  .option('--restarts', 'of `members`, also with both ends killed in the middle, with the most data')
  .option('--out <file>', 'where the figures go as JSON', 'bench.json')
  .parse()
  .opts<Options>();

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('a number above zero is needed');
  return value;
}

const preset = options.short
  ? {
      runs: 1,
      seconds: 0.3,
      classicSeconds: 1_000,
      raftSeconds: 10,
      states: 1_000,
      syncs: 50,
      operations: 500,
      rounds: 1,
      minuteSeconds: 0.3,
      entries: 2_000,
    }
  : {
      runs: 3,
      seconds: 3,
      classicSeconds: 50_000,
      raftSeconds: 3_600,
      states: 500_000,
      syncs: 1_000,
      operations: 10_000,
      rounds: 15,
      minuteSeconds: 60,
      entries: 1_000_000,
    };
const settings = {
  ...preset,
  runs: options.runs ?? preset.runs,
  seconds: options.seconds ?? preset.seconds,
  callers: options.callers ?? (options.short ? [1, 64] : [1, 16, 64, 256, 1000]),
  minutes: options.minutes ?? (options.short ? 2 : 10),
  megabytes: options.megabytes ?? (options.short ? [0.1] : [1, 200]),
  // The short form has one cluster less to start.
  behind: options.entries ?? (options.short ? undefined : 100_000),
  failoverTimeouts: TIMEOUTS,
};
const { runs, seconds } = settings;
const etcd = options.alone ? undefined : etcdVersion();
const figures: Figure[] = [];

function report(title: string, measured: readonly Figure[]): void {
  if (title !== '') console.log(`\n${title}`);
  for (const one of measured) {
    figures.push(one);
    console.log(line(one));
  }
}

async function startClusters(timeouts?: Timeouts): Promise<Cluster[]> {
  const tickraft = await startTickraft(false, timeouts);
  return etcd === undefined ? [tickraft] : [tickraft, await startEtcd(timeouts)];
}

const measure: Record<(typeof PARTS)[number], () => Promise<void>> = {
  async simulated() {
    report('Simulated', [
      await classicTicks(false, settings.classicSeconds, runs),
      await classicTicks(true, settings.classicSeconds, runs),
    ]);
    for (const recording of ['off', 'heard', 'on'] as const) {
      const title = recording === 'off' ? 'Five replicas, 50 ms heartbeats, 20 writes a second' : '';
      report(title, await simulatedHour(recording, settings.raftSeconds, runs));
    }
  },
  async search() {
    report(
      'Search, three Raft machines with a command under way',
      await searchedStates(settings.states, runs),
    );
  },
  async checker() {
    for (const [i, kind] of HISTORIES.entries()) {
      const title = i === 0 ? `Checker, ${settings.operations.toLocaleString('en-US')} operations` : '';
      report(title, [await checkerSeconds(kind, settings.operations, runs)]);
    }
    report('', [await appendsSeconds(runs), await historiesSeconds(runs)]);
  },
  async machine() {
    report('The machine itself', [
      await fdatasyncMs(settings.syncs, runs),
      await rawAcknowledgements(64, seconds, runs),
    ]);
  },
  async writes() {
    const clusters = await startClusters();
    await warmUp(clusters);
    const loads = settings.callers.map((callers): Load => ({ callers, sharing: 'one connection' }));
    const heavy = loads.filter(({ callers }) => callers === 64 || callers === 1000);
    const each = heavy.map((load): Load => ({ ...load, sharing: 'a connection each' }));
    for (const [i, load] of [...loads, ...each].entries()) {
      const title = 'Durable writes of 128 bytes: three members on this machine, each with a disk of its own';
      report(i === 0 ? title : '', await writes(clusters, { ...load, seconds, runs }));
    }
    for (const cluster of clusters) cluster.stop();
    const pair = [
      { ...(await startTickraft(false)), name: NOT_RECORDING },
      { ...(await startTickraft(true)), name: RECORDING },
    ];
    await warmUp(pair);
    // Many short stretches: the difference is smaller than what else the machine does from one
    // moment to the next.
    const turns = { seconds: seconds / TURNS, runs: runs * TURNS };
    report('', await writes(pair, { callers: 64, sharing: 'one connection', ...turns }));
    for (const cluster of pair) cluster.stop();
  },
  async failover() {
    const clusters = await startClusters(TIMEOUTS);
    report(
      'From SIGKILL of the leader to the next write',
      await failovers(clusters, settings.rounds, 'Tickraft'),
    );
    for (const cluster of clusters) cluster.stop();
  },
  async load() {
    const title = `Full load: 256 callers over one connection, ${settings.minutes} minutes`;
    report(title, await fullLoad(settings.minutes, settings.minuteSeconds));
  },
  async start() {
    const { entries } = settings;
    report('A start', [await startSeconds(entries, 1_000, runs), await startSeconds(entries, entries, runs)]);
  },
  async members() {
    const { megabytes, behind } = settings;
    const holdings: Holding[] = megabytes.map((data) => ({ megabytes: data }));
    if (behind !== undefined) holdings.push({ entries: behind });
    for (const [i, holding] of holdings.entries()) {
      const title = i === 0 ? 'A fourth member is added to three, under the load of 16 callers' : '';
      report(title, await addingMembers(holding, seconds, runs));
    }
    if (options.restarts) report('', await restartedMember(Math.max(...megabytes)));
  },
};

/**
 * Servers run for long: what is measured is not what the first seconds after a start are like. What
 * a step does is compiled after some thousands of steps, of which few callers make the most.
 */
async function warmUp(clusters: readonly Cluster[]): Promise<void> {
  for (const callers of [64, 16]) {
    await writes(clusters, { callers, sharing: 'one connection', seconds, runs: 1 });
  }
}

type Load = Pick<WriteLoad, 'callers' | 'sharing'>;

/** How both are driven, for readers of the figures. */
const METHOD = [
  'Tickraft is driven through its client library, etcd by gRPC calls over HTTP/2, both from this one process, stretch about stretch.',
  'One connection: all callers share it, as callers of one program do. A connection each: as that many programs.',
  'Both have served 64 and 16 callers for a while when measuring begins.',
  'Both write to the disk of a majority before they answer; for writes both run with the timeouts they come with.',
];

async function main(): Promise<void> {
  const machine = environment(etcd);
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`);
  console.log(
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.platform}, Node ${machine.node}`,
  );
  console.log(versions.join(', '));
  if (etcd === undefined) {
    console.log(
      options.alone ? 'etcd is left out' : 'etcd is not installed: what is measured beside it is skipped',
    );
  }
  for (const text of METHOD) console.log(text);
  console.log('median (lowest to highest)');
  for (const part of PARTS) if (options.only.includes(part)) await measure[part]();
  const bars = verdicts(figures);
  if (bars.length > 0) console.log('\nBars');
  for (const { value, bar, met } of bars) console.log(`${line(value)}  ${bar}: ${met ? 'met' : 'missed'}`);
  const document = {
    date: new Date().toISOString(),
    environment: machine,
    method: METHOD,
    settings,
    figures,
    bars,
  };
  writeFileSync(options.out, `${JSON.stringify(document, null, 2)}\n`);
  console.log(`\nwritten to ${options.out}`);
}

main().then(
  () => process.exit(0),
  (error: Error) => {
    console.error(`error: ${error.message}`);
    process.exit(1);
  },
);
