/**
 * A client of a campaign with several commands of one session under way. It asks any replica, or
 * two at once, and again where no answer comes, so that numbers arrive in any order. It keeps
 * answers for a while before it acknowledges them and may ask for them once more; it crashes and
 * restarts with the session that it had and no answers; it opens another session while commands of
 * the last one are under way, and so ends those of others; and it gives commands up.
 */
import type { KeyValueCommand, KeyValueResult } from '../../replication/core/index.ts';
import { between, chance, type Outcome, pick, type RandomState } from '../../vm/index.ts';
import { ATTEMPT_TIMEOUT_US, type Client, type Contradiction, type Mode } from './client.ts';
import type { CampaignCluster } from './cluster.ts';
import type { ClientPlan, PipelinePlan } from './plan.ts';
import { Workload } from './workload.ts';

/**
 * A request whose answer the client receives. `name` is the scenario's: of the request, or of the
 * session that it opens.
 */
interface Attempt {
  readonly id: string;
  readonly name: string;
}

/** A command, until it is acknowledged or its session has ended. */
interface Command {
  readonly change: KeyValueCommand;
  readonly session: string;
  readonly proves: boolean;
  readonly group: number;
  readonly attempts: Attempt[];
  /** What its first attempt is called; undefined before that. */
  first: string | undefined;
  tries: number;
  /** When it is asked again. */
  dueUs: number;
  /** When its answer is acknowledged; undefined until there is one. */
  keptUntilUs: number | undefined;
}

/** The longest pause between two bursts of commands, and the longest downtime of the client. */
const PAUSE_US = 150_000;
const DEAD_US = 1_500_000;

/** One client. What it does is drawn from `random`, a stream of its own. */
export class PipelinedClient implements Client {
  contradiction: Contradiction | undefined;
  readonly #letter: string;
  readonly #plan: PipelinePlan;
  readonly #workload: Workload;
  readonly #cluster: CampaignCluster;
  readonly #random: RandomState;
  #session: string | undefined;
  /** Requests for a session, and when another one is made. */
  #opening: Attempt[] = [];
  #openingDueUs = 0;
  #commands: Command[] = [];
  #nextUs = 0;
  /** Until when it is down. */
  #backUs = 0;
  #hasProved = false;

  constructor(
    letter: string,
    plan: ClientPlan,
    pipeline: PipelinePlan,
    cluster: CampaignCluster,
    random: RandomState,
  ) {
    this.#letter = letter;
    this.#plan = pipeline;
    this.#workload = new Workload(letter, plan, random);
    this.#cluster = cluster;
    this.#random = random;
  }

  get isIdle(): boolean {
    return this.#commands.length === 0 && this.#opening.length === 0;
  }

  get hasProved(): boolean {
    return this.#hasProved;
  }

