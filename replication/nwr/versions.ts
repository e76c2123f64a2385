/**
 * Versions of a key's values: which of two is the later one.
 *
 * Each value has the name of who wrote it, and a number that is greater than all that its writer
 * had seen: a Lamport clock (Lamport 1978). With `siblings` it also has a version vector of what
 * its writer knew (dotted version vectors, Preguiça and others 2010): of two values that did not
 * know of each other both stay. A writer knows all that it has written of the key itself.
 */
import type { Value } from '../../vm/index.ts';
import type { NwrSettings } from './settings.ts';

/** A value of a key. */
export interface Sibling {
  readonly by: string;
  readonly at: number;
  /** What its writer knew: up to which number of each writer. */
  readonly past: Readonly<Record<string, number>>;
  readonly value: Value;
  /** The key was deleted: a tombstone, since an absent key would be taken for an old copy. */
  readonly gone?: true | undefined;
}

/** All that a copy has of a key: one value, or several that did not know of each other. */
export type Versions = readonly Sibling[];

type Conflicts = NwrSettings['conflicts'];

/** Both copies in one: the same, whichever comes first. */
export function merge(a: Versions, b: Versions, conflicts: Conflicts): Versions {
  const all = [...a, ...b.filter((one) => !a.some((other) => isSame(one, other)))].sort(byAge);
  if (conflicts === 'last-writer') return all.slice(-1);
  return all.filter((one) => !all.some((other) => (other.past[one.by] ?? 0) >= one.at));
}

function isSame(a: Sibling, b: Sibling): boolean {
  return a.by === b.by && a.at === b.at;
}

function byAge(a: Sibling, b: Sibling): number {
  return a.at - b.at || (a.by < b.by ? -1 : 1);
}

/** What the version vector of a value says that is written over these. */
export function pastOf(versions: Versions): Record<string, number> {
  const past: Record<string, number> = {};
  const raise = (by: string, at: number) => {
    past[by] = Math.max(past[by] ?? 0, at);
  };
  for (const one of versions) {
    for (const by in one.past) raise(by, one.past[by]!);
    raise(one.by, one.at);
  }
  return past;
}

/** The greatest number among them. */
export function latest(versions: Versions): number {
  return Math.max(0, ...versions.map(({ at }) => at));
}

/** What a state machine sees: the value, or `{ siblings }` where there are several. */
export function visible(versions: Versions): Value | undefined {
  const values = versions.filter(({ gone }) => gone === undefined).map(({ value }) => value);
  return values.length > 1 ? { siblings: values } : values[0];
}

/** A short text that is equal for equal versions: what machines compare. */
export function nameOf(versions: Versions): string {
  return versions.map(({ by, at }) => `${by}:${at}`).join(',');
}
