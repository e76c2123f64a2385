/**
 * A client of a campaign that makes one request at a time. In a session it asks any replica, asks
 * another one if no answer comes or the answer says to try again, and never gives up a command
 * while its session is open. Without a session it asks once, and gives up what is not answered in
 * time.
 */
import type { KeyValueCommand, KeyValueResult } from '../../replication/core/index.ts';
import type { Consistency } from '../../replication/index.ts';
import { between, chance, type Outcome, pick, type RandomState } from '../../vm/index.ts';
import type { CampaignCluster } from './cluster.ts';
import type { ClientPlan } from './plan.ts';
import { Workload } from './workload.ts';

type Task =
  | { readonly type: 'open' }
  | { readonly type: 'change'; readonly command: KeyValueCommand; readonly proves: boolean }
  | {
      readonly type: 'read';
      readonly key: string;
      readonly consistency: Consistency;
      readonly proves: boolean;
    };

/** What a client does next. */
export type Mode =
  /** Random tasks. */
  | 'work'
  /**
   * One more change that is acknowledged (of a reader: a read that is answered), and then nothing.
   */
  | 'prove'
  /** What it has begun, and then nothing. */
  | 'finish';

/** An answer that no replica may give. */
export interface Contradiction {
  /** What is wrong, as text for people. */
  readonly message: string;
  /** The lines of a scenario that fail because of it. */
  readonly lines: readonly string[];
}

/** A client of a campaign. */
export interface Client {
  /** The first contradiction among its answers. */
  readonly contradiction: Contradiction | undefined;
  /** Whether nothing is left to be answered. */
  readonly isIdle: boolean;
  /** In the mode `prove`: whether its change has been acknowledged, or its read answered. */
  readonly hasProved: boolean;
  /** Handles the answers that have come, and makes the requests that are due. */
  act(mode: Mode): void;
}

/** The least and the most that a client waits for an answer, in microseconds. */
export const ATTEMPT_TIMEOUT_US: readonly [number, number] = [30_000, 600_000];
const PAUSE_US = 60_000;
/** The same of a reader while it may get stale answers. */
const READER_TIMEOUT_US = 30_000;
const READER_PAUSE_US = 5_000;

/**
 * One client. All its random choices come from `random`, which it shares with the rest of the run.
 */
export class CampaignClient implements Client {
  contradiction: Contradiction | undefined;
  readonly #letter: string;
  readonly #plan: ClientPlan;
  readonly #workload: Workload;
  readonly #cluster: CampaignCluster;
  readonly #random: RandomState;
  #session: string | undefined;
  #task: Task | undefined;
  /** The group of the task's acts, the name of its first attempt, and the requests made for it. */
  #group = 0;
  #first = '';
  #attempts: { readonly id: string; readonly session: string | undefined }[] = [];
  #nextUs = 0;
  #hasProved = false;

  constructor(letter: string, plan: ClientPlan, cluster: CampaignCluster, random: RandomState) {
    this.#letter = letter;
    this.#workload = new Workload(letter, plan, random);
    this.#plan = plan;
    this.#cluster = cluster;
    this.#random = random;
  }

  get isIdle(): boolean {
    return this.#task === undefined;
  }

  get hasProved(): boolean {
    return this.#hasProved;
  }

