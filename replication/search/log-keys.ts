/** The logs of machines entry by entry, each entry kept once, and what a step may do to a log. */

import { checkOrder, checkRestart, LOGGED } from '../invariants/order.ts';
import type { Report } from '../invariants/violations.ts';
import type { ConfigurationView } from '../members.ts';
import type { Protocol, ReplicaView } from '../protocol.ts';
import { type Fingerprint, fingerprint } from './fingerprint.ts';

/** An entry: two logs that have the same entry at an index have the same object. */
export interface EntryKey extends Fingerprint {
  readonly index: number;
  readonly term: number;
  readonly content: unknown;
  readonly configuration: ConfigurationView | undefined;
}

/** All entries of a search. */
export class LogKeys {
  readonly #protocol: Protocol<unknown, unknown>;
  readonly #known = new Map<string, EntryKey>();

  constructor(protocol: Protocol<unknown, unknown>) {
    this.#protocol = protocol;
  }

  /** The entries in the memory of a replica, oldest first. */
  of(state: unknown, { baseIndex, lastIndex }: ReplicaView): EntryKey[] {
    return Array.from({ length: lastIndex - baseIndex }, (_, i) => this.#entry(state, baseIndex + 1 + i));
  }

  #entry(state: unknown, index: number): EntryKey {
    const entry = this.#protocol.entry(state, index);
    const { term = 0, content, configuration } = entry ?? {};
    const text = `${index} ${term} ${JSON.stringify(content)}`;
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const key = { index, term, content, configuration, ...fingerprint(text) };
    this.#known.set(text, key);
    return key;
  }
}

/** What of a machine's state these checks look at. */
interface Looked {
  readonly view: ReplicaView;
  readonly log: readonly EntryKey[];
}

/** The entry of a log at an index, as far as it is in memory. */
export function entryAt({ view, log }: Looked, index: number): EntryKey | undefined {
  return log[index - view.baseIndex - 1];
}

/** Whether it led the same term before. */
export function leads(before: ReplicaView, view: ReplicaView): boolean {
  return before.role === view.role && before.term === view.term;
}

/** What a report says, in one line. */
export function wordsOf(...[invariant, index, message]: Parameters<Report>): string {
  return `${invariant}${index === undefined ? '' : ` (index ${index})`}: ${message}`;
}

/**
 * What is wrong with a step whatever the other machines do, and whether these, or the checks of the
 * run, have to know of it.
 */
export function compareSteps(
  { guarantees: { durable }, leaderRole }: Protocol<unknown, unknown>,
  before: Looked,
  after: Looked,
  isBoot: boolean,
): { readonly wrong: string | undefined; readonly isSeen: boolean } {
  let wrong: string | undefined;
  const report: Report = (...told) => {
    wrong ??= wordsOf(...told);
  };
  const [old, view] = [before.view, after.view];
  const same = lastSame(before, after);
  if (isBoot) {
    if (durable && view.recovery === 'normal') checkRestart(old, [...LOGGED, 'applied'], view, report);
  } else if (old !== view) {
    checkOrder(old, view, durable, report);
    if (durable && same < Math.min(old.commit, view.lastIndex)) {
      report('committed-never-changes', same + 1, `cut after ${same}, though ${old.commit} was committed`);
    }
    if (view.role === leaderRole && leads(old, view) && same < old.lastIndex)
      report('leader-append-only', same + 1, `the leader changed its own log after ${same}`);
  }
  checkConfiguration(after, report);
  const isSeen =
    isBoot ||
    same < view.lastIndex ||
    same < old.lastIndex ||
    WATCHED.some((name) => old[name] !== view[name]) ||
    old.configuration?.index !== view.configuration?.index;
  return { wrong, isSeen };
}

const WATCHED = ['role', 'term', 'votedFor', 'commit', 'applied', 'baseIndex'] as const;

/** The last index up to which two logs are the same, as far as both have it in memory. */
function lastSame(one: Looked, other: Looked): number {
  const last = Math.min(one.view.lastIndex, other.view.lastIndex);
  const first = Math.max(one.view.baseIndex, other.view.baseIndex);
  let same = last;
  while (same > first && entryAt(one, same) !== entryAt(other, same)) same--;
  return Math.max(same, Math.min(first, last));
}

function checkConfiguration({ view, log }: Looked, report: Report): void {
  const { configuration, baseIndex } = view;
  if (configuration === undefined) return;
  const last = log.findLast((entry) => entry.configuration !== undefined);
  if (last === undefined ? configuration.index <= baseIndex : configuration.index === last.index) return;
  report(
    'counts-by-its-log',
    configuration.index,
    `the last configuration in its log is that of entry ${last?.index ?? baseIndex}`,
  );
}
