/**
 * The numbers by which runs are compared: one number each, from the tables of a run's report.
 * docs/reference/compare.md and docs/reference/sweep.md define them.
 */
import type { RunReport } from '../analyze.ts';

/** A number of a run. */
export interface KeyNumber {
  /** For programs. */
  readonly name: string;
  /** The title, without the unit. */
  readonly title: string;
  readonly unit: string;
  /** Digits after the point that are shown. */
  readonly digits: number;
  /** Null where the logs do not tell. */
  value(report: RunReport): number | null;
}

const clock = (
  name: string,
  title: string,
  unit: string,
  digits: number,
  value: KeyNumber['value'],
): KeyNumber => ({ name, title, unit, digits, value });

/** What the clock exercise asks for. */
export const CLOCK_NUMBERS: readonly KeyNumber[] = [
  clock('meanJump', 'jump, mean', '', 2, (run) => mean(machines(run).map(({ meanJump }) => meanJump))),
  clock('maxJump', 'jump, greatest', '', 2, (run) => most(machines(run).map(({ maxJump }) => maxJump))),
  clock('jumpVariance', 'jump, variance', '', 3, (run) =>
    mean(machines(run).map(({ jumpVariance }) => jumpVariance)),
  ),
  clock('slowestMeanJump', 'jump, mean, slowest machine', '', 2, (run) => slowest(run)?.meanJump ?? null),
  clock('gaps', 'gaps per machine', '', 1, (run) => mean(machines(run).map(({ gaps }) => gaps))),
  clock('skipped', 'values left out per machine', '', 1, (run) =>
    mean(machines(run).map(({ skipped }) => skipped)),
  ),
  clock('drift', 'drift, final', '', 1, (run) => most(machines(run).map(({ drift }) => negated(drift)))),
  clock('driftPercent', 'drift, final', '%', 2, (run) =>
    most(machines(run).map(({ driftPercent }) => negated(driftPercent))),
  ),
  clock('meanQueue', 'queue, mean', '', 2, (run) => mean(machines(run).map(({ meanQueue }) => meanQueue))),
  clock('maxQueue', 'queue, greatest', '', 1, (run) => most(machines(run).map(({ maxQueue }) => maxQueue))),
  clock('slowestMeanQueue', 'queue, mean, slowest machine', '', 2, (run) => slowest(run)?.meanQueue ?? null),
];

const ms = (us: number | null | undefined) => (us == null ? null : us / 1000);

/** All of them. */
export const KEY_NUMBERS: readonly KeyNumber[] = [
  { name: 'events', title: 'events', unit: '', digits: 0, value: ({ events }) => events },
  { name: 'duration', title: 'length', unit: 's', digits: 3, value: ({ durationUs }) => durationUs / 1e6 },
  ...CLOCK_NUMBERS,
  {
    name: 'sent',
    title: 'messages sent',
    unit: '',
    digits: 0,
    value: ({ measures }) => total(measures.links.map(({ sent }) => sent)),
  },
  {
    name: 'lostPercent',
    title: 'messages lost',
    unit: '%',
    digits: 2,
    value: ({ measures }) => {
      const sent = total(measures.links.map((link) => link.sent));
      return sent === null || sent === 0
        ? null
        : (100 * total(measures.links.map(({ lost }) => lost))!) / sent;
    },
  },
  {
    name: 'latency',
    title: 'message latency, mean of links',
    unit: 'ms',
    digits: 2,
    value: ({ measures }) => ms(mean(measures.links.map(({ meanUs }) => meanUs))),
  },
  {
    name: 'elections',
    title: 'elections',
    unit: '',
    digits: 0,
    value: ({ measures }) => counted(measures.elections),
  },
  {
    name: 'splitVotes',
    title: 'elections without a winner',
    unit: '',
    digits: 0,
    value: ({ measures }) =>
      counted(measures.elections) && measures.elections.filter(({ split }) => split).length,
  },
  {
    name: 'failover',
    title: 'failover, longest',
    unit: 'ms',
    digits: 1,
    value: ({ measures }) => ms(most(measures.failovers.map(({ tookUs }) => tookUs))),
  },
  {
    name: 'requests',
    title: 'requests made',
    unit: '',
    digits: 0,
    value: ({ measures }) => total(measures.requests.map(({ requests }) => requests)),
  },
  {
    name: 'failed',
    title: 'requests failed or unanswered',
    unit: '',
    digits: 0,
    value: ({ measures }) => total(measures.requests.map(({ failed, unanswered }) => failed + unanswered)),
  },
  {
    name: 'blocked',
    title: 'longest a request was stuck',
    unit: 'ms',
    digits: 1,
    value: ({ measures }) => ms(measures.blocking[0]?.stuckUs),
  },
  {
    name: 'commitP50',
    title: 'commit latency, p50',
    unit: 'ms',
    digits: 2,
    value: (run) => ms(commits(run)?.p50Us),
  },
  {
    name: 'commitP99',
    title: 'commit latency, p99',
    unit: 'ms',
    digits: 2,
    value: (run) => ms(commits(run)?.p99Us),
  },
  {
    name: 'copies',
    title: 'copies when acknowledged, least',
    unit: '',
    digits: 0,
    value: ({ measures }) => measures.copies[0]?.copies ?? null,
  },
];

const machines = ({ measures }: RunReport) => measures.machines;

/** The machine with the lowest rate, the first of several; null if a rate is unknown. */
function slowest(run: RunReport) {
  const rates = machines(run).map(({ rate }) => rate);
  if (rates.length === 0 || rates.includes(null)) return null;
  return machines(run)[rates.indexOf(Math.min(...(rates as number[])))]!;
}

const commits = ({ measures }: RunReport) => measures.commits.find(({ node }) => node === null);

const known = (values: readonly (number | null)[]) => values.filter((value) => value !== null);

function mean(values: readonly (number | null)[]): number | null {
  const rest = known(values);
  return rest.length === 0 ? null : total(rest)! / rest.length;
}

function most(values: readonly (number | null)[]): number | null {
  const rest = known(values);
  return rest.length === 0 ? null : Math.max(...rest);
}

/** The sum; null of nothing. */
function total(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0);
}

/** The count; null if there is nothing, as rows may be missing. */
const counted = (rows: readonly unknown[]) => (rows.length === 0 ? null : rows.length);

/** No minus sign before nothing. */
const negated = (value: number | null) => (value === null ? null : 0 - value);
