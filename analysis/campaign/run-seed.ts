/**
 * One seed of a campaign: a cluster under a storm of faults while clients work, then a quiet in which it must
 * agree again. Invariants are checked on every step; what the clients were told is checked at the end.
 */
import { InvariantChecker } from '../../replication/invariants.ts';
import type { Protocol, ProtocolRequest, ReplicaView } from '../../replication/protocol.ts';
import { queryMachine } from '../../replication/sessions.ts';
import type { StateMachine } from '../../replication/state-machine.ts';
import { describeViolation } from '../../replication/violations.ts';
import type { Outcome } from '../../vm/program.ts';
import { between, type RandomState, seedRandom } from '../../vm/random.ts';
import { World } from '../../vm/sim/world.ts';
import { Adversary, type Victim } from './adversary.ts';
import { CampaignClient, type ClusterAccess, KEYS } from './client.ts';
import { Ledger } from './ledger.ts';
import { listMachine } from './list-machine.ts';
import { type DrawProtocol, drawPlan, type Plan } from './plan.ts';

/** What came of a seed. */
export interface SeedResult {
  readonly seed: number;
  /** What broke, in one line; undefined if nothing did. */
  readonly failure: string | undefined;
  readonly replicas: number;
  readonly steps: number;
  readonly virtualMs: number;
  readonly attacks: number;
  /** Commands that clients were told are done, reads that were answered, and the last term. */
  readonly acknowledged: number;
  readonly reads: number;
  readonly terms: number;
}

type AnyMachine = StateMachine<unknown, unknown, unknown, unknown>;

/** Many times what any run needs: more means that messages beget messages. */
const MOST_STEPS = 200_000;

/** Runs one seed. The same seed and protocol give the same result. */
export function runSeed(draw: DrawProtocol, seed: number): SeedResult {
  return new SeedRun(draw, seed).run();
}

class SeedRun implements ClusterAccess, Victim {
  readonly #seed: number;
  readonly #random: RandomState;
  readonly #protocol: Protocol<unknown, unknown>;
  readonly #plan: Plan;
  readonly #world: World<unknown, unknown, ProtocolRequest>;
  readonly #checker: InvariantChecker<unknown, unknown>;
  readonly #ledger = new Ledger();
  readonly #adversary: Adversary;
  readonly #clients: readonly CampaignClient[];
  /** Answers that clients may look up now, and those that came since. */
  #arrived = new Map<string, Outcome>();
  #answers = new Map<string, Outcome>();
  readonly nodes: readonly string[];

