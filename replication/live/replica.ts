/**
 * A replica in real time: the `Replication` face over a live host that runs a protocol.
 *
 * Left out: the protocol's own work. How long a request may take is a setting of the protocol, in
 * ticks.
 */

import { randomUUID } from 'node:crypto';
import type { Attributes } from '@opentelemetry/api';
import {
  type Applied,
  type EventFields,
  type EventKind,
  LiveError,
  type NodeId,
  type Outcome,
} from '../../vm/index.ts';
import { LiveHost, SocketLinks } from '../../vm/live/index.ts';
import { writeBackup } from '../backup/write-backup.ts';
import { policyOf } from '../core/sessions.ts';
import { ReplicationError } from '../errors.ts';
import { ClientSession } from '../failover/session.ts';
import { isChange, toReplicationError } from '../outcomes.ts';
import type { ChangeMembers, MembersChanged, Policy, PolicyChanges, ProtocolRequest } from '../protocol.ts';
import type {
  AppliedCommand,
  Batch,
  Consistency,
  ReplicaStatus,
  Replication,
  SessionOwner,
  SessionTag,
} from '../replication.ts';
import { BARRIER } from './barrier.ts';
import type { Vitals } from './http/vitals.ts';
import { MemberList } from './member-list.ts';
import type { DrainState, ReplicaOptions } from './replica-options.ts';
import { traced } from './tracing.ts';

/** The part of its vitals that a replica of any protocol tells. */
type ReplicaVitals = Pick<Vitals, 'status' | 'baseIndex' | 'pending' | 'failed' | 'reads' | 'sentBytes'>;

/** Requests of this replica's own clients that may be under way at once. */
export const MAX_IN_FLIGHT = 20_000;
/** How long a leader that stops waits for another to take over (ms). */
const HAND_OVER_MS = 1_000;
/** How long a replica that was removed stays, for its last answers to leave (ms). */
const LEAVE_MS = 1_000;

/** The name of the frozen view of the data that a backup is made of. */
const BACKUP_VIEW = 'backup';

/** A replica of a state machine with commands `C`, results `R`, queries `Q` and answers `A`. */
export class Replica<C, R, Q, A, S, M> implements Replication<C, R, Q, A> {
  readonly #options: ReplicaOptions<C, R, Q, A, S, M>;
  readonly #host: LiveHost<S, M, ProtocolRequest>;
  #links!: SocketLinks<M>;
  #inFlight = 0;
  #failed = 0;
  #reads = 0;
  #isBackingUp = false;
  readonly #session = new ClientSession();
  readonly #members: MemberList<S>;
  #stopping: Promise<void> | undefined;
  #leaving: NodeJS.Timeout | undefined;

