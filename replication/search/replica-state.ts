/**
 * The states of single machines, each kept once, and the steps from one to the next, each taken
 * once: among millions of states of a cluster there are only some thousands of each machine.
 *
 * Two states of a machine are one if the machine does the same in both from then on: what its
 * program keeps, with times told from its clock on, its disk, what it draws next. Left out are the
 * logical clocks and the numbers of messages, which no program sees.
 */

import type { Applied, Outcome } from '../../vm/index.ts';
import {
  type Effect,
  type Envelope,
  Machine,
  type MemoryDisk,
  type NodeId,
  prefixEnd,
} from '../../vm/index.ts';
import type { MachineStatus, WorldSettings } from '../../vm/sim/index.ts';
import type { Protocol, ProtocolRequest, ReplicaView } from '../protocol.ts';
import { type Fingerprint, fingerprint, textOf } from './fingerprint.ts';
import { compareSteps, type EntryKey, LogKeys } from './log-keys.ts';
import type { Message, Messages } from './messages.ts';

type AnyProtocol = Protocol<unknown, unknown>;
type AnyMachine = Machine<unknown, unknown, ProtocolRequest>;

/** A state of one machine. */
export interface ReplicaState extends Fingerprint {
  readonly id: number;
  /** The machine's place among all. */
  readonly node: number;
  readonly status: MachineStatus;
  /** How often it has started. */
  readonly boot: number;
  /** Never changed: steps are taken by copies. What it was when it went down, of one that is. */
  readonly machine: AnyMachine;
  readonly disk: MemoryDisk;
  readonly view: ReplicaView;
  /** The entries of its log in memory, oldest first. */
  readonly log: readonly EntryKey[];
  /** The steps that were taken from here, by what was done; null for what does nothing. */
  readonly steps: Map<number, Step | null>;
}

/** A step of one machine: what it was done to, and what came of it. */
export interface Step {
  readonly before: ReplicaState;
  readonly after: ReplicaState;
  readonly sent: readonly { readonly to: number; readonly message: Message }[];
  readonly answers: readonly { readonly id: string; readonly outcome: Outcome }[];
  readonly applied: readonly Applied[];
  /** The entry as of which it has taken over another's data. */
  readonly installed: number;
  /** How many ticks its clock has made. */
  readonly ticks: number;
  /** What is wrong whatever the other machines do, in words. */
  readonly wrong: string | undefined;
  /**
   * Whether what others know of the run is affected: a role, a term, the log or what is applied.
   */
  readonly isSeen: boolean;
  /** What it looked like when its power failed, which is gone. */
  readonly lost: ReplicaView | undefined;
  /** By what had been seen before: what has been seen after, once asked for. */
  readonly seen: Map<unknown, unknown>;
}

/** What can be done to a machine. */
export type Input =
  | { readonly do: 'deliver'; readonly message: Message }
  /** A message arrives, and the power fails before the disk has written anything. */
  | { readonly do: 'outage'; readonly message: Message }
  | { readonly do: 'dropped'; readonly message: Message; readonly to: number }
  | { readonly do: 'link'; readonly peer: number; readonly up: boolean }
  | { readonly do: 'request'; readonly place: number; readonly id: string; readonly body: ProtocolRequest }
  | { readonly do: 'tick' | 'timeout' | 'crash' | 'boot' };

/** The longest that a clock is let run for something to happen. */
const MOST_TICKS = 1_500;

/** All states of the machines of a search. */
export class ReplicaStates {
  readonly states: ReplicaState[] = [];
  readonly nodes: readonly NodeId[];
  readonly #protocol: AnyProtocol;
  readonly #settings: WorldSettings;
  readonly #joining: ReadonlySet<NodeId>;
  readonly #messages: Messages;
  readonly #logs: LogKeys;
  readonly #times: ReadonlySet<string>;
  readonly #known = new Map<string, ReplicaState>();

  constructor(
    protocol: AnyProtocol,
    settings: WorldSettings,
    nodes: readonly { readonly id: NodeId; readonly joining: boolean }[],
    messages: Messages,
  ) {
    this.#protocol = protocol;
    this.#settings = settings;
    this.nodes = nodes.map(({ id }) => id);
    this.#joining = new Set(nodes.filter(({ joining }) => joining).map(({ id }) => id));
    this.#messages = messages;
    this.#logs = new LogKeys(protocol);
    this.#times = new Set(protocol.timeFields);
  }

