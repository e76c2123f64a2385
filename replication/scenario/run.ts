/** A scenario while it runs: its world, and what its lines have given names to. */
import type { EventRecord, NodeId, Outcome } from '../../vm/index.ts';
import { type ByHand, type Fault, type MachineStatus, RepairRefused } from '../../vm/sim/index.ts';
import { SplitBrain } from '../invariants/split-brain.ts';
import { describeViolation } from '../invariants/violations.ts';
import type { LogEntryView, ProtocolRequest, ReplicaView } from '../protocol.ts';
import { SimulatedCluster } from '../sim/cluster.ts';
import type { KeyValueCluster } from '../sim/protocol.ts';
import { Submissions } from '../sim/submissions.ts';
import { answerText, dataText, valueText } from './key-value-words.ts';
import { Narrator } from './narrator.ts';
import type { CapturedRequest, HistoryCheck, RequestOptions, RunOptions } from './run-options.ts';
import { type Answer, type Condition, type HistoryGuarantee, ScenarioFailure, type Scene } from './scene.ts';
import type { Duration } from './words.ts';

/** A scenario while it runs. */
export class ScenarioRun implements Scene {
  readonly cluster: KeyValueCluster;
  readonly narrator: Narrator;
  /** Virtual microseconds of a tick: of the fastest clock, as the cluster was set up. */
  readonly tickUs: number;
  readonly #history: HistoryCheck | undefined;
  readonly #submissions: Submissions;
  readonly #named = new Map<string, NodeId>();
  /** By the names of requests: their ids, and the requests in words. */
  readonly #requests = new Map<string, { readonly id: string; readonly text: string }>();
  /** What answers are told under, by request. */
  readonly #texts = new Map<string, string>();
  readonly #splitBrain: SplitBrain;
  /** Who makes the request that is being made. */
  #client: string | undefined;
  #isByHand = false;
  /** While requests are not made: those that would have been. */
  #captured: CapturedRequest[] | undefined;

