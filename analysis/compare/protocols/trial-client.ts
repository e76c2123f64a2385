/**
 * A client of a trial: it wants one thing after the other, in a session, and asks one replica after
 * the other until it is answered. What it wants while it still waits for something else comes
 * later, but counts from when it was wanted.
 */
import type { KeyValueCommand, KeyValueResult } from '../../../replication/core/index.ts';
import type { Outcome } from '../../../vm/index.ts';
import type { CampaignCluster } from '../../campaign/cluster.ts';
import type { TrialClient, Wish } from './draw-trial.ts';

/** How long a client waits for an answer before it asks another replica, and after a refusal. */
const PATIENCE_US = 400_000;
const PAUSE_US = 30_000;

/** What became of a wish. Times are virtual microseconds. */
export interface Served {
  readonly client: string;
  readonly wish: Wish;
  /** Undefined if it was not answered; the end of its session is no answer. */
  readonly answeredUs: number | undefined;
  /** When the client no longer waited for it; undefined if it still did at the end. */
  readonly endedUs: number | undefined;
}

interface Attempt {
  readonly id: string;
  readonly session: string | undefined;
}

/** One client. */
export class Caller {
  readonly served: Served[] = [];
  readonly #client: TrialClient;
  readonly #cluster: CampaignCluster;
  readonly #seen = new Map<string, string | null>();
  #place = 0;
  #session: string | undefined;
  #isOpening = true;
  /** The attempts at what it does now, whether to open a session or to have its wish. */
  #attempts: Attempt[] = [];
  #tries = 0;
  #first = '';
  #group = 0;
  #nextUs = 0;

  constructor(client: TrialClient, cluster: CampaignCluster) {
    this.#client = client;
    this.#cluster = cluster;
    this.#group = cluster.group();
  }

  /** Whether all its wishes are served. */
  get isIdle(): boolean {
    return this.#wish === undefined;
  }

  /** What it still waits for, at the end. */
  get waiting(): Served[] {
    const { name, wishes } = this.#client;
    const unserved = { client: name, answeredUs: undefined, endedUs: undefined };
    return wishes.slice(this.#place).map((wish) => ({ ...unserved, wish }));
  }

  get #wish(): Wish | undefined {
    return this.#client.wishes[this.#place];
  }

  /** Takes the answers that have come, and asks for what is due. `at`: when answers came. */
  act(at: (id: string) => number): void {
    for (const attempt of this.#attempts) {
      const outcome = this.#cluster.answer(attempt.id);
      if (outcome !== undefined && this.#take(attempt, outcome, at(attempt.id))) break;
    }
    const { now } = this.#cluster;
    if (now < this.#nextUs) return;
    if (this.#isOpening) this.#open();
    else if (this.#wish !== undefined && this.#wish.dueUs <= now) this.#ask(this.#wish);
  }

  /** Whether that was all about what it does. */
  #take(attempt: Attempt, outcome: Outcome, atUs: number): boolean {
    if (this.#isOpening) {
      if (outcome.ok) {
        this.#session = attempt.session;
        this.#begin(false);
      } else this.#again(attempt);
      return outcome.ok;
    }
    if (outcome.ok) {
      this.#learn(this.#wish!, outcome.value);
      this.#end(atUs, atUs);
      return true;
    }
    // Whether the command ran before is not known: the wish is given up.
    if (outcome.code === 'SessionExpired') {
      this.#end(undefined, atUs);
      this.#begin(true);
      return true;
    }
    if (outcome.code === 'Rejected') throw new Error(`a request was rejected: ${outcome.message}`);
    this.#again(attempt);
    return false;
  }

  #again(attempt: Attempt): void {
    this.#attempts = this.#attempts.filter((other) => other !== attempt);
    this.#nextUs = Math.min(this.#nextUs, this.#cluster.now + PAUSE_US);
  }

  #begin(opens: boolean): void {
    this.#isOpening = opens;
    this.#attempts = [];
    this.#tries = 0;
    this.#nextUs = 0;
    this.#group = this.#cluster.group();
  }

  #end(answeredUs: number | undefined, endedUs: number): void {
    this.served.push({ client: this.#client.name, wish: this.#wish!, answeredUs, endedUs });
    this.#place++;
    this.#begin(false);
  }

  #open(): void {
    const { nodes } = this.#cluster;
    const session = this.#cluster.name('s');
    const node = nodes[this.#tries++ % nodes.length]!;
    const id = this.#cluster.ask({ type: 'open', session, oneByOne: true, node }, this.#group);
    this.#attempts.push({ id, session });
    this.#nextUs = this.#cluster.now + PATIENCE_US;
  }

  #ask(wish: Wish): void {
    const cluster = this.#cluster;
    const node = wish.contacts[this.#tries % wish.contacts.length]!;
    const own = { node, client: this.#client.name };
    if (wish.type === 'read') {
      this.#sent(
        cluster.ask({ type: 'read', key: wish.key, consistency: 'linearizable', ...own }, this.#group),
      );
      return;
    }
    const name = cluster.name('w');
    if (this.#tries > 0)
      this.#sent(cluster.ask({ type: 'retry', first: this.#first, anew: false, name, ...own }, this.#group));
    else {
      this.#first = name;
      const command = this.#command(wish);
      const asking = { type: 'submit', command, session: this.#session, name, ...own } as const;
      this.#sent(cluster.ask(asking, this.#group));
    }
  }

  #sent(id: string): void {
    this.#tries++;
    this.#attempts.push({ id, session: undefined });
    this.#nextUs = this.#cluster.now + PATIENCE_US;
  }

  #command({ type, key, value }: Wish): KeyValueCommand {
    if (type === 'append' || type === 'put') return { type, key, value };
    return { type: 'cas', key, expected: this.#seen.get(key) ?? null, value };
  }

  #learn({ type, key, value }: Wish, answer: unknown): void {
    if (type === 'read') this.#seen.set(key, answer as string | null);
    else if (type !== 'append') {
      const { done, previous } = answer as KeyValueResult;
      this.#seen.set(key, done ? value : (previous as string | null));
    }
  }
}
