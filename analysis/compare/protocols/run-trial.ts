/** One protocol put through one trial. */

import { HISTORY_GUARANTEES } from '../../../replication/scenario/index.ts';
import type { EventRecord } from '../../../vm/index.ts';
import { CALM_NETWORK, type Fault, linkName } from '../../../vm/sim/index.ts';
import { CampaignCluster } from '../../campaign/cluster.ts';
import type { ScenarioStep } from '../../campaign/recorded-scenario.ts';
import { COSTS } from './costs.ts';
import { CALM_US, SLICE_US, STORM_TO_US, type Trial } from './draw-trial.ts';
import type { GuaranteeName } from './guarantees.ts';
import type { Subject } from './subject.ts';
import { Caller, type Served } from './trial-client.ts';
import { TrialWatch } from './watch.ts';

/**
 * How a guarantee came out: it holds; it is broken, in words; nobody could decide; or the protocol
 * has nothing that it is about.
 */
export type Finding =
  | { readonly outcome: 'holds' | 'undecided' | 'not-applicable' }
  | { readonly outcome: 'broken'; readonly message: string };

/** What a trial found. */
export interface TrialResult {
  readonly seed: number;
  readonly findings: Readonly<Record<GuaranteeName, Finding>>;
  /** By the names of `COSTS`. */
  readonly costs: Readonly<Record<string, number | null>>;
}

/** A trial as it went, for stories and pictures. */
export interface TrialRun extends TrialResult {
  readonly steps: readonly ScenarioStep[];
  /** The group of the healing. */
  readonly healing: number;
  readonly served: readonly Served[];
  readonly endUs: number;
}

/** Who looks on. */
export interface Onlooker {
  /** Called with every row of the logs. */
  event?(record: EventRecord): void;
  /** Called before each slice of time. */
  slice?(cluster: CampaignCluster): void;
}

const HOLDS: Finding = { outcome: 'holds' };
const UNDECIDED: Finding = { outcome: 'undecided' };
const NOT_APPLICABLE: Finding = { outcome: 'not-applicable' };

/** How often it is looked whether all agree: comparing data takes long. */
const LOOK_EVERY_US = 50_000;

/** Runs it. The same arguments give the same result. */
export function runTrial(subject: Subject, trial: Trial, onlooker: Onlooker = {}): TrialRun {
  const run = new Run(subject, trial, onlooker);
  let crashed: string | undefined;
  try {
    run.run();
  } catch (error) {
    // An assert of a replica, which stopped instead of spreading what it found.
    if (!(error instanceof Error)) throw error;
    crashed = `${error.name}: ${error.message}`;
  }
  return run.result(crashed);
}

class Run {
  readonly #trial: Trial;
  readonly #onlooker: Onlooker;
  readonly #watch: TrialWatch;
  readonly #cluster: CampaignCluster;
  readonly #callers: readonly Caller[];
  #healing = 0;
  #agreedAfterUs: number | undefined;

