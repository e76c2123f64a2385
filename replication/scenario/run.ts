/** A scenario while it runs: its world, and what its lines have given names to. */
import type { NodeId } from '../../vm/clock.ts';
import type { EventRecord } from '../../vm/event.ts';
import type { Outcome } from '../../vm/program.ts';
import type { Fault } from '../../vm/sim/actions.ts';
import { RepairRefused } from '../../vm/sim/faults.ts';
import type { WorldSettings } from '../../vm/sim/settings.ts';
import { World } from '../../vm/sim/world.ts';
import { Narrator } from './narrator.ts';
import type { AnyWorld, Subject, SubjectEntry, SubjectSession, SubjectView } from './subject.ts';
import type { Duration } from './words.ts';

/** Why a scenario was aborted: an expectation that failed, or something that could not be done. */
export class ScenarioFailure extends Error {
  override readonly name = 'ScenarioFailure';
}

/** Where and how a request is made. Names are those of the scenario. */
export interface RequestOptions {
  readonly node: string;
  /** What the answer is called. */
  readonly name: string | undefined;
  readonly session: string | undefined;
  /** The request in words. */
  readonly text: string;
}

/** Which command of which session a request is. */
interface Numbered {
  readonly client: SubjectSession;
  readonly sequence: number;
}

interface Asked {
  readonly id: string;
  readonly body: unknown;
  readonly numbered: Numbered | undefined;
  readonly text: string;
}

interface Session {
  readonly request: string;
  /** Whether its client has each answer before it asks for the next thing. */
  readonly oneByOne: boolean;
  /** Undefined until its first command. */
  client: SubjectSession | undefined;
}

/** An answer in one word; `pending` for none. */
export interface Answer {
  readonly ok: boolean;
  readonly text: string;
}

/** Something that may be true of a world. */
export interface Condition {
  readonly text: string;
  /** What is seen instead; undefined if the condition holds. */
  unmet(run: ScenarioRun): string | undefined;
}

/** A scenario while it runs. */
export class ScenarioRun {
  readonly subject: Subject;
  readonly world: AnyWorld;
  readonly narrator: Narrator;
  readonly nodes: readonly NodeId[];
  /** Virtual microseconds of a tick: of the fastest clock, as the cluster was set up. */
  readonly tickUs: number;
  readonly #named = new Map<string, NodeId>();
  readonly #requests = new Map<string, Asked>();
  readonly #sessions = new Map<string, Session>();
  /** What answers are told under, by request. */
  readonly #texts = new Map<string, string>();
  readonly #outcomes = new Map<string, Outcome>();

  /** `hear` is called with every event. */
  constructor(subject: Subject, settings: WorldSettings, hear: (record: EventRecord) => void) {
    this.subject = subject;
    this.narrator = new Narrator(subject);
    const { narrator } = this;
    const { check } = subject;
    this.world = new World(subject.program, settings, {
      event(record) {
        narrator.observer.event(record);
        hear(record);
      },
      responded: (_node, request, outcome) => this.#responded(request, outcome),
      applied(node, entry) {
        narrator.observer.applied(node, entry);
        check.observer.applied?.(node, entry);
      },
      installed: (node, index) => check.observer.installed?.(node, index),
      stepped(node) {
        narrator.observer.stepped(node);
        check.observer.stepped?.(node);
      },
    });
    this.nodes = [...this.world.nodes.keys()];
    this.tickUs = Math.round(
      1_000_000 / Math.max(...settings.machines.map(({ ticksPerSecond }) => ticksPerSecond)),
    );
    narrator.watch(this.world);
    check.watch(this.world);
  }

  /** Ticks since the start. */
  get tick(): number {
    return Math.floor(this.world.now / this.tickUs);
  }

  fail(message: string): never {
    throw new ScenarioFailure(message);
  }

  // Looking.

  /** The machine that a name stands for now. */
  resolve(name: string): NodeId {
    if (this.world.nodes.has(name)) return name;
    const named = this.#named.get(name);
    if (named !== undefined) return named;
    const leader = this.leaders(this.nodes).at(-1);
    if (name === 'leader') return leader ?? this.fail('there is no leader');
    const follower = this.nodes.find((node) => node !== leader && this.world.node(node).status === 'up');
    return follower ?? this.fail('there is no follower');
  }

  /** The machine that a name stands for now, with its id if the name is another. */
  who(name: string): NodeId {
    const node = this.resolve(name);
    if (node !== name) this.narrator.say(`(${name} is ${node})`);
    return node;
  }

  /** The machine that a name stands for; any other word as it is. */
  nameOf(word: string): string {
    return this.#named.get(word) ?? word;
  }

  /** What can be seen of a machine; undefined while it is down. */
  view(node: NodeId): SubjectView | undefined {
    const { status, machine } = this.world.node(node);
    return status === 'down' ? undefined : this.subject.view(machine.state.program);
  }

  /** The log of a machine that runs, as far as it is in memory. */
  entries(node: NodeId): SubjectEntry[] {
    const view = this.view(node);
    const { program } = this.world.node(node).machine.state;
    const entries: SubjectEntry[] = [];
    for (let index = (view?.baseIndex ?? 0) + 1; index <= (view?.lastIndex ?? 0); index++) {
      const entry = this.subject.entry(program, index);
      if (entry !== undefined) entries.push(entry);
    }
    return entries;
  }

  /** Which of these lead, in the order of terms. A paused machine does not lead. */
  leaders(nodes: readonly NodeId[]): NodeId[] {
    const { leaderRole } = this.subject;
    const leads = (node: NodeId) =>
      this.world.node(node).status === 'up' && this.view(node)!.role === leaderRole;
    return nodes.filter(leads).sort((a, b) => this.view(a)!.term - this.view(b)!.term);
  }

