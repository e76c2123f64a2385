/**
 * All log entries that a run has ever seen, each with a link to the one before it.
 *
 * While log matching holds, two logs that share an entry share all before it: comparing one pair of
 * entries compares two whole logs, and following a log costs only what has changed at its end.
 */
import type { ConfigurationView } from '../members.ts';
import type { Protocol, ReplicaView } from '../protocol.ts';
import type { Report } from './violations.ts';

/**
 * An entry that some log holds or held. Two logs that are equal up to an index hold the same object
 * there.
 */
export interface KnownEntry {
  readonly index: number;
  readonly term: number;
  readonly content: unknown;
  /** The members from it on, if it says who they are. */
  readonly configuration: ConfigurationView | undefined;
  readonly previous: KnownEntry | undefined;
  /** The machines that have ever had it on disk, a bit each (`quorums.ts`). */
  holders: number;
}

/** A replica's log as it was when last looked at: entry i at i, nothing at 0. */
export type KnownLog = (KnownEntry | undefined)[];

/** The registry of a run, shared by all replicas. */
export class KnownEntries<S, M> {
  readonly #protocol: Protocol<S, M>;
  /** All entries ever seen at an index, one a term. */
  readonly #at: KnownEntry[][] = [];

  constructor(protocol: Protocol<S, M>) {
    this.#protocol = protocol;
  }

  /**
   * Brings `log` up to date with the replica. Returns the last index at which nothing had changed.
   */
  follow(log: KnownLog, state: S, { baseIndex, lastIndex }: ReplicaView, report: Report): number {
    let same = Math.min(log.length - 1, lastIndex);
    while (same > baseIndex && this.#protocol.entry(state, same)?.term !== log[same]?.term) same--;
    log.length = same + 1;
    for (let index = same + 1; index <= lastIndex; index++) {
      log.push(this.find(state, index, log[index - 1], report));
    }
    return same;
  }

  /**
   * The log begins after an entry of another one, which was copied with all that came before it.
   */
  adopt(log: KnownLog, { baseIndex, baseTerm }: ReplicaView): void {
    log.length = 0;
    log[baseIndex] = undefined;
    const base = this.#at[baseIndex]?.find(({ term }) => term === baseTerm);
    for (let entry = base; entry !== undefined; entry = entry.previous) log[entry.index] = entry;
  }

  /** The entry at `index` of a log, after `previous`; reports one that breaks log matching. */
  find(state: S, index: number, previous: KnownEntry | undefined, report: Report): KnownEntry | undefined {
    const entry = this.#protocol.entry(state, index);
    if (entry === undefined) {
      report('log-matching', index, 'the log has a hole');
      return undefined;
    }
    const { term, content, configuration } = entry;
    const known = this.#at[index]?.find((other) => other.term === term);
    if (known === undefined) return this.#add({ index, term, content, configuration, previous, holders: 0 });
    if (known.previous !== previous) {
      report('log-matching', index, 'another log has this entry after different ones');
    } else if (known.content !== content && JSON.stringify(known.content) !== JSON.stringify(content)) {
      report('log-matching', index, `another log has a different entry of term ${term} there`);
    }
    return known;
  }

  #add(entry: KnownEntry): KnownEntry {
    const here = this.#at[entry.index];
    if (here === undefined) this.#at[entry.index] = [entry];
    else here.push(entry);
    return entry;
  }
}