  constructor(subject: Subject, trial: Trial, onlooker: Onlooker) {
    this.#trial = trial;
    this.#onlooker = onlooker;
    this.#watch = new TrialWatch(subject.leaderRole);
    const event = onlooker.event?.bind(onlooker);
    const observer = { ...this.#watch.observer, ...(event && { event }) };
    this.#cluster = new CampaignCluster(subject.protocol, subject.settings, trial.plan, observer);
    this.#watch.watch(this.#cluster);
    this.#callers = trial.clients.map((client) => new Caller(client, this.#cluster));
  }

  run(): void {
    const cluster = this.#cluster;
    const groups = new Map<number, number>();
    let place = 0;
    while (cluster.now < STORM_TO_US) {
      for (let due = this.#trial.faults[place]; due !== undefined && due.atUs <= cluster.now; ) {
        const group = groups.get(due.group) ?? cluster.group();
        groups.set(due.group, group);
        this.#inject(due.faults, group);
        due = this.#trial.faults[++place];
      }
      this.#slice();
    }
    this.#heal();
    for (let lookUs = 0; cluster.now < STORM_TO_US + CALM_US; ) {
      this.#slice();
      if (cluster.now < lookUs || this.#callers.some(({ isIdle }) => !isIdle)) continue;
      lookUs = cluster.now + LOOK_EVERY_US;
      if (!cluster.haveAgreed()) continue;
      this.#agreedAfterUs = cluster.now - STORM_TO_US;
      return;
    }
  }

  #slice(): void {
    this.#onlooker.slice?.(this.#cluster);
    for (const caller of this.#callers) caller.act((id) => this.#watch.answeredAt(id));
    this.#cluster.advance(SLICE_US);
  }

  #inject(faults: readonly Fault[], group: number): void {
    const cluster = this.#cluster;
    const { leader } = cluster;
    const boot = leader === undefined ? 0 : cluster.start(leader).boot;
    // The ends of two faults may start the same machine.
    const isDue = (fault: Fault) => fault.type !== 'restart' || cluster.status(fault.node) === 'down';
    for (const fault of faults) if (isDue(fault)) cluster.inject(fault, group);
    if (leader !== undefined && (cluster.start(leader).boot !== boot || !this.#reachesMajority(leader)))
      this.#watch.hit(cluster.now);
  }

  /** Whether a replica is up and exchanges messages with enough others to be most of them. */
  #reachesMajority(node: string): boolean {
    const { nodes, world } = this.#cluster;
    if (this.#cluster.status(node) !== 'up') return false;
    const { blocked, clogged } = world.network;
    const isOpen = (link: string) => blocked[link] === undefined && clogged[link] === undefined;
    const reached = nodes.filter(
      (other) =>
        other === node ||
        (this.#cluster.status(other) === 'up' &&
          isOpen(linkName(node, other)) &&
          isOpen(linkName(other, node))),
    );
    return 2 * reached.length > nodes.length;
  }

  #heal(): void {
    const cluster = this.#cluster;
    const { plan } = this.#trial;
    const group = cluster.group();
    this.#healing = group;
    cluster.inject({ type: 'heal' }, group);
    cluster.inject({ type: 'network', settings: CALM_NETWORK }, group);
    for (const { id: node, ticksPerSecond } of plan.machines) {
      cluster.inject({ type: 'disk', node, settings: plan.disk }, group);
      cluster.inject({ type: 'drift', node, perSecond: 1 }, group);
      cluster.inject({ type: 'rate', node, ticksPerSecond }, group);
      cluster.inject({ type: 'resume', node }, group);
      if (cluster.status(node) === 'down') cluster.inject({ type: 'restart', node }, group);
    }
  }

  result(crashed: string | undefined): TrialRun {
    const cluster = this.#cluster;
    const { history, now: endUs } = cluster;
    const served = this.#callers.flatMap((caller) => [...caller.served, ...caller.waiting]);
    const hasLeaders = !cluster.hasNoLeaders;
    const numbers = {
      ...{ watch: this.#watch, served, calls: history.operations },
      ...{ endUs, agreedAfterUs: this.#agreedAfterUs, hasLeaders },
    };
    return {
      seed: this.#trial.seed,
      findings: this.#findings(crashed, hasLeaders),
      costs: Object.fromEntries(COSTS.map((cost) => [cost.name, cost.value(numbers)])),
      ...{ steps: cluster.steps, healing: this.#healing, served, endUs },
    };
  }

  #findings(crashed: string | undefined, hasLeaders: boolean): TrialResult['findings'] {
    const cluster = this.#cluster;
    const { history, nodes } = cluster;
    const { splitBrain } = this.#watch;
    const hasTerms = nodes.some((node) => cluster.hasStarted(node) && cluster.view(node).term > 0);
    const ofHistory = HISTORY_GUARANTEES.map((name) => {
      return [name, found(history.broken(name, (key) => cluster.values(key)))] as const;
    });
    const { contradiction, undecided } = history.linearizability(new Map(), cluster.now);
    const waiting = this.#callers.reduce((sum, caller) => sum + caller.waiting.length, 0);
    const settled = this.#agreedAfterUs !== undefined;
    return {
      'one-leader-a-term': hasLeaders && hasTerms ? found(splitBrain.sharedTerm) : NOT_APPLICABLE,
      'no-split-brain': hasLeaders ? found(splitBrain.split) : NOT_APPLICABLE,
      linearizable: undecided.length > 0 ? UNDECIDED : found(contradiction),
      ...(Object.fromEntries(ofHistory) as Record<(typeof HISTORY_GUARANTEES)[number], Finding>),
      'all-answered': found(waiting === 0 ? undefined : `${waiting} requests have no answer`),
      converges: settled || waiting > 0 ? HOLDS : found(`they do not agree: ${cluster.describe()}`),
      invariants: found(crashed ?? cluster.violation),
    };
  }
}

function found(message: string | undefined): Finding {
  return message === undefined ? HOLDS : { outcome: 'broken', message };
}