  constructor({ protocol, Window, settings, history, hear, acted }: RunOptions) {
    this.narrator = new Narrator();
    const { observer } = this.narrator;
    const record = (event: EventRecord) => {
      observer.event(event);
      hear(event);
    };
    this.#history = history;
    this.#splitBrain = new SplitBrain(protocol.leaderRole);
    this.cluster = new SimulatedCluster(
      protocol,
      { ...settings, record },
      {
        applied: observer.applied,
        stepped: (node) => {
          observer.stepped(node);
          // The first steps are taken before the cluster is there.
          if (this.cluster !== undefined)
            this.#splitBrain.stepped(node, this.cluster.view(node), this.cluster.now);
        },
        acted,
        asked: (...asked) => history?.asked(...asked, this.#client),
        answered: (id, outcome, atUs) => {
          history?.answered(id, outcome, atUs);
          if (this.#texts.has(id)) this.#tell(id, outcome);
        },
      },
    );
    this.#submissions = new Submissions(this.cluster, Window);
    this.tickUs = Math.round(
      1_000_000 / Math.max(...settings.machines.map(({ ticksPerSecond }) => ticksPerSecond)),
    );
    this.narrator.watch(this.cluster);
  }

  get nodes(): readonly NodeId[] {
    return this.cluster.nodes;
  }

  get isDurable(): boolean {
    return this.cluster.protocol.guarantees.durable;
  }

  get isLed(): boolean {
    return this.cluster.protocol.leaderRole !== undefined;
  }

  get world(): KeyValueCluster['world'] {
    return this.cluster.world;
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
    const { leader, up } = this.cluster;
    // Where nobody leads, anyone takes requests.
    if (name === 'leader' && this.cluster.protocol.leaderRole === undefined)
      return up[0] ?? this.fail('no machine is up');
    if (name === 'leader') return leader ?? this.fail('there is no leader');
    return up.find((node) => node !== leader) ?? this.fail('there is no follower');
  }

  /** The machine that a name stands for now, with its id if the name is another. */
  who(name: string): NodeId {
    const node = this.resolve(name);
    if (node !== name) this.narrator.say(`(${name} is ${node})`);
    return node;
  }

  /** The machine that a name stands for; a name of none that there is as it is. */
  idOf(name: string): NodeId {
    return name === 'leader' || name === 'follower' ? this.resolve(name) : this.nameOf(name);
  }

  /** The machine that a name stands for; any other word as it is. */
  nameOf(word: string): string {
    return this.#named.get(word) ?? word;
  }

  status(node: NodeId): MachineStatus {
    return this.cluster.status(node);
  }

  haveAgreed(nodes: readonly NodeId[]): boolean {
    return this.cluster.haveAgreed(nodes);
  }

  view(node: NodeId): ReplicaView | undefined {
    return this.cluster.status(node) === 'down' ? undefined : this.cluster.view(node);
  }

  entries(node: NodeId): LogEntryView[] {
    return this.cluster.status(node) === 'down' ? [] : this.cluster.log(node);
  }

  leaders(nodes: readonly NodeId[]): NodeId[] {
    return this.cluster.leaders(nodes.filter((node) => this.cluster.status(node) === 'up'));
  }

  isWriting(node: NodeId): boolean {
    const { durable, batch } = this.world.node(node).machine.state;
    return durable < batch;
  }

  contradiction(): string | undefined {
    return this.#history === undefined
      ? this.fail('histories cannot be checked here')
      : this.#history.contradiction();
  }

  /** What breaks a guarantee of the clients' history. */
  broken(guarantee: HistoryGuarantee): string | undefined {
    if (this.#history === undefined) this.fail('histories cannot be checked here');
    return this.#history.broken(guarantee, (key) =>
      this.cluster.up.map((node) => this.cluster.peek(node, { type: 'get', key })),
    );
  }

  /** Two that led at once and both decided; or, if `sharing`, that led the same term. */
  rivals(sharing: boolean): string | undefined {
    return sharing ? this.#splitBrain.sharedTerm : this.#splitBrain.split;
  }

  value(node: NodeId, key: string): string {
    return valueText(this.cluster.peek(node, { type: 'get', key }));
  }

  /** All that a machine's state machine keeps: `x=1 y=2`. */
  data(node: NodeId): string {
    return dataText(this.world.node(node).disk.current.data);
  }

  answer(name: string): Answer {
    const outcome = this.cluster.answer(this.requestOf(name));
    if (outcome === undefined) return { ok: false, text: 'pending' };
    return { ok: outcome.ok, text: answerText(outcome) };
  }

  // Doing.

  call(name: string, node: NodeId): void {
    this.#named.set(name, node);
  }

  /** Starts a machine of that name, if there is none. */
  join(name: string): void {
    if (!this.world.nodes.has(this.idOf(name))) this.cluster.join(name);
  }

  /** From now on disks write at once, and time passes by statements only. */
  actByHand(): void {
    this.#isByHand = true;
    this.#settle();
  }

  /** Makes a message do something out of its turn; `then` happens before any disk has written. */
  act(action: ByHand, then?: Fault): void {
    if (action.type === 'deliver' && action.keep) this.#history?.duplicates();
    if (action.type !== 'sync' && this.world.node(action.to).status === 'paused')
      this.fail(`${action.to} is paused`);
    this.#pass();
    try {
      this.cluster.do(action);
      if (then !== undefined) this.cluster.do(then);
    } catch (error) {
      if (error instanceof RangeError) this.fail(error.message);
      throw error;
    }
    this.#settle();
  }

  fault(fault: Fault): void {
    this.#pass();
    if ('settings' in fault && 'duplicateRate' in fault.settings && fault.settings.duplicateRate > 0)
      this.#history?.duplicates();
    try {
      this.cluster.do(fault);
    } catch (error) {
      if (error instanceof RepairRefused) this.fail(error.message);
      throw error;
    }
    this.#settle();
  }

  /** The oldest message that is on its way over a link is lost. */
  lose({ from, to }: { readonly from: NodeId; readonly to: NodeId }): void {
    const [oldest] = this.world.inFlight
      .filter(({ node, envelope }) => node === to && envelope.from === from)
      .sort((a, b) => a.at - b.at || a.order - b.order);
    if (oldest === undefined) this.fail(`no message is on its way from ${from} to ${to}`);
    this.fault({ type: 'lose', order: oldest.order });
  }

  request(plain: ProtocolRequest, options: RequestOptions): void {
    const { name, session } = options;
    if (session !== undefined && !this.#submissions.isOpen(session))
      this.fail(`session ${session} is not open`);
    if (session !== undefined && this.#submissions.isFull(session)) {
      this.fail(`session ${session} has as many commands under way as results are kept`);
    }
    this.#request(this.#submissions.submit(name, plain, session), options);
  }

  openSession(name: string, node: string, oneByOne: boolean): void {
    const request = this.#ask({ type: 'open-session', nonce: name }, node, `session ${name}`);
    this.#submissions.open(name, request, oneByOne);
  }

  /**
   * Makes a named request again: the same in every part, or, `anew`, with what its session
   * acknowledges by now.
   */
  retry(first: string, anew: boolean, options: Omit<RequestOptions, 'text'>): void {
    const { text } = this.#requests.get(first)!;
    this.#request(this.#submissions.retry(first, options.name, anew), { ...options, text });
  }

  /** The client of a named command's session has its answer, or waits for it no longer. */
  acknowledge(name: string): void {
    if (!this.#submissions.isInSession(name)) this.fail(`${name} is no command of a session`);
    this.#submissions.acknowledge(name);
  }

  /** The id of the request of that name. */
  requestOf(name: string): string {
    return this.#requests.get(name)!.id;
  }

  /** Microseconds of a duration. */
  us(duration: Duration): number {
    return 'us' in duration ? duration.us : duration.ticks * this.tickUs;
  }

  /**
   * Lets time pass, at most `us`; stops as soon as `until` holds. Returns whether it holds at the
   * end.
   */
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

  /** The requests that a line would make, had it its turn. */
  capture(line: (run: ScenarioRun) => void): readonly CapturedRequest[] {
    this.#captured = [];
    try {
      line(this);
      return this.#captured;
    } finally {
      this.#captured = undefined;
    }
  }

  #request(body: ProtocolRequest, { node, name, session, text, client }: RequestOptions): void {
    this.#captured?.push({ body, node, name, session });
    if (this.#captured !== undefined) return;
    this.#client = client;
    const id = this.#ask(body, node, name ?? text);
    this.#client = undefined;
    if (name !== undefined) this.#requests.set(name, { id, text });
  }

  /** Makes a request, whose answer is told under this heading. Returns its id. */
  #ask(body: ProtocolRequest, node: string, heading: string): string {
    this.#pass();
    const id = this.cluster.request(this.resolve(node), body);
    this.#texts.set(id, heading);
    // Some answers come at once.
    const outcome = this.cluster.answer(id);
    if (outcome !== undefined) this.#tell(id, outcome);
    this.#settle();
    return id;
  }

  /** By hand, one thing comes after the other: a history tells them apart by their times. */
  #pass(): void {
    if (this.#isByHand) this.world.now++;
  }

  /** By hand, disks write at once. */
  #settle(): void {
    if (this.#isByHand) this.cluster.do({ type: 'sync' });
    this.#checkInvariants();
  }

  /**
   * What is seen instead of the condition. Where it speaks of a leader and there is none, it does
   * not hold.
   */
  #unmet(condition: Condition): string | undefined {
    try {
      return condition.unmet(this);
    } catch (error) {
      if (error instanceof ScenarioFailure) return error.message;
      throw error;
    }
  }

  #tell(id: string, outcome: Outcome): void {
    const why = outcome.ok ? '' : ` (${outcome.message})`;
    this.narrator.say(`answer to ${this.#texts.get(id)}: ${answerText(outcome)}${why}`);
  }

  #checkInvariants(): void {
    const [violation] = this.cluster.violations;
    if (violation !== undefined) this.fail(describeViolation(violation));
  }
}