  act(mode: Mode): void {
    for (const { id, session } of this.#attempts) {
      const outcome = this.#cluster.answer(id);
      if (outcome === undefined || this.#task === undefined) continue;
      this.#answered(this.#task, outcome, session);
    }
    if (this.#cluster.now < this.#nextUs) return;
    if (this.#task !== undefined && this.#attempts.length > 0 && this.#isOnce(this.#task)) this.#done();
    if (this.#task === undefined) this.#begin(mode);
    if (this.#task !== undefined) this.#ask(this.#task);
  }

  /** Whether the task must not be sent twice, because without a session both would be applied. */
  #isOnce(task: Task): boolean {
    return task.type === 'change' && !this.#plan.inSession;
  }

  #begin(mode: Mode): void {
    if (mode === 'finish' || (mode === 'prove' && this.#hasProved)) return;
    this.#task = this.#draw(mode === 'prove');
    this.#group = this.#cluster.group();
  }

  #draw(proves: boolean): Task {
    const random = this.#random;
    if (this.#plan.inSession && this.#session === undefined) return { type: 'open' };
    const target = this.#workload.target();
    const { key } = target;
    if (this.#plan.isReader) {
      // Without a lease that is as good as any other read, and proves as much.
      return { type: 'read', key, consistency: proves ? this.#bestOf() : this.#consistency(), proves };
    }
    if (proves || chance(random, 0.55)) {
      return { type: 'change', command: this.#workload.change(target), proves };
    }
    return { type: 'read', key, consistency: this.#consistency(), proves };
  }

  #bestOf(): Consistency {
    return this.#plan.byLease ? 'lease' : 'linearizable';
  }

  #consistency(): Consistency {
    if (!chance(this.#random, 0.85)) return 'stale';
    return this.#plan.byLease && chance(this.#random, 0.7) ? 'lease' : 'linearizable';
  }

  #ask(task: Task): void {
    const cluster = this.#cluster;
    const node = this.#contact(task);
    const session = task.type === 'open' ? cluster.name('s') : undefined;
    const id = cluster.ask(this.#asking(task, node, session), this.#group);
    this.#attempts.push({ id, session });
    // The timeout grows, or retries (each a log entry) would overload a slow cluster. A reader
    // writes none.
    const timeoutUs =
      between(this.#random, ...ATTEMPT_TIMEOUT_US) * (this.#plan.isReader ? 1 : this.#attempts.length);
    this.#nextUs = cluster.now + (this.#isKeen ? READER_TIMEOUT_US : timeoutUs);
  }

  /**
   * The node to ask: any; for a read, sometimes one that may have been deposed without knowing it.
   */
  #contact(task: Task): string {
    const { deposed, contacts } = this.#cluster;
    const isTempting = task.type === 'read' && deposed !== undefined && contacts.includes(deposed);
    const isTempted = isTempting && (this.#plan.isReader || chance(this.#random, 0.5));
    return isTempted ? deposed : pick(this.#random, contacts);
  }

  #asking(task: Task, node: string, session: string | undefined): Parameters<CampaignCluster['ask']>[0] {
    if (task.type === 'open') return { type: 'open', session: session!, oneByOne: true, node };
    if (task.type === 'read') return { type: 'read', key: task.key, consistency: task.consistency, node };
    const name = this.#cluster.name('r');
    if (this.#attempts.length > 0) return { type: 'retry', first: this.#first, anew: false, name, node };
    this.#first = name;
    return { type: 'submit', command: task.command, session: this.#session, name, node };
  }

  #answered(task: Task, outcome: Outcome, session: string | undefined): void {
    if (outcome.ok) {
      if (task.type === 'open') this.#session = session;
      else {
        if (task.type === 'read') this.#workload.saw(task.key, outcome.value);
        else this.#workload.learn(task.command, outcome.value as KeyValueResult);
        this.#hasProved ||= task.proves;
      }
      this.#done();
    } else if (outcome.code === 'SessionExpired') {
      // Whether the command ran before is not known.
      this.#session = undefined;
      this.#done();
    } else if (outcome.code === 'Rejected') {
      const message = `rejected-request: client ${this.#letter}'s ${task.type} was rejected: ${outcome.message}`;
      const lines = task.type === 'change' ? [`expect not answer ${this.#first} is Rejected`] : [];
      this.contradiction ??= { message, lines };
    } else if (this.#isOnce(task)) this.#done();
  }

  #done(): void {
    this.#task = undefined;
    this.#attempts = [];
    this.#nextUs = this.#cluster.now + between(this.#random, 1, this.#isKeen ? READER_PAUSE_US : PAUSE_US);
  }

  get #isKeen(): boolean {
    return this.#plan.isReader && this.#cluster.deposed !== undefined;
  }
}
