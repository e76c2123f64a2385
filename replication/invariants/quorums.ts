/**
 * Whether leaders are elected, and entries committed, by quorums of the members that they count:
 * found out from what the replicas have done, not from what a leader says that it knows. Who has
 * voted for whom, and who has ever had an entry on disk, is remembered for the whole run.
 *
 * A step may change the members and commit: what is committed then is counted by the members before
 * or by those after.
 */
import type { NodeId } from '../../vm/index.ts';
import type { ConfigurationView } from '../members.ts';
import type { ReplicaView } from '../protocol.ts';
import type { KnownEntry } from './known-entries.ts';
import type { Report } from './violations.ts';

/** What an entry's holders are remembered in: a bit for each machine. */
const MOST_MACHINES = 31;

/** What a replica has written lately: the end of its log, by the batch that has it. */
export interface Written {
  tip: KnownEntry | undefined;
  /** The end of the log that is on disk. */
  durable: KnownEntry | undefined;
  readonly unsynced: { readonly batch: number; readonly tip: KnownEntry }[];
}

/** A replica that has written nothing yet. */
export function nothingWritten(): Written {
  return { tip: undefined, durable: undefined, unsynced: [] };
}

/** The record of a run, shared by all replicas. */
export class Quorums {
  readonly #bits = new Map<NodeId, number>();
  /** Who has voted, by term and candidate. */
  readonly #votes = new Map<string, Set<NodeId>>();

  /** A replica has stepped: what it has on disk now, it has had there. */
  wrote(
    node: NodeId,
    written: Written,
    tip: KnownEntry | undefined,
    { batch, durable }: { readonly batch: number; readonly durable: number },
  ): void {
    if (tip !== undefined && tip !== written.tip) written.unsynced.push({ batch, tip });
    written.tip = tip;
    while (written.unsynced.length > 0 && written.unsynced[0]!.batch <= durable) {
      written.durable = written.unsynced.shift()!.tip;
      this.#mark(node, written.durable);
    }
  }

  /** A replica has stepped: it may have voted. */
  voted(node: NodeId, before: ReplicaView | undefined, { term, votedFor }: ReplicaView): void {
    if (votedFor === undefined || (before?.votedFor === votedFor && before.term === term)) return;
    const key = `${term} ${votedFor}`;
    const votes = this.#votes.get(key) ?? new Set();
    this.#votes.set(key, votes.add(node));
  }

  /** A replica leads a new term. */
  elected(node: NodeId, before: ReplicaView | undefined, view: ReplicaView, report: Report): void {
    const votes = this.#votes.get(`${view.term} ${node}`);
    if (isBy(before, view, (voter) => votes?.has(voter) === true)) return;
    report('elected-by-quorum', undefined, `it leads by the votes of ${list(votes ?? [])} only`);
  }

  /** A leader has committed the entries up to this one. */
  committed(before: ReplicaView | undefined, view: ReplicaView, entry: KnownEntry, report: Report): void {
    if (this.#bits.size > MOST_MACHINES) return;
    const isHolder = (voter: NodeId) => (entry.holders & (this.#bits.get(voter) ?? 0)) !== 0;
    if (isBy(before, view, isHolder)) return;
    const holders = [...this.#bits.keys()].filter(isHolder);
    report('committed-by-quorum', entry.index, `only ${list(holders)} had it on disk`);
  }

  /** A leader counts by another configuration than before. */
  changed(before: ConfigurationView, after: ConfigurationView, report: Report): void {
    const [old, present] = [halves(before), halves(after)];
    if (old.some((one) => present.some((other) => alwaysMeet(one, other)))) return;
    const message = `majorities of ${list(before.voters)} and of ${list(after.voters)} need not share a member`;
    report('configurations-overlap', after.index, message);
  }

  #mark(node: NodeId, tip: KnownEntry): void {
    const bit = this.#bits.get(node) ?? 2 ** this.#bits.size;
    this.#bits.set(node, bit);
    for (let entry: KnownEntry | undefined = tip; entry && !(entry.holders & bit); entry = entry.previous) {
      entry.holders |= bit;
    }
  }
}

/** The lists of voters that a majority is needed of. */
export function halves({ voters, outgoing }: ConfigurationView): readonly (readonly NodeId[])[] {
  return outgoing === undefined ? [voters] : [voters, outgoing];
}

/** Whether those that `isIn` are a quorum of the members before a step, or after it. */
function isBy(
  before: ReplicaView | undefined,
  { configuration }: ReplicaView,
  isIn: (voter: NodeId) => boolean,
): boolean {
  if (configuration === undefined) return true;
  return [configuration, before?.configuration ?? configuration].some((one) => isByAll(halves(one), isIn));
}

/** Whether those that `isIn` are a majority of each list. */
export function isByAll(lists: readonly (readonly NodeId[])[], isIn: (voter: NodeId) => boolean): boolean {
  return lists.every((voters) => 2 * voters.filter(isIn).length > voters.length);
}

/** Whether every majority of one list shares a member with every majority of the other. */
export function alwaysMeet(one: readonly NodeId[], other: readonly NodeId[]): boolean {
  const shared = one.filter((id) => other.includes(id)).length;
  // The fewest shared members that majorities with as many others as there are must take.
  const needed = (list: readonly NodeId[]) =>
    Math.max(0, Math.floor(list.length / 2) + 1 - (list.length - shared));
  return needed(one) + needed(other) > shared;
}

/** Ids as text. */
export function list(ids: Iterable<NodeId>): string {
  return [...ids].sort().join(', ') || 'nobody';
}
