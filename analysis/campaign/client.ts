/**
 * A client of a campaign: does one thing after the other. In a session it asks any replica, asks another one when no
 * answer comes or the answer says to try again, and never gives a command up while its session lives. Without one it asks
 * once, and lets go of what is not answered in time.
 */
import type { KeyValueCommand } from '../../replication/key-value.ts';
import type { Consistency } from '../../replication/replication.ts';
import type { Outcome } from '../../vm/program.ts';
import { between, chance, type RandomState } from '../../vm/random.ts';
import { type ClientPlan, pick } from './plan.ts';
import type { Stage } from './stage.ts';

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
  /** Whatever comes to its mind. */
  | 'work'
  /** One more change that is acknowledged (of a reader: a read that is answered), and then nothing. */
  | 'prove'
  /** What it has begun, and then nothing. */
  | 'finish';

/** The least and the most that a client waits for an answer, in microseconds. */
const PATIENCE_US: readonly [number, number] = [30_000, 600_000];
const PAUSE_US = 60_000;
/** The same of a reader while it may be told something old. */
const READER_PATIENCE_US = 30_000;
const READER_PAUSE_US = 5_000;

/** One client. All its luck comes from `random`, which it shares with the rest of the run. */
export class CampaignClient {
  /** The first thing that a replica said and no replica may say. */
  lie: string | undefined;
  readonly #letter: string;
  readonly #plan: ClientPlan;
  readonly #stage: Stage;
  readonly #random: RandomState;
  #session: string | undefined;
  #changes = 0;
  /** What it last saw of a register. */
  readonly #seen = new Map<string, unknown>();
  #task: Task | undefined;
  /** What the task's acts belong to, what its first attempt is called, and the requests made for it. */
  #group = 0;
  #first = '';
  #attempts: { readonly id: string; readonly session: string | undefined }[] = [];
  #nextUs = 0;
  #hasProved = false;

  constructor(letter: string, plan: ClientPlan, stage: Stage, random: RandomState) {
    this.#letter = letter;
    this.#plan = plan;
    this.#stage = stage;
    this.#random = random;
  }

  /** Whether nothing is left to be answered. */
  get isIdle(): boolean {
    return this.#task === undefined;
  }

  /** Whether what was asked for to prove that it can be done was done. */
  get hasProved(): boolean {
    return this.#hasProved;
  }

