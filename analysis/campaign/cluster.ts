/**
 * The cluster of a run: a simulated cluster, checked on every step, that can be acted on and
 * inspected, and that records what was done to it as a scenario.
 */

import type { ProtocolRequest, ReplicaView } from '../../replication/index.ts';
import { describeViolation } from '../../replication/invariants/index.ts';
import {
  type ClusterObserver,
  type Guarantees,
  type KeyValueCluster,
  type Settings,
  SimulatedCluster,
  type SimulatedProtocol,
  Submissions,
} from '../../replication/sim/index.ts';
import type { EventRecord, Outcome, RepairWay, Value } from '../../vm/index.ts';
import { type Fault, linkName, type MachineStatus, RepairRefused } from '../../vm/sim/index.ts';
import { ClientHistory } from './client-history.ts';
import { ClusterMembers } from './cluster-members.ts';
import { changesOf, joinersOf } from './member-wish.ts';
import type { Plan } from './plan.ts';
import { type Asking, NO_GROUP, type ScenarioStep } from './recorded-scenario.ts';

/** Who hears what happens in a cluster. */
export interface ClusterWatch extends ClusterObserver {
  readonly event?: (record: EventRecord) => void;
}

export class CampaignCluster {
  readonly history: ClientHistory;
  readonly steps: ScenarioStep[] = [];
  readonly members = new ClusterMembers(this);
  /** The replicas that clients ask. */
  contacts: readonly string[];
  /** A replica that may not know yet that it no longer leads: its reads may be stale. */
  deposed: string | undefined;
  readonly #cluster: KeyValueCluster;
  readonly #submissions: Submissions;
  readonly #plan: Plan;
  #groups = NO_GROUP;
  #names = 0;
  /** Who makes the request that is being made. */
  #client: string | undefined;

  /** `watch` hears what happens, with an `event` if it is to hear the rows of the logs too. */
  constructor(
    { create, Window }: SimulatedProtocol,
    settings: Settings,
    plan: Plan,
    watch: ClusterWatch = {},
  ) {
    const { seed, machines } = plan;
    const protocol = create('quick', settings);
    const { event, ...heard } = watch;
    this.#plan = plan;
    this.history = new ClientHistory(protocol.guarantees);
    this.#cluster = new SimulatedCluster(
      protocol,
      { seed, machines, record: event },
      {
        ...heard,
        asked: (...asked) => {
          this.history.asked(...asked, this.#client);
          heard.asked?.(...asked);
        },
        answered: (...answered) => {
          this.history.answered(...answered);
          heard.answered?.(...answered);
        },
      },
    );
    this.#submissions = new Submissions(this.#cluster, Window);
    if (plan.duplicates) this.history.duplicates();
    // The world begins with a scenario's defaults, so that the recorded scenario contains the
    // settings.
    const group = this.group();
    this.inject({ type: 'network', settings: plan.network }, group);
    for (const node of this.nodes) this.inject({ type: 'disk', node, settings: plan.disk }, group);
    this.contacts = this.nodes;
  }

  /** All machines, those that joined included. */
  get nodes(): readonly string[] {
    return this.#cluster.nodes;
  }

  get guarantees(): Guarantees {
    return this.#cluster.protocol.guarantees;
  }

  /** Whether the protocol has no leaders at all. */
  get hasNoLeaders(): boolean {
    return this.#cluster.protocol.leaderRole === undefined;
  }

  get world(): KeyValueCluster['world'] {
    return this.#cluster.world;
  }

  /** Virtual microseconds. */
  get now(): number {
    return this.#cluster.now;
  }

  // Doing.

  /** A group for acts that belong together. */
  group(): number {
    return ++this.#groups;
  }

  /** A name that the scenario has not used yet. */
  name(letter: string): string {
    return `${letter}${++this.#names}`;
  }

  advance(us: number): void {
    this.steps.push({ act: { type: 'run', us }, group: NO_GROUP });
    this.world.advance(us);
  }