  isWriting(node: NodeId): boolean {
    const { durable, batch } = this.world.node(node).machine.state;
    return durable < batch;
  }

  /** What clients were told that cannot be true. */
  contradiction(): string | undefined {
    const { historyCheck } = this.subject;
    return historyCheck === undefined
      ? this.fail('histories cannot be checked here')
      : historyCheck.contradiction();
  }

  value(node: NodeId, key: string): string {
    return this.subject.value(this.world.node(node).disk.current.data, key);
  }

  answer(name: string): Answer {
    const outcome = this.#outcomes.get(this.#requests.get(name)!.id);
    if (outcome === undefined) return { ok: false, text: 'pending' };
    return { ok: outcome.ok, text: this.subject.answer(outcome) };
  }

  // Doing.

  call(name: string, node: NodeId): void {
    this.#named.set(name, node);
  }

  fault(fault: Fault): void {
    if ('settings' in fault && 'duplicateRate' in fault.settings && fault.settings.duplicateRate > 0)
      this.subject.historyCheck?.duplicates();
    try {
      this.world.do(fault);
    } catch (error) {
      if (error instanceof RepairRefused) this.fail(error.message);
      throw error;
    }
    this.#checkInvariants();
  }

  request(body: unknown, options: RequestOptions): void {
    const numbered = options.session === undefined ? undefined : this.#number(options.session);
    const whole = numbered === undefined ? body : numbered.client.tagged(body, numbered.sequence);
    this.#request(whole, numbered, options);
  }

  openSession(name: string, node: string, oneByOne: boolean): void {
    const request = this.#ask(this.subject.openSession(name), node, `session ${name}`);
    this.#sessions.set(name, { request, oneByOne, client: undefined });
  }

  /** Makes a named request again: the same in every part, or, `anew`, with what its session acknowledges by now. */
  retry(first: string, anew: boolean, node: string, name: string | undefined): void {
    const { body, numbered, text } = this.#requests.get(first)!;
    const isSame = !anew || numbered === undefined;
    const whole = isSame ? body : numbered.client.tagged(body, numbered.sequence);
    this.#request(whole, numbered, { node, name, session: undefined, text });
  }

  /** The client of a named command's session has its answer, or waits for it no longer. */
  acknowledge(name: string): void {
    const { numbered } = this.#requests.get(name)!;
    if (numbered === undefined) this.fail(`${name} is no command of a session`);
    else numbered.client.answered(numbered.sequence);
  }

  /** Microseconds of a duration. */
  us(duration: Duration): number {
    return 'us' in duration ? duration.us : duration.ticks * this.tickUs;
  }

  /** Lets time pass, at most `us`; stops as soon as `until` holds. Returns whether it holds at the end. */
  advance(us: number, until?: Condition): boolean {
    const end = this.world.now + us;
    if (until !== undefined && this.#unmet(until) === undefined) return true;
    for (let { next } = this.world; next !== undefined && next.at <= end; next = this.world.next) {
      if (next.type === 'arrival') this.narrator.arriving(next);
      this.world.step();
      this.#checkInvariants();
      if (until !== undefined && this.#unmet(until) === undefined) return true;
    }
    this.world.now = end;
    return false;
  }

  /** Fails unless the condition holds, or becomes true within the time. */
  expect(condition: Condition, withinUs: number): void {
    if (this.advance(withinUs, condition)) return;
    this.fail(`expected ${condition.text}, saw ${this.#unmet(condition)}`);
  }

  #request(body: unknown, numbered: Numbered | undefined, { node, name, text }: RequestOptions): void {
    const id = this.#ask(body, node, name ?? text);
    if (name !== undefined) this.#requests.set(name, { id, body, numbered, text });
  }

  /** Makes a request, whose answer is told under this heading. Returns its id. */
  #ask(body: unknown, node: string, heading: string): string {
    const simNode = this.world.node(this.resolve(node));
    // A machine that is not up never receives it.
    const isHeard = simNode.status === 'up';
    const id = this.world.request(simNode.id, body);
    this.#texts.set(id, heading);
    if (isHeard) this.subject.historyCheck?.asked(id, simNode.id, body, this.world.now);
    // Some answers come at once.
    const outcome = this.#outcomes.get(id);
    if (outcome !== undefined) this.#tell(id, outcome);
    this.#checkInvariants();
    return id;
  }

  /** What is seen instead of the condition. Where it speaks of a leader and there is none, it does not hold. */
  #unmet(condition: Condition): string | undefined {
    try {
      return condition.unmet(this);
    } catch (error) {
      if (error instanceof ScenarioFailure) return error.message;
      throw error;
    }
  }

  /** The next command of a session. */
  #number(name: string): Numbered {
    const session = this.#sessions.get(name)!;
    const opened = this.#outcomes.get(session.request);
    if (opened?.ok !== true) return this.fail(`session ${name} is not open`);
    session.client ??= this.subject.session(opened.value as string);
    const { client, oneByOne } = session;
    if (client.isFull) return this.fail(`session ${name} has as many commands under way as results are kept`);
    const sequence = client.take();
    if (oneByOne) client.answered(sequence - 1);
    return { client, sequence };
  }

  #responded(id: string, outcome: Outcome): void {
    this.#outcomes.set(id, outcome);
    if (this.#texts.has(id)) this.#tell(id, outcome);
  }

  #tell(id: string, outcome: Outcome): void {
    this.subject.historyCheck?.answered(id, outcome, this.world.now);
    const why = outcome.ok ? '' : ` (${outcome.message})`;
    this.narrator.say(`answer to ${this.#texts.get(id)}: ${this.subject.answer(outcome)}${why}`);
  }

  #checkInvariants(): void {
    const violation = this.subject.check.violation();
    if (violation !== undefined) this.fail(violation);
  }
}
