/**
 * Replication without replicas: several `Replication` interfaces over one log in memory. Each
 * applies the log to its own store and can lag behind; sessions make a retried command apply once.
 * Tests inject the faults.
 */
import { randomUUID } from 'node:crypto';
import type { ChatCommand, ChatResult } from '../../chat/state/commands.ts';
import { chatStateMachine } from '../../chat/state/machine.ts';
import type { ChatAnswer, ChatQuery } from '../../chat/state/query-shapes.ts';
import { ReplicationError } from '../../replication/errors.ts';
import type {
  AppliedCommand,
  Consistency,
  ReplicaAddress,
  ReplicaStatus,
  Replication,
  SessionTag,
} from '../../replication/replication.ts';
import { MemoryStore } from '../../vm/store.ts';

type Entry = AppliedCommand<ChatCommand, ChatResult>;

/** How a request is to fail: without or after having happened, or by never being answered. */
export type Fault = 'none' | 'NoLeader' | 'Overloaded' | 'lost before' | 'lost after' | 'silence' | 'bug';

/** What the replicas share. */
export class MemoryCluster {
  readonly replicas: MemoryReplica[];
  readonly log: Entry[] = [];
  readonly store = new MemoryStore();
  addresses: ReplicaAddress[] = [];
  readonly #sessions = new Map<string, Map<number, ChatResult>>();

  constructor(ids: readonly string[] = ['r1']) {
    this.replicas = ids.map((id) => new MemoryReplica(id, this));
  }

  openSession(): string {
    const session = randomUUID();
    this.#sessions.set(session, new Map());
    return session;
  }

  expireSessions(): void {
    this.#sessions.clear();
  }

  commit(command: ChatCommand, tag?: SessionTag): ChatResult {
    const answered = tag && this.#sessions.get(tag.session);
    if (tag && !answered) throw new ReplicationError('SessionExpired', 'the session is unknown');
    const kept = answered?.get(tag!.sequence);
    if (kept) return kept;
    const index = this.log.length + 1;
    const plain = JSON.parse(JSON.stringify(command)) as ChatCommand;
    const result = chatStateMachine.apply(plain, this.store, { index, place: 0, term: 1 });
    answered?.set(tag!.sequence, result);
    this.log.push({ index, place: 0, term: 1, command: plain, result });
    for (const replica of this.replicas) replica.catchUp();
    return result;
  }
}

/** One replica's face. */
export class MemoryReplica implements Replication<ChatCommand, ChatResult, ChatQuery, ChatAnswer> {
  readonly id: string;
  /** Taken from the front, one by each `submit` or linearizable `read`. */
  readonly faults: Fault[] = [];
  readonly #cluster: MemoryCluster;
  readonly #store = new MemoryStore();
  readonly #listeners = new Set<(applied: Entry) => void>();
  readonly #installedListeners = new Set<(index: number) => void>();
  #applied = 0;
  #lagging = false;

  constructor(id: string, cluster: MemoryCluster) {
    this.id = id;
    this.#cluster = cluster;
  }

  /** Whether this replica hears nothing of what is committed. */
  set lagging(value: boolean) {
    this.#lagging = value;
    this.catchUp();
  }

  /** Ends a lag at once, as a snapshot does: the commands are not reported one by one. */
  install(): void {
    for (const entry of this.#cluster.log.slice(this.#applied)) {
      chatStateMachine.apply(entry.command, this.#store, entry);
    }
    this.#applied = this.#cluster.log.length;
    this.#lagging = false;
    for (const listener of this.#installedListeners) listener(this.#applied);
  }

  catchUp(): void {
    while (!this.#lagging && this.#applied < this.#cluster.log.length) {
      const entry = this.#cluster.log[this.#applied++]!;
      chatStateMachine.apply(entry.command, this.#store, entry);
      for (const listener of this.#listeners) listener(entry);
    }
  }

  submit(command: ChatCommand, tag?: SessionTag): Promise<ChatResult> {
    return this.#through(() => this.#cluster.commit(command, tag));
  }

  submitBatch(): never {
    throw new Error('the chat submits one by one');
  }

  openSession(): Promise<string> {
    return Promise.resolve(this.#cluster.openSession());
  }

  read(query: ChatQuery, options: { readonly consistency?: Consistency } = {}): Promise<ChatAnswer> {
    if (options.consistency === 'stale') return Promise.resolve(chatStateMachine.query(query, this.#store));
    return this.#through(() => chatStateMachine.query(query, this.#cluster.store));
  }

  onApplied(listener: (applied: Entry) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  onInstalled(listener: (index: number) => void): () => void {
    this.#installedListeners.add(listener);
    return () => this.#installedListeners.delete(listener);
  }

  status(): ReplicaStatus {
    const last = this.#cluster.log.length;
    return {
      id: this.id,
      pid: process.pid,
      protocol: 'memory',
      role: this.#cluster.replicas[0] === this ? 'leader' : 'follower',
      term: 1,
      leader: this.#cluster.replicas[0]!.id,
      commit: last,
      applied: this.#applied,
      lastIndex: last,
      recovery: 'normal',
      draining: false,
      disk: 'ok',
      cluster: undefined,
      replicas: this.#cluster.addresses,
    };
  }

  async #through<T>(act: () => T): Promise<T> {
    await new Promise(setImmediate);
    switch (this.faults.shift()) {
      case undefined:
      case 'none':
        return act();
      case 'NoLeader':
        throw new ReplicationError('NoLeader', 'no leader was found in time');
      case 'Overloaded':
        throw new ReplicationError('Overloaded', 'too much is in flight');
      case 'lost before':
        throw new ReplicationError('Indeterminate', 'the command may or may not have happened');
      case 'lost after':
        act();
        throw new ReplicationError('Indeterminate', 'the command may or may not have happened');
      case 'silence':
        act();
        return new Promise(() => {});
      case 'bug':
        throw new TypeError('secret-in-a-stack-trace is not a function');
    }
  }
}