  /** The state of a machine as it is, on a disk that has written everything. */
  keep(node: number, status: MachineStatus, machine: AnyMachine, disk: MemoryDisk): ReplicaState {
    const { boot } = machine.options;
    const print = fingerprint(`${node} ${status} ${boot} ${this.#textOf(status, machine, disk)}`);
    const key = `${print.a} ${print.b}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const view = this.#protocol.view(machine.state.program);
    const log = this.#logs.of(machine.state.program, view);
    const state: ReplicaState = {
      ...{ id: this.states.length, node, status, boot, machine, disk, view, log, steps: new Map() },
      ...print,
    };
    this.states.push(state);
    this.#known.set(key, state);
    return state;
  }

  /** The step that a machine takes; undefined if it does nothing. */
  step(state: ReplicaState, input: Input): Step | undefined {
    const key = keyOf(input);
    const known = state.steps.get(key);
    if (known !== undefined) return known ?? undefined;
    const step = this.#take(state, input);
    state.steps.set(key, step ?? null);
    return step;
  }

  /** All that decides what a machine does from now on. */
  #textOf(status: MachineStatus, { state }: AnyMachine, disk: MemoryDisk): string {
    const records = (['program', 'data', 'incoming'] as const).map((space) =>
      [...disk[space].range('', prefixEnd(''))]
        .filter(([key]) => space !== 'program' || key !== 'clock')
        .map(([key, value]) => `${key}=${textOf(value, 0, NO_TIMES)}`),
    );
    if (status === 'down') return JSON.stringify(records);
    const { inbox, random, held, batch, durable, ticks, program } = state;
    const waiting = inbox.map((item) =>
      'envelope' in item ? { from: item.envelope.from, body: item.envelope.body } : item,
    );
    const now = this.#protocol.timeFields === undefined ? 0 : ticks;
    const clock = this.#protocol.timeFields === undefined ? ticks : 0;
    const rest = textOf([waiting, random, held, batch - durable, clock], 0, NO_TIMES);
    return `${rest} ${textOf(program, now, this.#times)} ${JSON.stringify(records)}`;
  }

  #take(before: ReplicaState, input: Input): Step | undefined {
    if (input.do === 'crash') return this.#crash(before);
    const disk = input.do === 'boot' ? before.disk.records() : before.disk.clone();
    const machine = input.do === 'boot' ? this.#boot(before, disk) : before.machine.clone(disk);
    const from = machine.state.ticks;
    let effects: Effect<unknown>[] | undefined;
    let wrong: string | undefined;
    try {
      effects = this.#act(machine, before, input);
      if (effects === undefined) return undefined;
      if (input.do === 'outage') return this.#outage(before, machine, effects);
      // The disk writes at once.
      for (const effect of effects)
        if (effect.type === 'persist') effects.push(...machine.durable(effect.batch, 0));
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      wrong = `${this.nodes[before.node]}: ${error.name}: ${error.message}`;
    }
    const after = wrong === undefined ? this.keep(before.node, 'up', machine, disk) : before;
    return this.#stepOf(before, after, effects ?? [], machine.state.ticks - from, input, wrong);
  }

  #stepOf(
    before: ReplicaState,
    after: ReplicaState,
    effects: readonly Effect<unknown>[],
    ticks: number,
    input: Input,
    failure: string | undefined,
  ): Step {
    const installed = effects.findLast(({ type }) => type === 'installed') as
      | { readonly index: number }
      | undefined;
    const compared = compareSteps(this.#protocol, before, after, input.do === 'boot');
    return {
      ...{ before, after, ticks },
      sent: effects.flatMap((effect) => (effect.type === 'send' ? this.#sent(before.node, effect) : [])),
      answers: answersIn(effects),
      applied: effects.flatMap((effect) => (effect.type === 'applied' ? [effect.entry] : [])),
      installed: installed?.index ?? 0,
      wrong: failure ?? (compared.wrong && `${this.nodes[before.node]}: ${compared.wrong}`),
      isSeen: compared.isSeen,
      lost: undefined,
      seen: new Map(),
    };
  }

  #sent(
    from: number,
    { to, envelope }: { readonly to: readonly NodeId[]; readonly envelope: Envelope<unknown> },
  ) {
    const message = this.#messages.message(from, envelope.body);
    return to.flatMap((id) => {
      const node = this.nodes.indexOf(id);
      return node < 0 ? [] : [{ to: node, message }];
    });
  }

  /** What a machine does; undefined if it does nothing. */
  #act(machine: AnyMachine, { node }: ReplicaState, input: Input): Effect<unknown>[] | undefined {
    const { policy } = this.#protocol;
    switch (input.do) {
      case 'boot':
        return machine.start(0);
      case 'tick':
        return this.#tick(machine);
      case 'timeout':
        return this.#timeOut(machine);
      case 'deliver':
      case 'outage': {
        const { from, body } = input.message;
        machine.deliver({ envelope: { id: '', from: this.nodes[from]!, lamport: 0, body } });
        break;
      }
      case 'dropped':
        machine.deliver({ dropped: input.message.body, to: this.nodes[input.to]! });
        break;
      case 'link':
        machine.deliver({ link: this.nodes[input.peer]!, up: input.up });
        break;
      case 'request':
        machine.deliver({ request: { id: input.id, body: input.body } });
        break;
      case 'crash':
        throw new RangeError(`${this.nodes[node]} does nothing when it crashes`);
    }
    return policy.eager ? machine.work(0) : [];
  }

  /** Its clock runs until it does something, other than to change its mind about who leads. */
  #tick(machine: AnyMachine): Effect<unknown>[] | undefined {
    const before = this.#standing(machine);
    const isBusy = machine.state.inbox.length > 0;
    for (let left = MOST_TICKS; left > 0; left--) {
      const effects = machine.tick(0);
      if (this.#standing(machine) !== before) return isBusy ? effects : undefined;
      if (isBusy || effects.length > 0) return effects;
    }
    return undefined;
  }

  /** Its clock runs, and it hears nobody, until it changes its mind about who leads. */
  #timeOut(machine: AnyMachine): Effect<unknown>[] | undefined {
    if (machine.state.inbox.length > 0) return undefined;
    const before = this.#standing(machine);
    const effects: Effect<unknown>[] = [];
    for (let left = MOST_TICKS; left > 0; left--) {
      effects.push(...machine.tick(0));
      if (this.#standing(machine) !== before) return effects;
    }
    return undefined;
  }

  #standing({ state }: AnyMachine): string {
    const { role, term, leader } = this.#protocol.view(state.program);
    return `${role} ${term} ${leader}`;
  }