  constructor(draw: DrawProtocol, seed: number) {
    this.#seed = seed;
    this.#random = seedRandom(`campaign/${seed}`);
    this.#plan = drawPlan(seed, this.#random);
    this.#protocol = draw(this.#random, this.#plan.aim);
    this.#checker = new InvariantChecker(this.#protocol);
    this.#world = new World(this.#protocol, this.#plan.world, {
      ...this.#checker.observer,
      responded: (_node, request, outcome) => this.#answers.set(request, outcome),
    });
    this.#checker.watch(this.#world);
    this.nodes = [...this.#world.places.keys()];
    this.#adversary = new Adversary(this.#plan, this.#random);
    this.#clients = Array.from(
      { length: this.#plan.clients },
      (_, i) => new CampaignClient(i + 1, this.#ledger, this.#random),
    );
  }

  get now(): number {
    return this.#world.now;
  }

  get leader(): string | undefined {
    let leader: { node: string; term: number } | undefined;
    for (const { node, view } of this.#views()) {
      if (view.role !== this.#protocol.leaderRole || this.isDown(node)) continue;
      if (leader === undefined || view.term > leader.term) leader = { node, term: view.term };
    }
    return leader?.node;
  }

  request(node: string, body: ProtocolRequest): string {
    return this.#world.request(node, body);
  }

  answer(id: string): Outcome | undefined {
    return this.#arrived.get(id);
  }

  transfer(node: string): void {
    this.#world.request(node, { type: 'transfer' });
  }

  isDown(node: string): boolean {
    return this.#world.place(node).status === 'down';
  }

  hasUnsynced(node: string): boolean {
    const { status, machine } = this.#world.place(node);
    return status !== 'down' && machine.state.durable < machine.state.gate;
  }

  hasUnsyncedVote(node: string): boolean {
    const { votedFor, leader } = this.#view(node);
    return this.hasUnsynced(node) && leader === undefined && votedFor !== undefined && votedFor !== node;
  }

  hasUncommitted(node: string): boolean {
    const { commit, lastIndex } = this.#view(node);
    return lastIndex > commit;
  }

  inflict(fault: Parameters<Victim['inflict']>[0]): void {
    this.#world.do(fault);
  }

  run(): SeedResult {
    let failure: string | undefined;
    try {
      failure = this.#storm() ?? this.#quiet() ?? this.#compare();
    } catch (error) {
      // A replica's own assert: it stopped instead of spreading what it found.
      failure = `${(error as Error).name} at ${this.now / 1000} ms: ${(error as Error).message}`;
    }
    return {
      seed: this.#seed,
      failure,
      replicas: this.nodes.length,
      steps: this.#world.steps,
      virtualMs: Math.round(this.now / 1000),
      attacks: this.#adversary.attacks,
      acknowledged: this.#ledger.acknowledged,
      reads: this.#ledger.reads,
      terms: Math.max(...this.#views().map(({ view }) => view.term)),
    };
  }

  #view(node: string): ReplicaView {
    return this.#protocol.view(this.#world.place(node).machine.state.program);
  }

  #views(): { node: string; view: ReplicaView }[] {
    return this.nodes.map((node) => ({ node, view: this.#view(node) }));
  }

  /** Lets a slice of time pass. Returns what broke. */
  #slice(begin: boolean): string | undefined {
    this.#world.advance(between(this.#random, 1, this.#plan.sliceUs));
    // What nobody asks for now came too late for its client.
    this.#arrived = this.#answers;
    this.#answers = new Map();
    for (const client of this.#clients) client.act(this, begin);
    if (this.#world.steps > MOST_STEPS) return `still busy after ${MOST_STEPS} steps: ${this.#seen()}`;
    return this.#broken();
  }

  #broken(): string | undefined {
    const violation = this.#checker.violations[0];
    return violation ? describeViolation(violation) : this.#ledger.broken;
  }

  #storm(): string | undefined {
    while (this.now < this.#plan.stormUs) {
      this.#adversary.act(this);
      const failure = this.#slice(true);
      if (failure !== undefined) return failure;
    }
    return undefined;
  }

  #quiet(): string | undefined {
    this.#adversary.stop(this);
    const until = this.now + this.#plan.quietUs;
    while (this.now < until) {
      const failure = this.#slice(false);
      if (failure !== undefined) return failure;
      if (this.#clients.every(({ idle }) => idle) && this.#agree()) return undefined;
    }
    const waiting = this.#clients.filter(({ idle }) => !idle).length;
    return `no agreement ${this.#plan.quietUs / 1_000_000} s after the last fault (${waiting} clients still wait): ${this.#seen()}`;
  }

  /** Whether there is one leader, and everyone has applied all of the same log. */
  #agree(): boolean {
    const views = this.#views().map(({ view }) => view);
    const first = views[0]!;
    return (
      views.filter(({ role }) => role === this.#protocol.leaderRole).length === 1 &&
      views.every(({ term, lastIndex, lastTerm, applied }) => {
        if (term !== first.term || lastTerm !== first.lastTerm) return false;
        return lastIndex === first.lastIndex && applied === lastIndex;
      })
    );
  }

  #seen(): string {
    return this.#views()
      .map(
        ({ node, view }) =>
          `${node} ${view.role} term ${view.term} applied ${view.applied}/${view.lastIndex}`,
      )
      .join(', ');
  }

  /** Compares the replicas' data with each other and with what the clients were told. */
  #compare(): string | undefined {
    this.#checker.compareData();
    for (const node of this.nodes) this.#ledger.compare(node, this.#lists(node));
    return this.#broken();
  }

  /** The lists as a replica has them. */
  #lists(node: string): ReadonlyMap<string, readonly number[]> {
    const { data } = this.#world.place(node).disk.current;
    const read = (key: string) => queryMachine(listMachine as AnyMachine, data, { type: 'read', key });
    return new Map(KEYS.map((key) => [key, read(key) as readonly number[]]));
  }
}
