/**
 * A client of a campaign: does one thing after the other in a session, asks any replica, and asks another one
 * when no answer comes or the answer says to try again. It never gives a command up while its session lives.
 */
import type { ProtocolRequest } from '../../replication/protocol.ts';
import type { Outcome } from '../../vm/program.ts';
import { between, chance, type RandomState } from '../../vm/random.ts';
import type { Ledger } from './ledger.ts';
import { pick } from './plan.ts';

/** How a client reaches the cluster. */
export interface ClusterAccess {
  /** Virtual microseconds. */
  readonly now: number;
  readonly nodes: readonly string[];
  /** Asks a replica; returns the request's id. */
  request(node: string, body: ProtocolRequest): string;
  /** The answer to a request, if it has come. */
  answer(id: string): Outcome | undefined;
}

type Task =
  | { readonly type: 'open' }
  | { readonly type: 'append'; readonly key: string; readonly value: number }
  | {
      readonly type: 'read';
      readonly key: string;
      readonly atLeast: number;
      readonly consistency: 'linearizable' | 'stale';
    };

/** The lists that clients share. */
export const KEYS: readonly string[] = ['a', 'b', 'c'];

/** One client. All its luck comes from `random`, which it shares with the rest of the run. */
export class CampaignClient {
  readonly #name: number;
  readonly #ledger: Ledger;
  readonly #random: RandomState;
  #session: string | undefined;
  #sequence = 0;
  #appends = 0;
  #task: Task | undefined;
  /** Requests made for the task, and when to make the next. */
  #attempts: string[] = [];
  #nextUs = 0;

  constructor(name: number, ledger: Ledger, random: RandomState) {
    this.#name = name;
    this.#ledger = ledger;
    this.#random = random;
  }

  /** Whether nothing is left to be answered. */
  get idle(): boolean {
    return this.#task === undefined;
  }

  /** Looks for answers, and asks what is due. `begin`: whether new work may begin. */
  act(cluster: ClusterAccess, begin: boolean): void {
    for (const id of this.#attempts) {
      const outcome = cluster.answer(id);
      if (outcome !== undefined && this.#task !== undefined) this.#answered(this.#task, outcome, cluster.now);
    }
    if (cluster.now < this.#nextUs) return;
    if (this.#task === undefined && begin) this.#task = this.#draw();
    if (this.#task !== undefined) this.#ask(this.#task, cluster);
  }

  #draw(): Task {
    if (this.#session === undefined) return { type: 'open' };
    const key = pick(this.#random, KEYS);
    if (chance(this.#random, 0.6)) {
      this.#sequence++;
      return { type: 'append', key, value: this.#name * 1_000_000 + ++this.#appends };
    }
    const consistency = chance(this.#random, 0.8) ? 'linearizable' : 'stale';
    return {
      type: 'read',
      key,
      consistency,
      atLeast: consistency === 'stale' ? 0 : this.#ledger.atLeast(key),
    };
  }

  #ask(task: Task, cluster: ClusterAccess): void {
    const node = pick(this.#random, cluster.nodes);
    this.#attempts.push(cluster.request(node, this.#body(task)));
    // Patience grows, or retries (each a log entry) would drown a slow cluster.
    this.#nextUs = cluster.now + this.#attempts.length * between(this.#random, 30_000, 600_000);
  }

  #body(task: Task): ProtocolRequest {
    switch (task.type) {
      case 'open':
        return { type: 'open-session', nonce: `c${this.#name}-${this.#attempts.length}` };
      case 'append': {
        const tag = { session: this.#session!, sequence: this.#sequence, acknowledged: this.#sequence };
        return { type: 'submit', command: { type: 'append', key: task.key, value: task.value }, tag };
      }
      case 'read':
        return { type: 'read', query: { type: 'read', key: task.key }, consistency: task.consistency };
    }
  }

  #answered(task: Task, outcome: Outcome, now: number): void {
    if (outcome.ok) {
      this.#note(task, outcome.value);
      this.#done(now);
    } else if (outcome.code === 'SessionExpired') {
      // Whether the command ran before is not known: the final lists may hold it once or not at all.
      this.#session = undefined;
      this.#done(now);
    } else if (outcome.code === 'Rejected') {
      this.#ledger.broken ??= `${task.type} was rejected: ${outcome.message}`;
    }
  }

  #note(task: Task, value: unknown): void {
    if (task.type === 'open') {
      this.#session = value as string;
      this.#sequence = 0;
    } else if (task.type === 'append') this.#ledger.appended(task.key, task.value, value as number);
    else {
      const { key, atLeast, consistency } = task;
      this.#ledger.read(key, value as readonly number[], atLeast, consistency === 'linearizable');
    }
  }

  #done(now: number): void {
    this.#task = undefined;
    this.#attempts = [];
    this.#nextUs = now + between(this.#random, 1, 60_000);
  }
}