  act(mode: Mode): void {
    const { now } = this.#cluster;
    if (mode === 'work' && now < this.#backUs) return;
    this.#hear();
    this.#acknowledge();
    for (const command of this.#commands.filter(({ dueUs }) => dueUs <= now)) this.#again(command, mode);
    if (this.#opening.length > 0) this.#open();
    else if (now >= this.#nextUs) this.#begin(mode);
  }

  #hear(): void {
    for (const { id, name } of this.#opening) {
      if (this.#cluster.answer(id)?.ok !== true) continue;
      this.#session = name;
      this.#opening = [];
    }
    for (const command of this.#commands) {
      for (const attempt of [...command.attempts]) {
        const outcome = this.#cluster.answer(attempt.id);
        if (outcome !== undefined) this.#answered(command, attempt, outcome);
      }
    }
  }

  #answered(command: Command, { id, name }: Attempt, outcome: Outcome): void {
    command.attempts.splice(
      command.attempts.findIndex((attempt) => attempt.id === id),
      1,
    );
    if (outcome.ok) this.#done(command, outcome.value as KeyValueResult);
    else if (outcome.code === 'SessionExpired') {
      // Whether an earlier attempt ran is not known. Others of the session find out for themselves.
      this.#forget(command);
      if (this.#session === command.session) this.#session = undefined;
    } else if (outcome.code === 'Rejected') {
      this.contradiction ??= {
        message: `rejected-request: client ${this.#letter}'s change was rejected: ${outcome.message}`,
        lines: [`expect not answer ${name} is Rejected`],
      };
    }
  }

  #done(command: Command, result: KeyValueResult): void {
    if (command.keptUntilUs !== undefined) return;
    const { now } = this.#cluster;
    this.#workload.learn(command.change, result);
    this.#hasProved ||= command.proves;
    command.keptUntilUs = now + between(this.#random, 0, this.#plan.keepsUs);
    // It may want the answer once more before that.
    command.dueUs = now + between(this.#random, 1, 2 * this.#plan.keepsUs + 1);
  }

  #acknowledge(): void {
    for (const command of this.#commands) {
      if ((command.keptUntilUs ?? Number.POSITIVE_INFINITY) > this.#cluster.now) continue;
      this.#cluster.acknowledge(command.first!, command.group);
      this.#forget(command);
    }
  }

  #forget(command: Command): void {
    this.#commands = this.#commands.filter((other) => other !== command);
  }

  /** Asks again, or gives the command up. */
  #again(command: Command, mode: Mode): void {
    const isTired = command.tries >= this.#plan.mostTries && !command.proves;
    if (command.keptUntilUs !== undefined || mode !== 'work' || !isTired) this.#ask(command);
    else {
      this.#cluster.acknowledge(command.first!, command.group);
      this.#forget(command);
    }
  }

  #begin(mode: Mode): void {
    const isProving = this.#hasProved || this.#commands.some(({ proves }) => proves);
    if (mode === 'finish' || (mode === 'prove' && isProving)) return;
    this.#nextUs = this.#cluster.now + between(this.#random, 1, PAUSE_US);
    if (mode === 'work' && chance(this.#random, this.#plan.dies)) this.#die();
    else if (this.#session === undefined || (mode === 'work' && chance(this.#random, this.#plan.reopens))) {
      this.#openingDueUs = 0;
      this.#open();
    } else this.#burst(this.#session, mode === 'prove');
  }

  /** What it knows of its session is on its disk; the answers are not. */
  #die(): void {
    this.#backUs = this.#cluster.now + between(this.#random, 1, DEAD_US);
    for (const command of this.#commands) {
      command.attempts.length = 0;
      command.keptUntilUs = undefined;
      command.dueUs = this.#backUs;
    }
  }

  #open(): void {
    const { now } = this.#cluster;
    if (now < this.#openingDueUs) return;
    const name = this.#cluster.name('s');
    const node = pick(this.#random, this.#cluster.contacts);
    const id = this.#cluster.ask(
      { type: 'open', session: name, oneByOne: false, node },
      this.#cluster.group(),
    );
    this.#opening.push({ id, name });
    this.#openingDueUs = now + between(this.#random, ...ATTEMPT_TIMEOUT_US) * this.#opening.length;
  }

  #burst(session: string, proves: boolean): void {
    const waiting = this.#commands.filter(({ keptUntilUs }) => keptUntilUs === undefined).length;
    const spare = Math.max(proves ? 1 : 0, this.#plan.depth - waiting);
    for (let count = proves ? 1 : between(this.#random, 0, spare); count > 0; count--) {
      if (this.#cluster.isFull(session)) return;
      const change = this.#workload.change(this.#workload.target());
      const asked = { attempts: [], first: undefined, tries: 0, dueUs: 0, keptUntilUs: undefined };
      const command = { change, session, proves, group: this.#cluster.group(), ...asked };
      this.#commands.push(command);
      this.#ask(command);
    }
  }

  /** Asks one replica, or two. */
  #ask(command: Command): void {
    const { contacts, now } = this.#cluster;
    const copies = contacts.length > 1 && chance(this.#random, this.#plan.asksTwo) ? 2 : 1;
    const first = between(this.#random, 0, contacts.length - 1);
    for (let copy = 0; copy < copies; copy++)
      this.#askAt(command, contacts[(first + copy) % contacts.length]!);
    command.tries++;
    command.dueUs = now + between(this.#random, ...ATTEMPT_TIMEOUT_US) * command.tries;
  }

  #askAt(command: Command, node: string): void {
    const { session, change, group, first } = command;
    const name = this.#cluster.name('r');
    command.first ??= name;
    const id = this.#cluster.ask(
      first === undefined
        ? { type: 'submit', command: change, session, name, node }
        : { type: 'retry', first, anew: chance(this.#random, 0.7), name, node },
      group,
    );
    command.attempts.push({ id, name });
  }
}