  /** Starts the replica. Throws a `LiveError` if it cannot start from what is on its disk. */
  constructor(options: ReplicaOptions<C, R, Q, A, S, M>) {
    this.#options = options;
    const { protocol, self, replicas, cluster, secret, server, disk, rate, onRoundTrip } = options;
    const { packing } = protocol;
    const { joining } = disk;
    this.#members = new MemberList(protocol, self, replicas);
    const founders = joining ? replicas.filter(({ id }) => id === self) : replicas;
    const peers = founders.map(({ id }) => id).filter((id) => id !== self);
    this.#host = new LiveHost({
      program: protocol,
      self,
      peers,
      joining,
      disk,
      connect: (events) => {
        const run = { self, members: founders, cluster, secret };
        this.#links = new SocketLinks<M>({ ...run, server, disk, packing, onRoundTrip }, events);
        return this.#links;
      },
      rate,
      // Replicas must not draw the same election timeouts.
      seed: randomUUID(),
      clock: { stamp: 'after', vector: options.record !== undefined },
      record: options.record,
      onFailure: options.onFailure,
      onNotice: options.onNotice,
      onStep: (state) => {
        options.onStep?.(state);
        this.#noteRemoval(state);
      },
    });
    const { configuration } = protocol.view(this.#host.state);
    if (joining && configuration?.index === 0) {
      const url = replicas.find(({ id }) => id === self)?.url;
      options.onNotice?.(`waits to be added to the cluster: npx tickraft member add ${self} --url ${url}`);
    }
    const differs = joining ? undefined : this.#members.difference(this.#host.state);
    if (differs !== undefined) options.onNotice?.(differs);
  }

  /**
   * Changes the members: all of it or nothing. Resolves once it is committed; a promotion then goes
   * on by itself. Rejects with a `ReplicationError`.
   */
  async changeMembers(request: Omit<ChangeMembers, 'type'>): Promise<MembersChanged> {
    return (await this.#ask({ type: 'change-members', ...request })) as MembersChanged;
  }

  /** What operators want of the cluster, as of what is applied here. */
  policy(): Policy {
    return this.#host.isStopped ? {} : policyOf(this.#options.disk.data);
  }

  /** Changes that. Resolves with all of it. Rejects with a `ReplicationError`. */
  async setPolicy(changes: PolicyChanges): Promise<Policy> {
    return (await this.#ask({ type: 'set-policy', changes })) as Policy;
  }

  /** Hands leadership to `to`. Resolves with who leads. Rejects with a `ReplicationError`. */
  async transfer(to: NodeId): Promise<NodeId> {
    return (await this.#ask({ type: 'transfer', to })) as NodeId;
  }

  /** Writes a row into the event log, if one is written. */
  note(event: EventKind, fields: EventFields): void {
    if (!this.#host.isStopped) this.#host.witness(event, fields);
  }

  submit(command: C, tag?: SessionTag): Promise<R> {
    return traced('tickraft.submit', this.#attributes({ 'tickraft.commands': 1 }), () =>
      this.#submit(command, tag),
    );
  }

  async #submit(command: C, tag: SessionTag | undefined): Promise<R> {
    if (tag) return (await this.#ask({ type: 'submit', command, tag })) as R;
    return this.#session.run(
      () => this.openSession(),
      async (next) => (await this.#ask({ type: 'submit', command, tag: next() })) as R,
    );
  }

  submitBatch(batch: Batch): Promise<readonly Outcome[]> {
    const { count } = batch;
    const attributes = this.#attributes({ 'tickraft.commands': count });
    const work = () => this.#ask({ type: 'submit-batch', batch }, count);
    return traced('tickraft.submit', attributes, work) as Promise<readonly Outcome[]>;
  }

  async openSession(owner?: SessionOwner): Promise<string> {
    return (await this.#ask({ type: 'open-session', nonce: randomUUID(), owner })) as string;
  }

  read(query: Q, options: { readonly consistency?: Consistency } = {}): Promise<A> {
    const { consistency = 'linearizable' } = options;
    this.#reads++;
    const attributes = this.#attributes({ 'tickraft.consistency': consistency });
    const work = () => this.#ask({ type: 'read', query, consistency });
    return traced('tickraft.read', attributes, work) as Promise<A>;
  }

  #attributes(more: Attributes): Attributes {
    return { 'tickraft.replica': this.#options.self, ...more };
  }

  onApplied(listener: (applied: AppliedCommand<C, R>) => void): () => void {
    return this.#host.onApplied(listener as (entry: Applied) => void);
  }

  onInstalled(listener: (index: number) => void): () => void {
    return this.#host.onInstalled(listener);
  }

  /** The protocol's state. Read it, never change it. */
  get state(): S {
    return this.#host.state;
  }

  /** What it tells of itself to operators. */
  vitals(): ReplicaVitals {
    return {
      status: this.status(),
      baseIndex: this.#options.protocol.view(this.#host.state).baseIndex,
      pending: this.#inFlight,
      failed: this.#failed,
      reads: this.#reads,
      sentBytes: this.#links.sentBytes(),
    };
  }

  status(): ReplicaStatus {
    const { protocol, self, disk } = this.#options;
    const view = protocol.view(this.#host.state);
    const { role, term, leader, commit, applied, lastIndex, recovery, configuration, learning } = view;
    return {
      id: self,
      pid: process.pid,
      protocol: protocol.name,
      role,
      term,
      leader,
      leaderless: protocol.leaderRole === undefined ? true : undefined,
      commit,
      applied,
      lastIndex,
      recovery,
      disk: disk.isFull ? 'full' : 'ok',
      draining: view.drained ?? false,
      cluster: this.#host.clusterId,
      replicas: this.#members.replicas(this.#host.state),
      configuration,
      learning,
    };
  }

  /**
   * The pieces of a backup of the replicated data, as of one entry, with all that was acknowledged
   * before the first piece was asked for. The machine must answer `BARRIER`. Fails with a
   * `ReplicationError`.
   */
  async *backup(): AsyncGenerator<Buffer> {
    const { disk, self, cluster: application, protocol } = this.#options;
    if (this.#isBackingUp)
      throw new ReplicationError('Overloaded', `a backup of ${self} is being taken already`);
    this.#isBackingUp = true;
    try {
      await this.#ask({ type: 'read', query: BARRIER, consistency: 'linearizable' });
      // Between steps, the data is as of the applied index.
      disk.freeze(BACKUP_VIEW);
      const { applied: index, baseTerm } = protocol.view(this.state);
      const term = protocol.entry(this.state, index)?.term ?? baseTerm;
      const cluster = this.#host.clusterId!;
      const header = {
        application,
        cluster,
        index,
        term,
        replica: self,
        createdAt: new Date().toISOString(),
      };
      yield* writeBackup(header, disk.frozen(BACKUP_VIEW)!, () => this.#checkRunning());
    } finally {
      if (!this.#host.isStopped) disk.release(BACKUP_VIEW);
      this.#isBackingUp = false;
    }
  }

  /**
   * Takes the replica out of use until it is resumed or started anew. Resolves once it does not
   * lead, or nobody can take over. Rejects with a `ReplicationError`.
   */
  drain(): Promise<DrainState> {
    return this.#setDrained(true);
  }

  /** Takes a drained replica into use again. Rejects with a `ReplicationError`. */
  resume(): Promise<DrainState> {
    return this.#setDrained(false);
  }

  async #setDrained(drained: boolean): Promise<DrainState> {
    const { self, protocol } = this.#options;
    const isDrained = () => protocol.view(this.state).drained ?? false;
    const already = isDrained() === drained;
    try {
      await this.#ask({ type: 'drain', drained });
    } catch (error) {
      // It is drained, and leads. In a protocol that cannot drain it is not.
      if (!(error instanceof ReplicationError && error.code === 'Rejected' && isDrained() === drained))
        throw error;
    }
    return { id: self, draining: isDrained(), already, leads: this.#leads };
  }

  get #leads(): boolean {
    const { protocol } = this.#options;
    return protocol.view(this.state).role === protocol.leaderRole;
  }

  /** A disk that is closed must not be read any more. */
  #checkRunning(): void {
    if (this.#host.isStopped) throw new ReplicationError('NoLeader', `${this.#options.self} has stopped`);
  }

  /** Stops cleanly: a leader hands over first, if it can, then links and disk are closed. */
  stop({ handOver = true }: { readonly handOver?: boolean } = {}): Promise<void> {
    this.#stopping ??= this.#stop(handOver);
    return this.#stopping;
  }

  /** Leaves once it is committed that this replica is no member. */
  #noteRemoval(state: S): void {
    if (this.#leaving === undefined && this.#members.isRemoved(state))
      this.#leaving = setTimeout(() => void this.#leave(), LEAVE_MS);
  }

  async #leave(): Promise<void> {
    const { self, disk, onFailure } = this.#options;
    if (this.#host.isStopped) return;
    disk.retire();
    await this.stop({ handOver: false }).catch(() => {});
    onFailure(new LiveError('Removed', `${self} was removed from its cluster`));
  }

  async #stop(handOver: boolean): Promise<void> {
    clearTimeout(this.#leaving);
    if (handOver && this.#leads) await this.#handOver();
    await this.#host.stop();
  }

  /** Not needed, but it spares the others an election. */
  async #handOver(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise((resolve) => {
      timer = setTimeout(resolve, HAND_OVER_MS);
    });
    await Promise.race([timeout, this.#setDrained(true).catch(() => {})]);
    clearTimeout(timer);
  }

  /** `count`: how many requests it counts as. */
  async #ask(request: ProtocolRequest, count = 1): Promise<unknown> {
    if (this.#inFlight >= MAX_IN_FLIGHT) {
      const { self } = this.#options;
      throw new ReplicationError('Overloaded', `too many requests are under way in ${self}`);
    }
    this.#inFlight += count;
    let outcome: Outcome;
    try {
      outcome = await this.#host.request(request);
    } catch (error) {
      if (isChange(request)) this.#failed += count;
      throw error instanceof LiveError ? toReplicationError(error, request) : error;
    } finally {
      this.#inFlight -= count;
    }
    if (outcome.ok) return outcome.value;
    if (isChange(request)) this.#failed += count;
    throw toReplicationError(outcome, request);
  }
}
