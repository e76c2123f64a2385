/**
 * The guarantees of a client session (Terry, Demers, Petersen, Spreitzer, Theimer and Welch,
 * "Session Guarantees for Weakly Consistent Replicated Data", 1994): what one client sees of what
 * it has done and seen itself, whichever replica it asks. Operations of one client that overlap are
 * in no order.
 */
import type { Value } from '../../vm/index.ts';
import {
  type Breach,
  branches,
  elementOf,
  found,
  isAcknowledged,
  isBefore,
  type KeyCall,
  type KeyHistory,
  keyHistories,
  told,
} from './versions.ts';

/** Values at the end, by key. */
export type Finals = ReadonlyMap<string, Value>;

/** A client finds the change that it was told is done, or a later value. */
export function readYourWrites(calls: readonly KeyCall[]): Breach | undefined {
  return firstOf(keyHistories(calls), (history) =>
    sessions(history, (own, call) => {
      const value = found(call);
      const write = own.findLast((one) => isAcknowledged(one) && isBefore(one, call));
      const left = write && history.leftBy(write);
      if (value === undefined || left === undefined || !history.isOlder(value, left)) return undefined;
      return breach(
        history,
        [write!, call],
        `${told(call)} found ${JSON.stringify(value)} after ${told(write!)} was acknowledged`,
      );
    }),
  );
}

/** What a client finds is never older than what it found before. */
export function monotonicReads(calls: readonly KeyCall[]): Breach | undefined {
  return firstOf(keyHistories(calls), (history) =>
    sessions(history, (own, call) => {
      const value = found(call);
      const before = own.findLast((one) => found(one) !== undefined && isBefore(one, call));
      const seen = before && found(before);
      if (value === undefined || seen === undefined || !history.isOlder(value, seen)) return undefined;
      return breach(
        history,
        [before!, call],
        `${told(call)} found ${JSON.stringify(value)}, having found ${JSON.stringify(seen)} before`,
      );
    }),
  );
}

/**
 * Nobody finds the changes of a client in another order than it made them: its appends in a list;
 * and at the end its last value of a register, not an earlier one of its own.
 */
export function monotonicWrites(calls: readonly KeyCall[], finals: Finals = new Map()): Breach | undefined {
  return firstOf(keyHistories(calls), (history) =>
    history.isList ? swappedAppends(history) : earlierFinal(history, finals),
  );
}

function swappedAppends(history: KeyHistory): Breach | undefined {
  const writes = new Map<string, KeyCall>();
  for (const call of history.calls) {
    const element = elementOf(call);
    if (element !== undefined && isAcknowledged(call)) writes.set(element, call);
  }
  for (const branch of branches(history)) {
    const last = new Map<string, KeyCall>();
    for (const element of branch) {
      const call = writes.get(element);
      if (call === undefined) continue;
      const before = last.get(call.client);
      if (before !== undefined && isBefore(call, before))
        return breach(history, [call, before], `${told(call)} stands after the later ${told(before)}`);
      last.set(call.client, call);
    }
  }
  return undefined;
}

function earlierFinal(history: KeyHistory, finals: Finals): Breach | undefined {
  const value = finals.get(history.key);
  if (value === undefined || value === null) return undefined;
  const text = JSON.stringify(value);
  const writes = history.calls.filter(isAcknowledged);
  const writer = writes.find((call) => JSON.stringify(history.leftBy(call)) === text);
  const later = writer && writes.find((call) => call.client === writer.client && isBefore(writer, call));
  if (later === undefined) return undefined;
  return breach(history, [writer!, later], `${text} is there at the end, not the later ${told(later)}`);
}

/** Looks at each call of each client, with those that the client had made before. */
function sessions(
  { calls }: KeyHistory,
  look: (own: readonly KeyCall[], call: KeyCall) => Breach | undefined,
): Breach | undefined {
  const byClient = new Map<string, KeyCall[]>();
  for (const call of calls) {
    const own = byClient.get(call.client) ?? [];
    const broken = look(own, call);
    if (broken !== undefined) return broken;
    own.push(call);
    byClient.set(call.client, own);
  }
  return undefined;
}

/** The first breach among the keys. */
export function firstOf(
  histories: readonly KeyHistory[],
  look: (history: KeyHistory) => Breach | undefined,
): Breach | undefined {
  for (const history of histories) {
    const broken = look(history);
    if (broken !== undefined) return broken;
  }
  return undefined;
}

/** A breach that these operations show. */
export function breach({ key }: KeyHistory, operations: readonly KeyCall[], message: string): Breach {
  return { key, message, operations: [...operations].sort((a, b) => a.calledAt - b.calledAt) };
}
