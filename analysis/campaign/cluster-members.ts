/** Whom the replicas of a run count as members, and which of them may be missing. */
import type { ConfigurationView, ReplicaView } from '../../replication/index.ts';
import type { Outcome } from '../../vm/index.ts';
import type { MachineStatus } from '../../vm/sim/index.ts';

/** What is looked at of a cluster. */
interface Cluster {
  readonly nodes: readonly string[];
  readonly leader: string | undefined;
  view(node: string): ReplicaView;
  status(node: string): MachineStatus;
  /** How often the machine was started, and whether it joined a cluster that was there. */
  start(node: string): { readonly boot: number; readonly joining: boolean };
  answer(id: string): Outcome | undefined;
}

/** So many that a majority is left after one disk is lost and two voters are removed. */
const MANY_VOTERS = 5;

/** The members of one run. */
export class ClusterMembers {
  readonly #cluster: Cluster;
  /** Changes that were asked for, and the start of the replica that was asked. */
  readonly #changes: { readonly id: string; readonly node: string; readonly boot: number }[] = [];

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** A replica is asked for a change; one that does not run never hears of it. */
  asked(id: string, node: string): void {
    if (this.#cluster.status(node) !== 'up') return;
    this.#changes.push({ id, node, boot: this.#cluster.start(node).boot });
  }

  /** The configuration by which the leader counts, or the latest that there is. */
  get configuration(): ConfigurationView {
    const { leader } = this.#cluster;
    const counted = leader === undefined ? undefined : this.#cluster.view(leader).configuration;
    return counted ?? this.#inUse.toSorted((a, b) => b.index - a.index)[0]!;
  }

  /** Everyone that it names. */
  get all(): readonly string[] {
    return membersOf(this.configuration);
  }

  /** The learners that the leader is about to promote. */
  get learning(): readonly string[] {
    const { leader } = this.#cluster;
    return leader === undefined ? [] : Object.keys(this.#cluster.view(leader).learning ?? {});
  }

  /** Whether all of them have what they have promised. */
  get areWhole(): boolean {
    return this.all.every((node) => this.#cluster.view(node).recovery === 'normal');
  }

  /** Whether these are a quorum of whatever configuration may count. */
  areQuorum(nodes: readonly string[]): boolean {
    return areQuorums(this.#inUse, (voter) => nodes.includes(voter));
  }

  /** Whether a machine belongs to no configuration that may count. */
  isStranger(node: string): boolean {
    return this.#cluster.nodes.includes(node) && !this.#inUse.some((one) => membersOf(one).includes(node));
  }

  /**
   * Whether one more disk may be lost: one replica at a time may have lost its own, and the next
   * one only after all are normal again. What a majority has forgotten no protocol can know. And
   * all must have had an entry: for those that never had one, a lost disk looks like a new one at
   * bootstrap. Where members change, those that are left must be a majority still, whatever is
   * changed meanwhile.
   */
  mayLoseDisk(victim: string): boolean {
    const cluster = this.#cluster;
    const isHarmless = (node: string) => cluster.start(node).joining && this.isStranger(node);
    const areSound = cluster.nodes.every((node) => {
      const { recovery, lastIndex } = cluster.view(node);
      return isHarmless(node) || (cluster.status(node) !== 'down' && recovery === 'normal' && lastIndex > 0);
    });
    if (!areSound) return false;
    if (this.isStranger(victim)) return true;
    const areFew = this.#inUse.some(({ voters }) => voters.length < MANY_VOTERS);
    if (areFew && this.#changes.some(({ id }) => cluster.answer(id) === undefined)) return false;
    return areQuorums(this.#inUse, (voter) => voter !== victim);
  }

  /**
   * Whether no change is under way: nothing is joint or uncommitted, nobody is to be promoted that
   * could be, and everyone who asked and can be answered has been.
   */
  get areSettled(): boolean {
    const { leader, nodes } = this.#cluster;
    // Members cannot change; there may be no leaders either.
    if (nodes.every((node) => this.#cluster.view(node).configuration === undefined)) return true;
    if (leader === undefined) return false;
    const { configuration, commit, learning = {} } = this.#cluster.view(leader);
    if (configuration === undefined) return false;
    if (configuration.index > commit || configuration.outgoing !== undefined) return false;
    if (!Object.values(learning).every((phase) => phase === 'stalled')) return false;
    return this.#changes.every(
      ({ id, node, boot }) =>
        this.#cluster.answer(id) !== undefined || this.#cluster.start(node).boot !== boot,
    );
  }

  get #inUse(): readonly ConfigurationView[] {
    const { nodes } = this.#cluster;
    const found = configurationsInUse(nodes.map((node) => this.#cluster.view(node)));
    // Where members cannot change, they are all machines.
    return found.length > 0 ? found : [{ index: 0, voters: nodes, learners: [], outgoing: undefined }];
  }
}

/**
 * The configurations that replicas may count by from now on: the last one that is committed, and
 * those after it, committed or not.
 */
function configurationsInUse(views: readonly ReplicaView[]): readonly ConfigurationView[] {
  const all = views.flatMap(({ configuration, commit }) =>
    configuration === undefined ? [] : [{ configuration, isCommitted: configuration.index <= commit }],
  );
  const committed = Math.max(
    0,
    ...all.map(({ configuration, isCommitted }) => (isCommitted ? configuration.index : 0)),
  );
  const later = all.flatMap(({ configuration }) => (configuration.index >= committed ? configuration : []));
  return later.filter(
    (one, i) => one.voters.length > 0 && later.findIndex(({ index }) => index === one.index) === i,
  );
}

/** All that a configuration names. */
function membersOf({ voters, outgoing = [], learners }: ConfigurationView): readonly string[] {
  return [...new Set([...voters, ...outgoing, ...learners])].sort();
}

/** Whether those that `isIn` are a quorum of each of these. */
function areQuorums(configurations: readonly ConfigurationView[], isIn: (voter: string) => boolean): boolean {
  return configurations.every(({ voters, outgoing }) =>
    [voters, outgoing ?? voters].every((half) => 2 * half.filter(isIn).length > half.length),
  );
}
