/**
 * What a trial is watched for besides its clients: messages in the calm, copies of changes when
 * they are acknowledged, who leads, and how long nobody decides after the leader was hit.
 */
import type { ProtocolRequest, ReplicaView } from '../../../replication/index.ts';
import { SplitBrain } from '../../../replication/invariants/index.ts';
import type { Outcome, Write } from '../../../vm/index.ts';
import type { CampaignCluster, ClusterWatch } from '../../campaign/cluster.ts';
import { IDLE_FROM_US, STORM_FROM_US, WORK_FROM_US } from './draw-trial.ts';

/** Messages and their bytes as JSON, in some time. */
export interface Traffic {
  messages: number;
  bytes: number;
}

/** A batch that is not known to be on disk yet, and the values in it. */
interface Unsynced {
  readonly boot: number;
  readonly batch: number;
  readonly values: readonly string[];
}

/**
 * Values of a trial, alone or one after the other: the whole of a text in JSON, which may itself be
 * in a text.
 */
const VALUES = /"((?:[pqr]\d+)+)\\*"/g;
const VALUE = /[pqr]\d+/g;

/** The watch of one trial. Times are virtual microseconds. */
export class TrialWatch {
  readonly splitBrain: SplitBrain;
  /** Without clients, and with clients that change something, while nothing fails. */
  readonly idle: Traffic = { messages: 0, bytes: 0 };
  readonly work: Traffic = { messages: 0, bytes: 0 };
  /** How many replicas had each acknowledged change on disk then. */
  readonly copies: number[] = [];
  /**
   * From each time that the leader was hit to the next change that was asked for and acknowledged.
   */
  readonly failovers: number[] = [];
  readonly #answeredAt = new Map<string, number>();
  readonly #changes = new Map<string, { readonly value: string; readonly atUs: number }>();
  readonly #unsynced = new Map<string, Unsynced[]>();
  /** By value: who has it on disk. */
  readonly #holders = new Map<string, Set<string>>();
  readonly #acknowledged = new Set<string>();
  #cluster: CampaignCluster | undefined;
  #hitUs: number | undefined;

  constructor(leaderRole: string | undefined) {
    this.splitBrain = new SplitBrain(leaderRole);
  }

  /** From now on it looks at this cluster. */
  watch(cluster: CampaignCluster): void {
    this.#cluster = cluster;
  }

  /** When a request was answered. */
  answeredAt(id: string): number {
    return this.#answeredAt.get(id)!;
  }

  /** A fault hits whoever led. */
  hit(atUs: number): void {
    this.#hitUs ??= atUs;
  }

  /** What the cluster tells. */
  get observer(): ClusterWatch {
    return {
      sent: (_from, _to, { body }) => this.#sent(body),
      wrote: (node, batch, writes) => this.#wrote(node, batch, writes),
      stepped: (node) => this.#stepped(node),
      asked: (id, _node, body, atUs) => this.#asked(id, body, atUs),
      answered: (id, outcome, atUs) => this.#answered(id, outcome, atUs),
    };
  }

  #sent(body: unknown): void {
    const now = this.#cluster?.now ?? 0;
    if (now < IDLE_FROM_US || now >= STORM_FROM_US) return;
    const traffic = now < WORK_FROM_US ? this.idle : this.work;
    traffic.messages++;
    traffic.bytes += JSON.stringify(body).length;
  }

  #wrote(node: string, batch: number, writes: readonly Write[]): void {
    const found = [...JSON.stringify(writes).matchAll(VALUES)].flatMap(([, text]) => text!.match(VALUE)!);
    if (found.length === 0 || this.#cluster === undefined) return;
    const { boot } = this.#cluster.world.node(node);
    const own = this.#unsynced.get(node) ?? [];
    own.push({ boot, batch, values: [...new Set(found)] });
    this.#unsynced.set(node, own);
  }

  #stepped(node: string): void {
    // The first steps are taken before the cluster is there.
    if (this.#cluster === undefined) return;
    if (this.#unsynced.get(node)?.length) this.#review(node);
    const view: ReplicaView = this.#cluster.view(node);
    this.splitBrain.stepped(node, view, this.#cluster.now);
  }

  #asked(id: string, body: ProtocolRequest, atUs: number): void {
    if (body.type !== 'submit') return;
    const { value } = body.command as { readonly value?: string };
    if (value !== undefined) this.#changes.set(id, { value, atUs });
  }

  #answered(id: string, outcome: Outcome, atUs: number): void {
    this.#answeredAt.set(id, atUs);
    const change = this.#changes.get(id);
    if (change === undefined || !outcome.ok || !(outcome.value as { done: boolean }).done) return;
    if (this.#hitUs !== undefined && change.atUs >= this.#hitUs) {
      this.failovers.push(atUs - this.#hitUs);
      this.#hitUs = undefined;
    }
    if (this.#acknowledged.has(change.value)) return;
    this.#acknowledged.add(change.value);
    this.copies.push(this.#holdersOf(change.value));
  }

  #holdersOf(value: string): number {
    for (const node of this.#unsynced.keys()) this.#review(node);
    return this.#holders.get(value)?.size ?? 0;
  }

  /** Finds out what of a replica's writes is on its disk by now. */
  #review(node: string): void {
    const own = this.#unsynced.get(node)!;
    const { boot, disk } = this.#cluster!.world.node(node);
    // What a crash caught on its way may be there or not: it does not count.
    const kept = own.filter((one) => one.boot === boot);
    const isSynced = ({ batch }: Unsynced) => batch <= disk.durableBatch;
    this.#unsynced.set(
      node,
      kept.filter((one) => !isSynced(one)),
    );
    for (const value of kept.filter(isSynced).flatMap(({ values }) => values)) {
      const holders = this.#holders.get(value) ?? new Set();
      this.#holders.set(value, holders.add(node));
    }
  }
}
