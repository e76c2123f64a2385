/** What a trial cost, in numbers: a line of the table each. */
import { type StaleRead, staleReads } from '../../consistency/stale-reads.ts';
import type { KeyCall } from '../../consistency/versions.ts';
import { average } from '../statistics.ts';
import { IDLE_FROM_US, STORM_FROM_US, WORK_FROM_US } from './draw-trial.ts';
import type { Served } from './trial-client.ts';
import type { TrialWatch } from './watch.ts';

/** A number. */
export interface Cost {
  readonly name: string;
  /** Without the unit. */
  readonly title: string;
  readonly unit: string;
  /** Digits after the point that are shown. */
  readonly digits: number;
  /** Null where a trial does not tell. */
  value(told: TrialNumbers): number | null;
}

/** What a trial tells. Times are virtual microseconds. */
export interface TrialNumbers {
  readonly watch: TrialWatch;
  /** What all clients wanted, and what became of it. */
  readonly served: readonly Served[];
  readonly calls: readonly KeyCall[];
  /** When the trial ended, and how long after the storm all agreed; undefined if they did not. */
  readonly endUs: number;
  readonly agreedAfterUs: number | undefined;
  readonly hasLeaders: boolean;
}

/** A request that is answered within this time counts as served. */
export const IN_TIME_US = 1_000_000;

/** All of them, in the order of the table. */
export const COSTS: readonly Cost[] = [
  {
    name: 'copiesMean',
    title: 'copies on disk when acknowledged, mean',
    unit: '',
    digits: 2,
    value: ({ watch }) => mean(watch.copies),
  },
  {
    name: 'copiesLeast',
    title: 'copies on disk when acknowledged, least',
    unit: '',
    digits: 2,
    value: ({ watch }) => (watch.copies.length === 0 ? null : Math.min(...watch.copies)),
  },
  {
    name: 'blocked',
    title: 'longest a request was stuck',
    unit: 'ms',
    digits: 0,
    value: (told) => most(inStorm(told).map((one) => (one.endedUs ?? told.endUs) - one.wish.dueUs)),
  },
  {
    name: 'failover',
    title: 'failover',
    unit: 'ms',
    digits: 0,
    value: ({ watch }) => ms(mean(watch.failovers)),
  },
  {
    name: 'available',
    title: 'requests answered within 1 s',
    unit: '%',
    digits: 2,
    value: (told) =>
      percent(inStorm(told), (one) => latency(one) !== undefined && latency(one)! <= IN_TIME_US),
  },
  {
    name: 'latency',
    title: 'latency of a change, nothing fails',
    unit: 'ms',
    digits: 2,
    value: ({ served }) =>
      ms(mean(served.filter((one) => !isInStorm(one)).flatMap((one) => latency(one) ?? []))),
  },
  {
    name: 'latencyStorm',
    title: 'latency under faults, median',
    unit: 'ms',
    digits: 2,
    value: (told) => ms(quantile(latencies(told), 0.5)),
  },
  {
    name: 'latencyStormP99',
    title: 'latency under faults, 99th percentile',
    unit: 'ms',
    digits: 0,
    value: (told) => ms(quantile(latencies(told), 0.99)),
  },
  {
    name: 'messages',
    title: 'messages a change',
    unit: '',
    digits: 2,
    value: (told) => perChange(told, 'messages'),
  },
  { name: 'bytes', title: 'bytes a change', unit: '', digits: 0, value: (told) => perChange(told, 'bytes') },
  {
    name: 'idleMessages',
    title: 'messages a second, idle',
    unit: '',
    digits: 1,
    value: ({ watch }) => (watch.idle.messages * 1e6) / (WORK_FROM_US - IDLE_FROM_US),
  },
  {
    name: 'staleReads',
    title: 'reads that were stale',
    unit: '%',
    digits: 2,
    value: ({ calls }) => {
      const reads = calls.filter(
        ({ input, returnedAt }) => input.type === 'read' && returnedAt !== undefined,
      );
      return reads.length === 0 ? null : (100 * staleReads(calls).length) / reads.length;
    },
  },
  {
    name: 'staleAge',
    title: 'age of a stale read, greatest',
    unit: 'ms',
    digits: 0,
    value: ({ calls }) => most(staleReads(calls).map(({ age }: StaleRead) => age)),
  },
  {
    name: 'splitBrain',
    title: 'split brain',
    unit: 's',
    digits: 3,
    value: ({ watch, hasLeaders }) => (hasLeaders ? watch.splitBrain.us / 1e6 : null),
  },
  {
    name: 'agreement',
    title: 'until all agree, once healed',
    unit: 'ms',
    digits: 0,
    value: ({ agreedAfterUs }) => ms(agreedAfterUs ?? null),
  },
];

const ms = (us: number | null) => (us === null ? null : us / 1000);
const mean = (values: readonly number[]) => (values.length === 0 ? null : average(values));
const most = (values: readonly number[]) => (values.length === 0 ? null : Math.max(...values) / 1000);

const isInStorm = ({ wish }: Served) => wish.dueUs >= STORM_FROM_US;
const inStorm = ({ served }: TrialNumbers) => served.filter(isInStorm);
const latencies = (told: TrialNumbers) => inStorm(told).flatMap((one) => latency(one) ?? []);

/** From when it was wanted to the answer; undefined if there was none. */
function latency({ wish, answeredUs }: Served): number | undefined {
  return answeredUs === undefined ? undefined : answeredUs - wish.dueUs;
}

function percent<T>(all: readonly T[], is: (one: T) => boolean): number | null {
  return all.length === 0 ? null : (100 * all.filter(is).length) / all.length;
}

/** The smallest value that so many are not above. */
function quantile(values: readonly number[], part: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? null;
}

/** What is sent while clients work and nothing fails, less what is sent without them. */
function perChange({ watch, served }: TrialNumbers, what: 'messages' | 'bytes'): number | null {
  const changes = served.filter((one) => !isInStorm(one)).length;
  const idle = (watch.idle[what] * (STORM_FROM_US - WORK_FROM_US)) / (WORK_FROM_US - IDLE_FROM_US);
  return changes === 0 ? null : (watch.work[what] - idle) / changes;
}
