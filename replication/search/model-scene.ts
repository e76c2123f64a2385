/** A state of a search as conditions look at it. */
import type { NodeId } from '../../vm/index.ts';
import type { MachineStatus } from '../../vm/sim/index.ts';
import { queryMachine } from '../core/sessions.ts';
import type { LogEntryView, ReplicaView } from '../protocol.ts';
import { answerText, dataText, valueText } from '../scenario/key-value-words.ts';
import { type Answer, ScenarioFailure, type Scene } from '../scenario/scene.ts';
import { haveAgreed } from '../sim/agreement.ts';
import type { KeyValueProtocol } from '../sim/protocol.ts';
import type { NewHistory } from './histories.ts';
import type { Model, Row } from './model.ts';
import type { ReplicaState } from './replica-state.ts';

/** A condition about more than a search keeps of the way to a state. */
export class ConditionUnknown extends Error {
  override readonly name = 'ConditionUnknown';
}

/** What names of a scenario stand for where the search begins. */
export interface SceneNames {
  nameOf(word: string): string;
  /** The id of the request of that name. */
  requestOf(name: string): string;
}

/** A state of a model: the one that was given last. */
export class ModelScene implements Scene {
  row: Row;
  readonly #model: Model;
  readonly #protocol: KeyValueProtocol;
  readonly #names: SceneNames;
  readonly #newHistory: NewHistory | undefined;

  /** `newHistory`: the strictest check that conditions may ask for. */
  constructor(
    model: Model,
    protocol: KeyValueProtocol,
    names: SceneNames,
    newHistory: NewHistory | undefined,
  ) {
    this.#model = model;
    this.#protocol = protocol;
    this.#names = names;
    this.#newHistory = newHistory;
    this.row = model.root;
  }

  get nodes(): readonly NodeId[] {
    return this.#model.nodes;
  }

  get isLed(): boolean {
    return this.#protocol.leaderRole !== undefined;
  }

  get isDurable(): boolean {
    return this.#protocol.guarantees.durable;
  }

  nameOf(word: string): string {
    return this.#names.nameOf(word);
  }

  resolve(name: string): NodeId {
    const node = this.nameOf(name);
    if (this.nodes.includes(node)) return node;
    const up = this.nodes.filter((one) => this.status(one) === 'up');
    const leader = this.isLed ? this.leaders(up)[0] : up[0];
    const found = name === 'leader' ? leader : up.find((one) => one !== leader);
    if (found === undefined) throw new ScenarioFailure(`there is no ${name}`);
    return found;
  }

  status(node: NodeId): MachineStatus {
    return this.#state(node).status;
  }

  view(node: NodeId): ReplicaView | undefined {
    const { status, view } = this.#state(node);
    return status === 'down' ? undefined : view;
  }

  entries(node: NodeId): LogEntryView[] {
    const { status, view, log, machine } = this.#state(node);
    if (status === 'down') return [];
    return log.flatMap((_, i) => this.#protocol.entry(machine.state.program, view.baseIndex + 1 + i) ?? []);
  }

  leaders(nodes: readonly NodeId[]): NodeId[] {
    return nodes
      .filter((node) => this.status(node) === 'up' && this.view(node)?.role === this.#protocol.leaderRole)
      .sort((a, b) => this.view(b)!.term - this.view(a)!.term);
  }

  haveAgreed(nodes: readonly NodeId[]): boolean {
    const replicas = nodes.map((node) => this.#state(node));
    return haveAgreed(
      this.#protocol.guarantees,
      replicas.map(({ view, disk }) => ({ view, data: disk.data })),
    );
  }

  /** Disks write at once. */
  isWriting(): boolean {
    return false;
  }

  value(node: NodeId, key: string): string {
    const machine = this.#protocol.machine as Parameters<typeof queryMachine>[0];
    return valueText(queryMachine(machine, this.#state(node).disk.data, { type: 'get', key }));
  }

  data(node: NodeId): string {
    return dataText(this.#state(node).disk.data);
  }

  answer(name: string): Answer {
    const outcome = this.#model.historyOf(this.row).answers.get(this.#names.requestOf(name));
    if (outcome === undefined) return { ok: false, text: 'pending' };
    return { ok: outcome.ok, text: answerText(outcome) };
  }

  contradiction(): string | undefined {
    if (this.#newHistory === undefined) throw new ScenarioFailure('histories cannot be checked here');
    return this.#model.histories.contradiction(this.#model.historyOf(this.row), this.#newHistory);
  }

  broken(): never {
    throw new ConditionUnknown('a search checks of what clients were told only whether it is `linearizable`');
  }

  rivals(): never {
    throw new ConditionUnknown('a search looks at one instant at a time: ask for `two leaders` instead');
  }

  #state(node: NodeId): ReplicaState {
    return this.#model.stateOf(this.row, this.nodes.indexOf(node));
  }
}
