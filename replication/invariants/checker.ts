/**
 * What must be true of every run of a replication protocol, checked after every step of a simulated
 * world. Sees a protocol through its `view` and `entry` only.
 *
 * Each check looks at the one replica that stepped and at what changed since its last step, so that
 * a run with checks costs little more than one without (`known-entries.ts` says how).
 * `violations.ts` lists the invariants.
 *
 * Left out: what a replica's log held before its base index is taken to be what was committed
 * there.
 */
import { type Applied, type NodeId, type Outcome, prefixEnd } from '../../vm/index.ts';
import type { SimNode, World, WorldObserver } from '../../vm/sim/index.ts';
import type { Protocol, ProtocolRequest, ReplicaView } from '../protocol.ts';
import { AppliedCommands } from './applied-commands.ts';
import { ChangeAnswers } from './change-answers.ts';
import { Configurations, checkRivals, type Standing } from './configurations.ts';
import { KnownEntries, type KnownEntry, type KnownLog } from './known-entries.ts';
import { checkOrder, checkRestart, LOGGED } from './order.ts';
import { nothingWritten, Quorums, type Written } from './quorums.ts';
import type { Report, Violation } from './violations.ts';

/** What is remembered of a replica since its last step. */
interface Memory {
  readonly boot: number;
  /** Undefined until its first step. */
  view: ReplicaView | undefined;
  /** The last view of which everything was on disk, in this incarnation or an earlier one. */
  durable: ReplicaView | undefined;
  readonly log: KnownLog;
  readonly written: Written;
  /** The next index to compare anew, though nothing seems to have changed there. */
  sweep: number;
  /**
   * The entry as of which data was last taken over from another replica: those before were not
   * applied here.
   */
  installed: number;
  /** The commands applied in the step under way, as text. */
  readonly fresh: Map<number, string[]>;
}

/** One step of one replica, under examination. */
interface Step<S> {
  readonly node: NodeId;
  readonly state: S;
  readonly memory: Memory;
  readonly before: ReplicaView | undefined;
  readonly view: ReplicaView;
  readonly report: Report;
}

/** The most violations kept. */
const KEPT_VIOLATIONS = 10;

/** Watches one world. Make it, give its `observer` to the world, then `watch` the world. */
export class InvariantChecker<S, M> {
  /** What was broken, earliest first. */
  readonly violations: Violation[] = [];
  readonly observer: WorldObserver = {
    stepped: (node) => this.#stepped(node),
    applied: (node, entry) => this.#applied(node, entry),
    installed: (node, index) => this.#installed(node, index),
  };
  readonly #protocol: Protocol<S, M>;
  #world: World<S, M, ProtocolRequest> | undefined;
  readonly #memories = new Map<NodeId, Memory>();
  readonly #entries: KnownEntries<S, M>;
  readonly #commands: AppliedCommands;
  readonly #quorums = new Quorums();
  readonly #configurations = new Configurations();
  readonly #answers = new ChangeAnswers();
  /** The last committed configuration. */
  #lastConfiguration = 0;
  /** Who has led each term. */
  readonly #leaders = new Map<number, NodeId>();
  /** By index: the entry committed there, and the term of the replica that knew it first. */
  readonly #committed: { readonly entry: KnownEntry; readonly byTerm: number }[] = [];

  constructor(protocol: Protocol<S, M>) {
    this.#protocol = protocol;
    this.#entries = new KnownEntries(protocol);
    this.#commands = new AppliedCommands(protocol.guarantees.sessions);
  }

  /** Starts checking, with the present state. */
  watch(world: World<S, M, ProtocolRequest>): void {
    this.#world = world;
    for (const node of world.nodes.keys()) this.#stepped(node);
  }

  /**
   * A replica is asked for something. `known`: the last committed configuration before that.
   */
  asked(id: string, node: NodeId, body: ProtocolRequest, known: number): void {
    this.#answers.asked(id, node, body, known);
  }

  /** A request has its answer. */
  answered(id: string, outcome: Outcome): void {
    this.#answers.answered(id, outcome);
  }

  /** The last configuration that is committed anywhere. */
  get lastConfiguration(): number {
    return this.#lastConfiguration;
  }