  #boot({ node, boot }: ReplicaState, disk: MemoryDisk): AnyMachine {
    const { seed, clock, machines } = this.#settings;
    const self = this.nodes[node]!;
    const peers = machines.map(({ id }) => id).filter((peer) => peer !== self);
    const joining = this.#joining.has(self);
    return new Machine(this.#protocol, {
      ...{
        self,
        peers,
        joining,
        seed,
        boot: boot + 1,
        clock: { ...clock, vector: false },
        record: false,
        disk,
      },
    });
  }

  /** Nothing that it has written is lost. */
  #crash(before: ReplicaState): Step {
    const after = this.keep(before.node, 'down', before.machine, before.disk.records());
    return {
      ...{ before, after, sent: [], answers: [], applied: [], installed: 0, ticks: 0, wrong: undefined },
      ...{ isSeen: false, lost: undefined, seen: new Map() },
    };
  }

  /** What did not wait for the disk has left; undefined if nothing has, or nothing is lost. */
  #outage(before: ReplicaState, machine: AnyMachine, effects: readonly Effect<unknown>[]): Step | undefined {
    if (!effects.some(({ type }) => type === 'persist')) return undefined;
    const sent = effects.flatMap((effect) => (effect.type === 'send' ? this.#sent(before.node, effect) : []));
    const answers = answersIn(effects);
    if (sent.length + answers.length === 0) return undefined;
    const lost = this.#protocol.view(machine.state.program);
    return { ...this.#crash(before), sent, answers, lost, isSeen: true };
  }
}

const NO_TIMES: ReadonlySet<string> = new Set();

function answersIn(effects: readonly Effect<unknown>[]): Step['answers'] {
  return effects.flatMap((effect) =>
    effect.type === 'respond' ? [{ id: effect.request, outcome: effect.outcome }] : [],
  );
}

/** A number for what is done to a machine: no two things have the same. */
function keyOf(input: Input): number {
  switch (input.do) {
    case 'deliver':
      return 4 * input.message.id;
    case 'dropped':
      return 4 * (64 * input.message.id + input.to) + 1;
    case 'request':
      return 4 * input.place + 2;
    case 'link':
      return 8 * (2 * input.peer + (input.up ? 1 : 0)) + 3;
    case 'outage':
      return 8 * input.message.id + 7;
    default:
      return -1 - ['tick', 'timeout', 'crash', 'boot'].indexOf(input.do);
  }
}
