/** The targets of the benchmark, and whether a run met them. */
import { APPENDS_NAME, checkerName, HISTORIES } from './checker.ts';
import { failoverName } from './failover.ts';
import { DISK_GROWTH_NAME, MEMORY_GROWTH_NAME } from './full-load.ts';
import { HISTORIES_NAME } from './histories.ts';
import { type Figure, figure } from './measure.ts';
import { memberNames } from './members.ts';
import { restartNames } from './restarts.ts';
import { hourName } from './simulated.ts';
import { startName } from './start.ts';
import { processorName, type Sharing, writesName } from './writes.ts';

/** A figure, or its ratio to another one, and what it should be. */
interface Bar {
  readonly name: string;
  readonly of: string;
  readonly over?: string;
  readonly unit?: string;
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** A bar and what this run says of it. */
export interface Verdict {
  readonly name: string;
  readonly value: Figure;
  readonly bar: string;
  readonly met: boolean;
}

/** The names of two clusters that are compared: one without event logs, one with. */
export const NOT_RECORDING = 'Tickraft without logs';
export const RECORDING = 'Tickraft with logs';

const alone = { callers: 1, sharing: 'one connection' } as const;

function overEtcd(callers: number, sharing: Sharing, atLeast: number): Bar {
  return {
    name: `writes over etcd's, ${callers} callers, ${sharing}`,
    of: writesName('Tickraft', { callers, sharing }),
    over: writesName('etcd', { callers, sharing }),
    atLeast,
  };
}

const BARS: readonly Bar[] = [
  overEtcd(16, 'one connection', 3.5),
  overEtcd(64, 'one connection', 5),
  overEtcd(256, 'one connection', 6),
  overEtcd(1000, 'one connection', 7),
  overEtcd(64, 'a connection each', 2.6),
  overEtcd(1000, 'a connection each', 2.8),
  {
    name: "p50 of one caller over etcd's",
    of: `${writesName('Tickraft', alone)}, p50`,
    over: `${writesName('etcd', alone)}, p50`,
    atMost: 0.75,
  },
  {
    name: 'processor time of a write, 1000 callers, one connection',
    of: processorName('Tickraft', { callers: 1000, sharing: 'one connection' }),
    unit: 'us/write',
    atMost: 20,
  },
  {
    name: 'writes with logs over those without, 64 callers',
    of: writesName(RECORDING, { callers: 64, sharing: 'one connection' }),
    over: writesName(NOT_RECORDING, { callers: 64, sharing: 'one connection' }),
    atLeast: 0.9,
  },
  { name: "failover over etcd's", of: failoverName('Tickraft'), over: failoverName('etcd'), atMost: 0.25 },
  { name: hourName('on'), of: hourName('on'), unit: 's', atMost: 10 },
  ...HISTORIES.map((kind) => ({ name: checkerName(kind), of: checkerName(kind), unit: 's', atMost: 1 })),
  { name: APPENDS_NAME, of: APPENDS_NAME, unit: 's', atMost: 1 },
  { name: HISTORIES_NAME, of: HISTORIES_NAME, unit: 's', atMost: 1 },
  { name: 'classic ticks a second', of: 'classic program, recording off', atLeast: 300_000 },
  {
    name: 'writes over raw acknowledgements, 64 callers',
    of: writesName('Tickraft', { callers: 64, sharing: 'one connection' }),
    over: 'raw Socket.IO acknowledgements, 64 callers',
    atLeast: 0.33,
  },
  ...([{ megabytes: 1 }, { megabytes: 200 }, { entries: 100_000 }] as const).flatMap((holding) => {
    const { rate, p99 } = memberNames(holding);
    return [
      { name: rate, of: rate, atLeast: 0.7 },
      { name: p99, of: p99, atMost: 2 },
    ];
  }),
  { name: restartNames(200).sent, of: restartNames(200).sent, atMost: 1.1 },
  { name: restartNames(200).elections, of: restartNames(200).elections, atMost: 0 },
  ...[MEMORY_GROWTH_NAME, DISK_GROWTH_NAME].map((name) => ({ name, of: name, atMost: 1.25 })),
  ...[1_000, 1_000_000].map((keys) => {
    const name = startName(1_000_000, keys);
    return { name, of: name, unit: 's', atMost: 3 };
  }),
  {
    name: 'p50 of one caller over fdatasync',
    of: `${writesName('Tickraft', alone)}, p50`,
    over: 'fdatasync of 256 bytes, p50',
    atMost: 10,
  },
];

/** The verdicts on all bars whose figures were measured. */
export function verdicts(figures: readonly Figure[]): Verdict[] {
  const byName = new Map(figures.map((one) => [one.name, one]));
  return BARS.flatMap(({ name, of, over, unit = '', atLeast, atMost }) => {
    const own = byName.get(of);
    const other = over === undefined ? undefined : byName.get(over);
    if (own === undefined || (over !== undefined && other === undefined)) return [];
    const value = other === undefined ? own : ratio(name, own, other);
    const bar = atLeast === undefined ? `at most ${atMost}` : `at least ${atLeast.toLocaleString('en-US')}`;
    const met = value.median >= (atLeast ?? -Infinity) && value.median <= (atMost ?? Infinity);
    return [{ name, value: { ...value, name, unit }, bar, met }];
  });
}

/** The ratio of the medians; its spread is that of the single stretches' to the other's median. */
function ratio(name: string, own: Figure, other: Figure): Figure {
  const spread = figure(
    name,
    '',
    own.samples.map((sample) => sample / other.median),
  );
  return { ...spread, median: own.median / other.median };
}
