/**
 * One seed of a campaign: a cluster under faults while clients work; then a healthy majority that
 * must make progress; then all healthy, who must agree. Invariants are checked on every step, what
 * the clients were told at the end.
 */
import type { SimulatedProtocol } from '../../replication/sim/index.ts';
import { between, type RandomState, seedRandom } from '../../vm/index.ts';
import { CampaignClient, type Client, type Contradiction, type Mode } from './client.ts';
import { CampaignCluster } from './cluster.ts';
import { type Failure, failureOf } from './failure.ts';
import { Healing } from './healing.ts';
import { Nemesis } from './nemesis.ts';
import { Operator } from './operator.ts';
import { PipelinedClient } from './pipelined-client.ts';
import { drawPlan, type Plan } from './plan.ts';
import type { Ending, RecordedScenario } from './recorded-scenario.ts';

/** The result of a seed. */
export interface SeedResult {
  readonly seed: number;
  /** The failure, if there was one. */
  readonly failure: Failure | undefined;
  readonly replicas: number;
  readonly steps: number;
  readonly virtualMs: number;
  readonly faults: number;
  /** Changes that clients were told are done, reads that were answered, and the last term. */
  readonly acknowledged: number;
  /** Changes of the members that were acknowledged. */
  readonly changes: number;
  readonly reads: number;
  readonly terms: number;
  /** Keys whose history was too hard to decide. */
  readonly undecided: number;
}

/** The result of a seed, and the scenario of its failure. */
export interface RecordedSeed {
  readonly result: SeedResult;
  /** Undefined if nothing failed, or in a way that no scenario can show. */
  readonly scenario: RecordedScenario | undefined;
}

/** Many times what any run needs. A run with more steps never comes to rest. */
const MOST_STEPS = 200_000;
/**
 * How long the core may take to serve every client, and all together to agree (virtual
 * microseconds).
 */
const CORE_US = 20_000_000;
const AGREE_US = 30_000_000;

/** Runs one seed. The same seed and protocol give the same result. */
export function runSeed(protocol: SimulatedProtocol, seed: number): SeedResult {
  return recordSeed(protocol, seed).result;
}

/** Runs one seed, and records the scenario of its failure. */
export function recordSeed(protocol: SimulatedProtocol, seed: number): RecordedSeed {
  const random = seedRandom(`campaign/${seed}`);
  const plan = planFor(protocol, drawPlan(seed, random));
  const settings = protocol.drawSettings(random, plan);
  const cluster = new CampaignCluster(protocol, settings, plan);
  const run = new SeedRun(plan, cluster, random);
  const failure = run.run();
  const { world, history, nodes } = cluster;
  const result = {
    ...{ seed, failure, replicas: nodes.length, steps: world.steps, undecided: run.undecided },
    virtualMs: Math.round(cluster.now / 1000),
    faults: run.nemesis.faults,
    acknowledged: history.acknowledged,
    changes: run.changes,
    reads: history.reads,
    // A replica that crashed at its start has none.
    terms: Math.max(
      ...nodes.filter((node) => cluster.hasStarted(node)).map((node) => cluster.view(node).term),
    ),
  };
  const { ending } = run;
  if (failure === undefined || ending === undefined) return { result, scenario: undefined };
  const scenario = {
    ...{ protocol: protocol.name, seed, settings, kept: ending.kept, kind: failure.kind },
    rates: plan.machines.map(({ ticksPerSecond }) => ticksPerSecond),
    clocks: plan.clocks,
    steps: cluster.steps.slice(0, ending.steps),
    ending: ending.lines,
  };
  return { result, scenario };
}

/** The plan without what the protocol does not have: changes of the members, reads by leases. */
function planFor({ changesMembers, leases }: SimulatedProtocol, plan: Plan): Plan {
  const members = changesMembers ? plan.members : undefined;
  const clients = leases ? plan.clients : plan.clients.map((client) => ({ ...client, byLease: false }));
  return { ...plan, members, clients };
}