  /** Injects a fault, or ends one, if that changes anything. */
  inject(fault: Fault, group: number): void {
    if (!this.#changes(fault)) return;
    this.steps.push({ act: { type: 'fault', fault }, group });
    this.world.do(fault);
    // A damaged disk: its machine does not start before it is repaired.
    if (fault.type === 'restart' && this.status(fault.node) === 'down') this.#repair(fault.node, group);
  }

  /** Keeps as much as the protocol says is safe, and starts the machine. */
  #repair(node: string, group: number): void {
    const way = this.#tryRepair(node, 'drop-tail') ? 'drop-tail' : 'start-empty';
    if (way === 'start-empty') this.world.do({ type: 'repair', node, way });
    this.steps.push({ act: { type: 'fault', fault: { type: 'repair', node, way } }, group });
    this.inject({ type: 'restart', node }, group);
  }

  #tryRepair(node: string, way: RepairWay): boolean {
    try {
      this.world.do({ type: 'repair', node, way });
      return true;
    } catch (error) {
      if (error instanceof RepairRefused) return false;
      throw error;
    }
  }

  /** Asks a replica. Returns the request's id. */
  ask(asking: Asking, group: number): string {
    const body = this.#body(asking);
    this.steps.push({ act: asking, group });
    const joiners = asking.type === 'change' ? joinersOf(asking.wish) : [];
    const started = joiners.filter((joiner) => !this.nodes.includes(joiner));
    for (const joiner of started) this.#cluster.join(joiner);
    this.#client = asking.client;
    const id = this.#cluster.request(asking.node, body);
    this.#client = undefined;
    if (asking.type === 'open') this.#submissions.open(asking.session, id, asking.oneByOne);
    for (const node of started) this.inject({ type: 'disk', node, settings: this.#plan.disk }, group);
    if (asking.type === 'change') this.members.asked(id, asking.node);
    return id;
  }

  /** The client of a command's session has its answer, or waits for it no longer. */
  acknowledge(request: string, group: number): void {
    this.steps.push({ act: { type: 'acknowledge', request }, group });
    this.#submissions.acknowledge(request);
  }

  /** Whether as many commands of a session are under way as may be. */
  isFull(session: string): boolean {
    return this.#submissions.isFull(session);
  }

  /** The answer to a request, if it has come. */
  answer(id: string): Outcome | undefined {
    return this.#cluster.answer(id);
  }

  // Looking.

  /** The violation of an invariant, if there was one. */
  get violation(): string | undefined {
    const [violation] = this.#cluster.violations;
    return violation && describeViolation(violation);
  }

  /**
   * Compares the replicas' data with each other, and all that clients were told with what is there.
   */
  checkHistory(): { readonly contradiction: string | undefined; readonly undecided: readonly string[] } {
    this.#cluster.compareData();
    return this.history.verdict(this.#finals(), this.now);
  }

  /** What each running replica holds of a key. */
  values(key: string): readonly Value[] {
    return this.#cluster.up.map((node) => this.#cluster.peek(node, { type: 'get', key }));
  }

  view(node: string): ReplicaView {
    return this.#cluster.view(node);
  }

  hasStarted(node: string): boolean {
    return this.world.node(node).machine.state.program !== undefined;
  }

  status(node: string): MachineStatus {
    return this.#cluster.status(node);
  }

  /** How often the machine was started, and whether it joined a cluster that was there. */
  start(node: string): { readonly boot: number; readonly joining: boolean } {
    const { boot, joining } = this.world.node(node);
    return { boot, joining };
  }

  leads(node: string): boolean {
    return this.#cluster.leaders().includes(node);
  }

  /** The leader of the highest term, if there is one; it may be paused. */
  get leader(): string | undefined {
    return this.#cluster.leaders(this.nodes)[0];
  }

  /**
   * Whether a crash now would lose something that the replica has written; or its vote for another
   * one.
   */
  hasUnsynced(node: string): boolean {
    const { status, machine } = this.world.node(node);
    return status !== 'down' && machine.state.durable < machine.state.gate;
  }

  hasUnsyncedVote(node: string): boolean {
    if (!this.hasUnsynced(node)) return false;
    const { votedFor, leader } = this.view(node);
    return leader === undefined && votedFor !== undefined && votedFor !== node;
  }

  /** Whether the replica campaigns, or asks for pre-votes. */
  asksForVotes(node: string): boolean {
    return this.status(node) === 'up' && Object.keys(this.view(node).votes).length > 0;
  }

  /** Whether the replica is about to, within a tick, unless it hears a leader. */
  isAboutToCampaign(node: string): boolean {
    const { machine, status } = this.world.node(node);
    return status === 'up' && machine.state.ticks + 1 >= (this.view(node).electionAt ?? Infinity);
  }

  /** Whether the replica has entries that it does not know to be committed. */
  hasUncommitted(node: string): boolean {
    const { commit, lastIndex } = this.view(node);
    return lastIndex > commit;
  }

  /**
   * Whether the members have one leader among them, and have applied all of the same log in its
   * term.
   */
  haveAgreed(): boolean {
    const members = this.members.all;
    const terms = new Set(members.map((node) => this.view(node).term));
    const isLed = this.hasNoLeaders || this.#cluster.leaders(members).length === 1;
    return terms.size === 1 && isLed && this.#cluster.haveAgreed(members);
  }

  /** The replicas' states in one line. */
  describe(): string {
    const seen = this.nodes.map((node) => {
      const { role, term, applied, lastIndex } = this.view(node);
      const status = this.status(node) === 'up' ? role : this.status(node);
      return `${node} ${status} term ${term} applied ${applied}/${lastIndex}`;
    });
    return seen.join(', ');
  }

  #body(asking: Asking): ProtocolRequest {
    switch (asking.type) {
      case 'open':
        return { type: 'open-session', nonce: asking.session };
      case 'transfer':
        return { type: 'transfer', to: asking.to };
      case 'change':
        return { type: 'change-members', changes: changesOf(asking.wish) };
      case 'read':
        return {
          type: 'read',
          query: { type: 'get', key: asking.key },
          consistency: asking.consistency,
        };
      case 'retry':
        return this.#submissions.retry(asking.first, asking.name, asking.anew);
      case 'submit':
        return this.#submissions.submit(
          asking.name,
          { type: 'submit', command: asking.command },
          asking.session,
        );
    }
  }

  #changes(fault: Fault): boolean {
    switch (fault.type) {
      case 'crash':
        return this.status(fault.node) !== 'down';
      case 'pause':
        return this.status(fault.node) === 'up';
      case 'resume':
        return this.status(fault.node) === 'paused';
      case 'block':
      case 'unblock': {
        const blocked = this.world.network.blocked[linkName(fault.from, fault.to)] === true;
        return blocked !== (fault.type === 'block');
      }
      case 'rot':
        return this.world.node(fault.node).disk.records.length > 0;
      case 'clog':
      case 'unclog': {
        const clogged = this.world.network.clogged[linkName(fault.from, fault.to)] !== undefined;
        return clogged !== (fault.type === 'clog');
      }
      case 'rate':
        return this.world.node(fault.node).ticksPerSecond !== fault.ticksPerSecond;
      case 'drift':
        return fault.perSecond !== 1 || this.world.node(fault.node).drift !== undefined;
      case 'network':
        return !isSame(this.world.network.settings, fault.settings);
      case 'disk':
        return !isSame(this.world.node(fault.node).disk.settings, fault.settings);
      default:
        return true;
    }
  }

  /** What every key that a client asked about holds, by the replica that has applied most. */
  #finals(): ReadonlyMap<string, Value> {
    const running = this.nodes.filter((node) => this.status(node) !== 'down');
    const [first] = running.sort((a, b) => this.view(b).applied - this.view(a).applied);
    if (first === undefined) return new Map();
    return new Map(this.history.keys.map((key) => [key, this.#cluster.peek(first, { type: 'get', key })]));
  }
}

function isSame(a: object, b: object): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