  /** Looks for answers, and asks what is due. */
  act(mode: Mode): void {
    for (const { id, session } of this.#attempts) {
      const outcome = this.#stage.answer(id);
      if (outcome === undefined || this.#task === undefined) continue;
      this.#answered(this.#task, outcome, session);
    }
    if (this.#stage.now < this.#nextUs) return;
    if (this.#task !== undefined && this.#attempts.length > 0 && this.#isOnce(this.#task)) this.#done();
    if (this.#task === undefined) this.#begin(mode);
    if (this.#task !== undefined) this.#ask(this.#task);
  }

  /** Whether the task must not be asked for twice: nothing would make it one. */
  #isOnce(task: Task): boolean {
    return task.type === 'change' && !this.#plan.inSession;
  }

  #begin(mode: Mode): void {
    if (mode === 'finish' || (mode === 'prove' && this.#hasProved)) return;
    this.#task = this.#draw(mode === 'prove');
    this.#group = this.#stage.group();
  }

  #draw(proves: boolean): Task {
    const random = this.#random;
    if (this.#plan.inSession && this.#session === undefined) return { type: 'open' };
    const isList = chance(random, 0.5);
    const key = pick(random, isList ? this.#plan.lists : this.#plan.registers);
    if (this.#plan.isReader) {
      // Without a lease that is as good as any other read, and proves as much.
      return { type: 'read', key, consistency: proves ? 'lease' : this.#consistency(), proves };
    }
    if (proves || chance(random, 0.55)) {
      this.#changes++;
      return { type: 'change', command: isList ? this.#append(key) : this.#set(key), proves };
    }
    return { type: 'read', key, consistency: this.#consistency(), proves };
  }

  #consistency(): Consistency {
    if (!chance(this.#random, 0.85)) return 'stale';
    return this.#plan.byLease && chance(this.#random, 0.7) ? 'lease' : 'linearizable';
  }

  #append(key: string): KeyValueCommand {
    return { type: 'append', key, value: `${this.#letter}${this.#changes}` };
  }

  /** A value that nobody else ever puts there; mostly in the place of what was last seen there. */
  #set(key: string): KeyValueCommand {
    const value = `${this.#letter}${this.#changes}`;
    const way = pick(this.#random, ['put', 'cas', 'cas', 'delete']);
    if (way === 'delete' && chance(this.#random, 0.3)) return { type: 'delete', key };
    if (way !== 'cas') return { type: 'put', key, value };
    return { type: 'cas', key, expected: (this.#seen.get(key) as string | undefined) ?? null, value };
  }

  #ask(task: Task): void {
    const stage = this.#stage;
    const node = this.#door(task);
    const session = task.type === 'open' ? stage.name('s') : undefined;
    const id = stage.ask(this.#asking(task, node, session), this.#group);
    this.#attempts.push({ id, session });
    // Patience grows, or retries (each a log entry) would drown a slow cluster. A reader writes none.
    const patience =
      between(this.#random, ...PATIENCE_US) * (this.#plan.isReader ? 1 : this.#attempts.length);
    this.#nextUs = stage.now + (this.#isKeen ? READER_PATIENCE_US : patience);
  }

  /** Whom to ask: anybody; for a read, now and then whoever may have been deposed without knowing it. */
  #door(task: Task): string {
    const { deposed, doors } = this.#stage;
    const isTempting = task.type === 'read' && deposed !== undefined && doors.includes(deposed);
    const isTempted = isTempting && (this.#plan.isReader || chance(this.#random, 0.5));
    return isTempted ? deposed : pick(this.#random, doors);
  }

  #asking(task: Task, node: string, session: string | undefined): Parameters<Stage['ask']>[0] {
    if (task.type === 'open') return { type: 'open', session: session!, node };
    if (task.type === 'read') return { type: 'read', key: task.key, consistency: task.consistency, node };
    const name = this.#stage.name('r');
    if (this.#attempts.length > 0) return { type: 'retry', first: this.#first, name, node };
    this.#first = name;
    return { type: 'submit', command: task.command, session: this.#session, name, node };
  }

  #answered(task: Task, outcome: Outcome, session: string | undefined): void {
    if (outcome.ok) {
      if (task.type === 'open') this.#session = session;
      else {
        if (task.type === 'read') this.#seen.set(task.key, outcome.value);
        else if (task.command.type !== 'append')
          this.#learn(task.command, outcome.value as { done: boolean });
        this.#hasProved ||= task.proves;
      }
      this.#done();
    } else if (outcome.code === 'SessionExpired') {
      // Whether the command ran before is not known.
      this.#session = undefined;
      this.#done();
    } else if (outcome.code === 'Rejected') {
      this.lie ??= `rejected-request: client ${this.#letter}'s ${task.type} was rejected: ${outcome.message}`;
    } else if (this.#isOnce(task)) this.#done();
  }

  #learn(command: KeyValueCommand, result: { readonly done: boolean; readonly previous?: unknown }): void {
    const value = command.type === 'delete' ? null : command.value;
    this.#seen.set(command.key, result.done ? value : result.previous);
  }

  #done(): void {
    this.#task = undefined;
    this.#attempts = [];
    this.#nextUs = this.#stage.now + between(this.#random, 1, this.#isKeen ? READER_PAUSE_US : PAUSE_US);
  }

  get #isKeen(): boolean {
    return this.#plan.isReader && this.#stage.deposed !== undefined;
  }
}