  /** Looks at the answers that have come since the last step. */
  checkAnswers(): void {
    this.#answers.check(
      (index) => this.#committed[index]?.entry.configuration,
      (node, index, message) =>
        this.#reporter(node, this.#view(this.#world!.node(node)))('change-as-told', index, message),
    );
  }

  /**
   * Compares all data of the running replicas that have applied as much: expensive, for the end of
   * a run.
   */
  compareData(): void {
    const seen = new Map<number, { readonly node: NodeId; readonly data: string }>();
    for (const simNode of this.#world?.nodes.values() ?? []) {
      if (simNode.status === 'down') continue;
      const view = this.#view(simNode);
      const data = JSON.stringify([...simNode.disk.current.data.range('', prefixEnd(''))]);
      const other = seen.get(view.applied);
      if (other === undefined) seen.set(view.applied, { node: simNode.id, data });
      else if (other.data !== data) {
        const message = `its data differs from that of ${other.node}`;
        this.#reporter(simNode.id, view)('state-machine-safety', view.applied, message);
      }
    }
  }

  #view(simNode: SimNode<S, M, ProtocolRequest>): ReplicaView {
    return this.#protocol.view(simNode.machine.state.program);
  }

  #reporter(node: NodeId, { term }: ReplicaView): Report {
    return (invariant, index, message) => {
      if (this.violations.length >= KEPT_VIOLATIONS) return;
      this.violations.push({ invariant, node, term, index, timeUs: this.#world!.now, message });
    };
  }

  #applied(node: NodeId, { index, place, term, command, result }: Applied): void {
    const fresh = this.#memories.get(node)?.fresh;
    const effects = fresh?.get(index) ?? [];
    effects[place] = JSON.stringify({ term, command, result });
    fresh?.set(index, effects);
  }

  #installed(node: NodeId, index: number): void {
    const memory = this.#memories.get(node);
    if (memory) memory.installed = index;
  }

  #stepped(node: NodeId): void {
    if (this.#world === undefined) return;
    const simNode = this.#world.node(node);
    const { state } = simNode.machine;
    const view = this.#view(simNode);
    const report = this.#reporter(node, view);
    const memory = this.#recall(simNode, view, report);
    const step: Step<S> = { node, state: state.program, memory, before: memory.view, view, report };
    const { oneLeaderPerTerm, durable } = this.#protocol.guarantees;
    if (memory.view !== undefined) checkOrder(memory.view, view, durable, report);
    this.#quorums.voted(node, memory.view, view);
    const isLeading = view.role === this.#protocol.leaderRole;
    const won = isLeading && !leads(memory.view, view);
    if (won) this.#checkElection(step);
    const same = oneLeaderPerTerm ? this.#checkLog(step) : view.lastIndex;
    this.#quorums.wrote(node, memory.written, memory.log[view.lastIndex], state);
    this.#configurations.follow(node, memory.log, same, step, report);
    if (isLeading) this.#checkQuorums(step, won);
    if (durable) {
      this.#checkCommit(step);
      if (won) this.#checkNewLeader(step);
      this.#checkApplied(step);
    } else memory.fresh.clear();
    const isChanged = memory.view?.configuration?.index !== view.configuration?.index;
    memory.view = view;
    if (isChanged || won) checkRivals(node, this.#standings(), report);
    this.checkAnswers();
    if (state.durable >= state.batch) memory.durable = view;
  }

  /** What is remembered of the replica; of one that has just started, what a restart keeps. */
  #recall(simNode: SimNode<S, M, ProtocolRequest>, view: ReplicaView, report: Report): Memory {
    const memory = this.#memories.get(simNode.id);
    if (memory?.boot === simNode.boot) return memory;
    const { boot } = simNode;
    const { durable, view: last, log } = memory ?? { durable: undefined, view: undefined, log: [undefined] };
    // A replica that says it has lost something is bound by nothing it promised.
    if (durable !== undefined && view.recovery === 'normal' && this.#protocol.guarantees.durable) {
      const kept = simNode.disk.settings.lazyData ? LOGGED : [...LOGGED, 'applied' as const];
      checkRestart(durable, durable === last ? kept : [], view, report);
    }
    const started = {
      boot,
      view: undefined,
      durable,
      log,
      // What it has found there is on its disk.
      written: { ...nothingWritten(), durable: log[view.lastIndex] },
      sweep: 1,
      installed: 0,
      fresh: new Map<number, string[]>(),
    };
    this.#memories.set(simNode.id, started);
    return started;
  }

  /** Returns the last index that has not changed. */
  #checkLog({ state, memory, before, view, report }: Step<S>): number {
    const { log } = memory;
    const { baseIndex, lastIndex } = view;
    if (baseIndex > 0 && log[baseIndex]?.term !== view.baseTerm) this.#adoptBase(log, view, report);
    const same = this.#entries.follow(log, state, view, report);
    if (before !== undefined && same < before.lastIndex) this.#checkCut(before, view, same, report);
    if (memory.sweep <= baseIndex || memory.sweep > lastIndex) memory.sweep = baseIndex + 1;
    else {
      const index = memory.sweep++;
      if (this.#entries.find(state, index, log[index - 1], report) !== log[index]) {
        report('log-matching', index, 'an entry in the middle of the log has changed');
      }
    }
    return same;
  }

  #standings(): readonly Standing[] {
    return [...this.#memories].flatMap(([node, { view, written }]) =>
      view === undefined
        ? []
        : [{ node, view, durable: written.durable, isUp: this.#world!.node(node).status !== 'down' }],
    );
  }

  /** A snapshot has taken the place of the log's beginning. */
  #adoptBase(log: KnownLog, view: ReplicaView, report: Report): void {
    if (this.#protocol.guarantees.durable) this.#adoptCommitted(log, view, report);
    else this.#entries.adopt(log, view);
  }

  /** It stands for what is committed. */
  #adoptCommitted(log: KnownLog, { baseIndex, baseTerm }: ReplicaView, report: Report): void {
    if (this.#committed[baseIndex]?.entry.term !== baseTerm) {
      report(
        'committed-never-changes',
        baseIndex,
        'its log begins after something other than what is committed',
      );
    }
    for (let index = 1; index <= baseIndex; index++) log[index] = this.#committed[index]?.entry;
  }

  #checkCut(before: ReplicaView, view: ReplicaView, same: number, report: Report): void {
    if (same < before.commit && this.#protocol.guarantees.durable) {
      const message = `its log was cut after ${same}, though it knew ${before.commit} to be committed`;
      report('committed-never-changes', same + 1, message);
    }
    if (view.role === this.#protocol.leaderRole && leads(before, view)) {
      report('leader-append-only', same + 1, `the leader changed its own log after ${same}`);
    }
  }

  #checkCommit({ memory: { log }, before, view, report }: Step<S>): void {
    if (view.commit === (before?.commit ?? 0)) return;
    const known = Math.max(this.#committed.length - 1, 0);
    const top = Math.min(known, view.commit);
    const other = this.#committed[top]?.entry;
    if (other !== undefined && other !== log[top]) {
      const message = `committed an entry of term ${log[top]?.term}, others one of term ${other.term}`;
      report('committed-never-changes', top, `${message}, or after different ones`);
    }
    for (let index = known + 1; index <= view.commit; index++) {
      const entry = log[index];
      if (entry === undefined) continue;
      this.#committed[index] = { entry, byTerm: view.term };
      if (entry.configuration !== undefined) this.#lastConfiguration = index;
    }
  }

  /** What a leader decides by counting members; a protocol without them is not checked for it. */
  #checkQuorums({ node, memory: { log }, before, view, report }: Step<S>, won: boolean): void {
    if (view.configuration === undefined) return;
    if (won) {
      this.#quorums.elected(node, before, view, report);
      this.#configurations.elected(node, log, view, report);
    }
    const entry = log[view.commit];
    if (view.commit > (before?.commit ?? 0) && entry !== undefined)
      this.#quorums.committed(before, view, entry, report);
    const former = before?.configuration;
    if (won || former === undefined || former.index === view.configuration.index) return;
    this.#quorums.changed(former, view.configuration, report);
    this.#configurations.promoted(node, former, view.configuration, report);
  }

  #checkElection({ node, view, report }: Step<S>): void {
    const other = this.#leaders.get(view.term);
    if (this.#protocol.guarantees.oneLeaderPerTerm && other !== undefined && other !== node) {
      report('election-safety', undefined, `${other} leads or led the same term`);
    }
    this.#leaders.set(view.term, node);
  }

  #checkNewLeader({ memory: { log }, view, report }: Step<S>): void {
    // A late winner of an old term need not have what later leaders committed.
    const committed = this.#committed.findLast((one) => one !== undefined && one.byTerm < view.term)?.entry;
    if (committed === undefined || log[committed.index] === committed) return;
    const message = `the new leader lacks a committed entry of term ${committed.term}`;
    report('leader-completeness', committed.index, `${message}; its log ends at ${view.lastIndex}`);
  }

  #checkApplied({ memory: { log, fresh, installed }, before, view, report }: Step<S>): void {
    if (before !== undefined) {
      for (let index = before.applied + 1; index <= view.applied; index++) {
        // What a snapshot stands for was applied elsewhere, but for what the same step applied
        // before it came.
        if (index <= installed && !fresh.has(index)) continue;
        this.#commands.compare(index, fresh.get(index) ?? [], log[index]?.content, report);
        fresh.delete(index);
      }
    }
    for (const index of fresh.keys()) report('state-machine-safety', index, 'applied out of turn');
    fresh.clear();
  }
}

/** Whether it led the same term before. */
function leads(before: ReplicaView | undefined, view: ReplicaView): boolean {
  return before?.role === view.role && before.term === view.term;
}
