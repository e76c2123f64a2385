/**
 * The order of a history. That of the lines is Jepsen's; other recorders write an operation when it
 * has ended, both its events at once, and then only `:time` says what overlapped. Where the two
 * disagree, nobody can see which of them is meant.
 */
import type { Call } from './calls.ts';

/** What decides the order. */
export const ORDERS = ['lines', 'time'] as const;

export type HistoryOrder = (typeof ORDERS)[number];

/** The calls at their times. Undefined: some event has none. */
export function atTheirTimes(calls: readonly Call[]): readonly Call[] | undefined {
  const timed: Call[] = [];
  for (const { invoke, end } of calls) {
    if (invoke.time === undefined || (end !== undefined && end.time === undefined)) return undefined;
    timed.push({ invoke, end, at: invoke.time, endAt: end?.time });
  }
  return timed;
}

/**
 * The line of the first call that stands behind the end of an operation which, by the times, ended
 * only later. Undefined: there is none.
 */
export function disagreement(calls: readonly Call[]): number | undefined {
  const events = calls.flatMap(({ invoke, end, at, endAt }) => [
    { ...invoke, at },
    ...(end === undefined ? [] : [{ ...end, at: endAt! }]),
  ]);
  events.sort((a, b) => a.at - b.at);
  let latestEnd = Number.NEGATIVE_INFINITY;
  for (const { line, type, time } of events) {
    if (time === undefined) return undefined;
    if (type !== 'invoke') latestEnd = Math.max(latestEnd, time);
    else if (time < latestEnd) return line;
  }
  return undefined;
}
