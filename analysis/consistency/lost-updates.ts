/** Changes that were acknowledged, and are lost or were made more than once. */
import { breach, type Finals, firstOf } from './session-guarantees.ts';
import {
  type Breach,
  branches,
  elementOf,
  found,
  isAcknowledged,
  type KeyCall,
  type KeyHistory,
  keyHistories,
  told,
} from './versions.ts';

/**
 * No two acknowledged changes that depend on what they found were made over the same value: one of
 * them would be lost (the lost update of Gray and others 1976). These are appends, and
 * compare-and-set.
 */
export function noLostUpdates(calls: readonly KeyCall[]): Breach | undefined {
  return firstOf(keyHistories(calls), (history) => {
    const over = new Map<string, KeyCall>();
    for (const call of history.calls) {
      const { input } = call;
      if (!isAcknowledged(call) || input.type === 'write') continue;
      const base = input.type === 'cas' ? input.expected : found(call);
      if (base === undefined) continue;
      const text = JSON.stringify(base);
      const other = over.get(text);
      if (other !== undefined)
        return breach(history, [other, call], `${told(other)} and ${told(call)} were both made over ${text}`);
      over.set(text, call);
    }
    return undefined;
  });
}

/** Every acknowledged element of a list is there at the end. */
export function acknowledgedSurvive(calls: readonly KeyCall[], finals: Finals): Breach | undefined {
  return firstOf(keyHistories(calls), (history) => {
    const value = finals.get(history.key);
    const there = value === undefined ? undefined : history.elements(value);
    if (there === undefined) return undefined;
    const kept = new Set(there);
    const lost = history.calls.find((call) => isAcknowledged(call) && !kept.has(elementOf(call)!));
    if (lost === undefined) return undefined;
    return breach(history, [lost], `${told(lost)} was acknowledged, and is not in ${JSON.stringify(value)}`);
  });
}

/**
 * What a register holds at the end was not written before another change of it that was
 * acknowledged.
 */
export function lastWriterStays(calls: readonly KeyCall[], finals: Finals): Breach | undefined {
  return firstOf(keyHistories(calls), (history) => {
    const value = finals.get(history.key);
    if (value === undefined || history.isList) return undefined;
    const later = history.calls.find((call) => {
      const left = isAcknowledged(call) ? history.leftBy(call) : undefined;
      return left !== undefined && history.isOlder(value, left);
    });
    if (later === undefined) return undefined;
    const text = JSON.stringify(value);
    return breach(history, [later], `${text} is there at the end, not the later ${told(later)}`);
  });
}

/** No element is in a list twice. */
export function commandsOnce(calls: readonly KeyCall[]): Breach | undefined {
  return firstOf(keyHistories(calls), (history) => {
    for (const branch of history.isList ? branches(history) : []) {
      const twice = branch.find((element, i) => branch.indexOf(element) < i);
      if (twice !== undefined) return doubled(history, twice);
    }
    return undefined;
  });
}

function doubled(history: KeyHistory, element: string): Breach {
  const shown = history.calls.filter((call) => {
    const value = found(call);
    const parts = value === undefined ? undefined : history.elements(value);
    return elementOf(call) === element || (parts?.filter((one) => one === element).length ?? 0) > 1;
  });
  const by = shown.find((call) => elementOf(call) === element);
  return breach(history, shown.slice(0, 2), `${by === undefined ? element : told(by)} is there twice`);
}
