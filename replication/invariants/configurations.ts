/**
 * What must hold of the members that replicas count by. Each counts by the last configuration in
 * its log, which is that of the entry. No two that could win elections at the same time count by
 * quorums that need not share a member. Who knows that it was removed does not lead. And nobody is
 * given a vote whose copy was not found to be that of the leader.
 */
import type { NodeId } from '../../vm/index.ts';
import type { ConfigurationView } from '../members.ts';
import type { ReplicaView } from '../protocol.ts';
import type { KnownEntry, KnownLog } from './known-entries.ts';
import { alwaysMeet, halves, isByAll, list } from './quorums.ts';
import type { Report } from './violations.ts';

/** A replica: what it looks like, what of its log is on its disk, and whether it runs. */
export interface Standing {
  readonly node: NodeId;
  readonly view: ReplicaView;
  readonly durable: Pick<KnownEntry, 'term' | 'index'> | undefined;
  readonly isUp: boolean;
}

/** What is remembered of the members of a run. */
export class Configurations {
  /** The index of the last configuration in the log of each replica. */
  readonly #last = new Map<NodeId, number>();
  /** The members that each replica began with, those of entry 0. */
  readonly #first = new Map<NodeId, ConfigurationView>();
  /** By replica: the digests of its data, by the entry that asked for them. */
  readonly #digests = new Map<NodeId, Map<number, string>>();

  /**
   * A replica has stepped. `same`: the last index of its log that has not changed; `before` is
   * undefined after a start.
   */
  follow(
    node: NodeId,
    log: KnownLog,
    same: number,
    { before, view }: { readonly before: ReplicaView | undefined; readonly view: ReplicaView },
    report: Report,
  ): void {
    const { configuration } = view;
    if (configuration === undefined) return;
    if (configuration.index === 0 && !this.#first.has(node)) this.#first.set(node, configuration);
    this.#remember(node, before, view);
    const isNew = before === undefined || before.baseIndex !== view.baseIndex;
    const last = this.#lastIn(node, log, isNew ? 0 : same, view);
    this.#last.set(node, last);
    if (configuration === before?.configuration && last === configuration.index) return;
    if (configuration.index !== last) {
      const message = `the last configuration in its log is that of entry ${last}`;
      report('counts-by-its-log', configuration.index, message);
    } else if (last > 0 && JSON.stringify(log[last]?.configuration) !== JSON.stringify(configuration)) {
      report('counts-by-its-log', last, `it counts other members than the entry has`);
    }
  }

  #lastIn(node: NodeId, log: KnownLog, same: number, { lastIndex }: ReplicaView): number {
    const known = this.#last.get(node) ?? 0;
    // Only what has changed is looked at, or, if that one was cut, everything.
    const isThere = known <= same;
    for (let index = lastIndex; index > (isThere ? same : 0); index--) {
      if (log[index]?.configuration) return index;
    }
    return isThere ? known : 0;
  }

  #remember(node: NodeId, before: ReplicaView | undefined, { checked, applied }: ReplicaView): void {
    // An empty disk is another copy.
    if (before === undefined && applied === 0) this.#digests.delete(node);
    if (checked === undefined || checked === before?.checked) return;
    const digests = this.#digests.get(node) ?? new Map<number, string>();
    this.#digests.set(node, digests.set(checked.index, checked.digest));
  }

  /** A replica leads a new term. */
  elected(node: NodeId, log: KnownLog, { configuration, commit }: ReplicaView, report: Report): void {
    if (configuration === undefined) return;
    let index = Math.min(commit, log.length - 1);
    while (index > 0 && log[index]?.configuration === undefined) index--;
    const committed = log[index]?.configuration ?? this.#first.get(node);
    const isVoter = [configuration, committed].some((one) => one && halves(one).flat().includes(node));
    if (!isVoter) report('voters-lead', configuration.index, 'it leads though it knows that it has no vote');
  }

  /** A leader counts by another configuration than before: it may have promoted learners. */
  promoted(node: NodeId, before: ConfigurationView, after: ConfigurationView, report: Report): void {
    const former = halves(before).flat();
    for (const learner of after.voters) {
      if (former.includes(learner) || !before.learners.includes(learner)) continue;
      const [theirs, mine] = [this.#digests.get(learner), this.#digests.get(node)];
      const isSame = [...(theirs ?? [])].some(([index, digest]) => mine?.get(index) === digest);
      if (isSame) continue;
      report('checked-before-vote', after.index, `no copy of ${learner} was found to be that of ${node}`);
    }
  }
}

/**
 * A replica counts by another configuration, or leads: no other one that could win an election now
 * may rely on a quorum that need not share a member with one of its own.
 */
export function checkRivals(self: NodeId, standings: readonly Standing[], report: Report): void {
  const me = standings.find(({ node }) => node === self);
  const mine = me?.view.configuration;
  if (me === undefined || mine === undefined || !couldWin(me, standings)) return;
  for (const other of standings) {
    const { configuration } = other.view;
    if (configuration === undefined || configuration.index === mine.index || !other.isUp) continue;
    if (haveQuorumsThatMeet(mine, configuration) || !couldWin(other, standings)) continue;
    const message = `${other.node} could be elected by ${describe(configuration)}, and it by ${describe(mine)}`;
    report('configurations-overlap', mine.index, message);
  }
}

/** Whether every quorum of one shares a member with every quorum of the other. */
function haveQuorumsThatMeet(one: ConfigurationView, other: ConfigurationView): boolean {
  return halves(one).some((half) => halves(other).some((another) => alwaysMeet(half, another)));
}

/** Whether a quorum of the voters that it counts would vote for it, by what is on their disks. */
function couldWin({ node, view }: Standing, standings: readonly Standing[]): boolean {
  const { configuration, recovery, lastTerm, lastIndex } = view;
  if (configuration === undefined || recovery !== 'normal') return false;
  const voters = halves(configuration);
  if (!voters.flat().includes(node)) return false;
  return isByAll(voters, (voter) => {
    if (voter === node) return true;
    const standing = standings.find((one) => one.node === voter);
    if (standing === undefined || standing.view.recovery !== 'normal') return false;
    const { term, index } = standing.durable ?? { term: 0, index: 0 };
    return term < lastTerm || (term === lastTerm && index <= lastIndex);
  });
}

function describe({ index, voters, outgoing }: ConfigurationView): string {
  const and = outgoing === undefined ? '' : ` with ${list(outgoing)}`;
  return `a majority of ${list(voters)}${and} (entry ${index})`;
}