class SeedRun {
  readonly nemesis: Nemesis;
  undecided = 0;
  /** How the failure is recorded. */
  ending: Ending | undefined;
  readonly #plan: Plan;
  readonly #cluster: CampaignCluster;
  readonly #random: RandomState;
  readonly #clients: readonly Client[];
  /** Who changes the members. */
  readonly #operators: readonly Operator[];

  constructor(plan: Plan, cluster: CampaignCluster, random: RandomState) {
    this.#plan = plan;
    this.#cluster = cluster;
    this.#random = random;
    this.nemesis = new Nemesis(plan, cluster, random);
    this.#clients = plan.clients.map((client, i) => {
      const letter = String.fromCharCode(LETTER_P + i);
      if (client.pipeline === undefined) return new CampaignClient(letter, client, cluster, random);
      const own = seedRandom(`campaign/${plan.seed}/${letter}`);
      return new PipelinedClient(letter, client, client.pipeline, cluster, own);
    });
    const { members } = plan;
    const operators = Array.from({ length: members?.operators ?? 0 }, (_, i) => `o${i + 1}`);
    this.#operators = operators.map((name) => new Operator(plan.seed, name, members!, cluster));
  }

  /** Changes of the members that were acknowledged. */
  get changes(): number {
    return this.#operators.reduce((sum, { acknowledged }) => sum + acknowledged, 0);
  }

  run(): Failure | undefined {
    try {
      return this.#storm() ?? this.#recover() ?? this.#checkHistory();
    } catch (error) {
      // An assert of a replica, which stopped instead of spreading what it found; or a bug of the
      // campaign.
      this.#noteEnding([]);
      // A violation before it is the cause.
      const { violation } = this.#cluster;
      if (violation !== undefined) return failureOf('unsafe', violation);
      return failureOf('crashed', describeError(error, this.#cluster.now));
    }
  }

  #storm(): Failure | undefined {
    while (this.#cluster.now < this.#plan.stormUs) {
      this.nemesis.act();
      if (this.#operators.length > 0) this.#cluster.contacts = this.#cluster.members.all;
      const failure = this.#slice('work');
      if (failure !== undefined) return failure;
    }
    return undefined;
  }

  #recover(): Failure | undefined {
    const cluster = this.#cluster;
    cluster.deposed = undefined;
    const healing = new Healing(this.#plan, cluster, this.#random);
    const unsettled = this.#settleMembers(healing);
    if (unsettled !== undefined) return unsettled;
    if (!healing.hasMajority) {
      healing.healAll();
      const isEnough = () => healing.hasMajority;
      this.#noteEnding(
        cluster.nodes.map((node) => `expect recovery of ${node} is normal within 30 s`),
        healing.group,
      );
      const failure = this.#until(isEnough, AGREE_US, 'work', 'no-majority of normal replicas, all healthy');
      if (failure !== undefined) return failure;
    }
    healing.begin();
    cluster.contacts = healing.core;
    const last = `put last 1 at ${healing.core[0]} as last`;
    const lead = `run until leader among ${healing.core.join(' ')} within 20 s`;
    const led = cluster.hasNoLeaders ? [] : [lead];
    this.#noteEnding([...led, last, 'expect answer last is ok within 20 s'], healing.group);
    const served = () => [...this.#clients, ...this.#operators].every(({ hasProved }) => hasProved);
    const alone = `no-progress with ${healing.core.join(' ')} healthy by themselves`;
    const failure = this.#until(served, CORE_US, 'prove', alone, healing);
    if (failure !== undefined) return failure;
    healing.healAll();
    cluster.contacts = cluster.members.all;
    const among = this.#operators.length === 0 ? '' : ` among ${cluster.members.all.join(' ')}`;
    this.#noteEnding([`run until all agree${among} within 30 s`], healing.group);
    const settled = () =>
      [...this.#clients, ...this.#operators].every(({ isIdle }) => isIdle) &&
      cluster.members.areSettled &&
      healing.isNormal &&
      cluster.haveAgreed();
    return this.#until(settled, AGREE_US, 'finish', 'no-agreement with all healthy');
  }

  /**
   * Where the members change: with all healthy, every change comes to its end. After that it is
   * known of whom a majority must be healthy.
   */
  #settleMembers(healing: Healing): Failure | undefined {
    const { members, steps } = this.#cluster;
    if (this.#operators.length === 0) return undefined;
    healing.healAll();
    const healed = steps.length;
    const isSettled = () =>
      this.#operators.every(({ isIdle }) => isIdle) && members.areSettled && healing.hasMajority;
    const lines = ['run until leader within 30 s', 'run until outgoing of leader are nobody within 30 s'];
    this.#noteEnding(lines, healing.group);
    // Clients begin nothing new: where pages are small and logs short, no learner would catch up.
    const failure = this.#until(
      isSettled,
      AGREE_US,
      'finish',
      'no-end of a change of the members, all healthy',
    );
    if (failure?.outcome !== 'stuck' || this.ending === undefined) return failure;
    const learners = members.learning.map((learner) => `expect ${learner} is a voter within 30 s`);
    this.ending = { steps: healed, lines: [...lines, ...learners], kept: healing.group };
    return failure;
  }

  /** Lets time pass until a condition holds, for at most `us`. */
  #until(
    isSo: () => boolean,
    withinUs: number,
    mode: Mode,
    otherwise: string,
    healing?: Healing,
  ): Failure | undefined {
    const until = this.#cluster.now + withinUs;
    while (this.#cluster.now < until) {
      healing?.act();
      const failure = this.#slice(mode);
      if (failure !== undefined) return failure;
      if (isSo()) return undefined;
    }
    const all = [...this.#clients, ...this.#operators];
    const waiting = all.filter((client) => !(mode === 'prove' ? client.hasProved : client.isIdle));
    const seconds = withinUs / 1_000_000;
    return failureOf(
      'stuck',
      `${otherwise} for ${seconds} s (${waiting.length} clients wait): ${this.#cluster.describe()}`,
    );
  }

  /** Lets a slice of time pass. Returns the failure, if there was one. */
  #slice(mode: Mode): Failure | undefined {
    const cluster = this.#cluster;
    cluster.advance(between(this.#random, 1, this.#plan.sliceUs));
    for (const client of this.#clients) client.act(mode);
    for (const operator of this.#operators) operator.act(mode);
    const contradiction = this.#contradiction();
    if (contradiction !== undefined) {
      this.#noteEnding(contradiction.lines);
      return failureOf('unsafe', contradiction.message);
    }
    if (cluster.world.steps <= MOST_STEPS) return undefined;
    this.ending = undefined;
    return failureOf('stuck', `no-rest after ${MOST_STEPS} steps: ${cluster.describe()}`);
  }

  /** The failure so far. */
  #contradiction(): Contradiction | undefined {
    const { violation, history } = this.#cluster;
    if (violation !== undefined) return { message: violation, lines: [] };
    if (history.differingRepeat === undefined)
      return this.#clients.find(({ contradiction }) => contradiction !== undefined)?.contradiction;
    return { message: history.differingRepeat, lines: ['expect linearizable'] };
  }

  /** If the next failure comes from here on, its scenario ends with these lines. */
  #noteEnding(lines: readonly string[], kept?: number): void {
    this.ending = { steps: this.#cluster.steps.length, lines, kept };
  }

  #checkHistory(): Failure | undefined {
    const { contradiction, undecided } = this.#cluster.checkHistory();
    // What the replicas hold at the end was read as if clients had asked for it.
    const gets = this.#cluster.history.keys.map((key) => `get ${key} at ${this.#cluster.members.all[0]}`);
    this.#noteEnding([...gets, 'run 2 s', 'expect linearizable']);
    this.undecided = undecided.length;
    const { violation } = this.#cluster;
    if (violation !== undefined) return failureOf('unsafe', violation);
    return contradiction === undefined
      ? undefined
      : failureOf('unsafe', `linearizability violated: ${contradiction}`);
  }
}

/** Clients are called p, q, r, ... */
const LETTER_P = 'p'.charCodeAt(0);

function describeError(error: unknown, now: number): string {
  if (!(error instanceof Error)) throw error;
  return `${error.name} at ${now / 1000} ms: ${error.message}`;
}
