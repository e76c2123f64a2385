/**
 * A cluster as the search sees it. A state is a row of small numbers: of each machine its state, of
 * each link what is on its way, then what has been seen, what clients know, which links are cut,
 * what may still be chosen, and which requests were made. Each number stands for an object that is
 * kept once, so that taking a step changes a few numbers, and the fingerprint of a state is the sum
 * of those of its parts.
 */
import type { ProtocolRequest } from '../protocol.ts';
import type { KeyValueCluster } from '../sim/protocol.ts';
import { COUNTED, type Counted, left, spend } from './budget.ts';
import { type Kind, kindOf, pack, placeOf } from './choices.ts';
import { type Fingerprint, fingerprint } from './fingerprint.ts';
import { Histories, type History, type HistoryEvent, type NewHistory } from './histories.ts';
import { LinkStates } from './links.ts';
import { Messages, type Queue } from './messages.ts';
import { type ReplicaState, ReplicaStates, type Step } from './replica-state.ts';
import { Sights } from './seen.ts';

/** A request that a client may make, once. */
export interface Ask {
  /** As a scenario has it, and what its answer is called there. */
  readonly text: string;
  readonly name: string;
  readonly body: ProtocolRequest;
  /** The machine that is asked. Default: any that is up. */
  readonly node: string | undefined;
  /**
   * The client session that it is made in, and the place of the request that its client makes
   * before; -1 if none.
   */
  readonly session: string | undefined;
  readonly after: number;
}

/** The most requests that clients may be given. */
export const MOST_ASKS = 16;

/** What a model is made of. */
export interface ModelOptions {
  readonly cluster: KeyValueCluster;
  /** What clients have done so far. */
  readonly events: readonly HistoryEvent[];
  readonly asks: readonly Ask[];
  /** As one number (`budget.ts`). */
  readonly budget: number;
  readonly newHistory: NewHistory | undefined;
}

/** What became of a choice. */
export interface Taken {
  /** What is wrong, in words. */
  wrong: string | undefined;
  /** The steps of machines, in order. */
  readonly steps: Step[];
  /**
   * Whether it has changed one machine and what that one has sent, and nothing else: such choices
   * of different machines can be made in any order.
   */
  isLocal: boolean;
}

/** A row of numbers. */
export type Row = Int32Array;

/** A cluster whose states can be gone through. */
export class Model {
  readonly states: ReplicaStates;
  readonly messages = new Messages();
  readonly sights: Sights;
  readonly histories: Histories;
  readonly links: LinkStates;
  readonly asks: readonly Ask[];
  readonly nodes: readonly string[];
  readonly root: Row;
  readonly width: number;
  /** Where in a row what is after the machines and the links stands. */
  readonly at: Readonly<Record<'seen' | 'history' | 'links' | 'budget' | 'asked', number>>;
  readonly taken: Taken = { wrong: undefined, steps: [], isLocal: true };
  readonly #hearsLinks: boolean;
  readonly #hearsDrops: boolean;
  readonly #isEager: boolean;
  readonly #lefts = new Map<number, Fingerprint>();

  constructor({ cluster, events, asks, budget, newHistory }: ModelOptions) {
    const { world, protocol } = cluster;
    const machines = [...world.nodes.values()];
    this.nodes = machines.map(({ id }) => id);
    this.states = new ReplicaStates(protocol, world.settings, machines, this.messages);
    this.sights = new Sights(protocol, this.nodes);
    this.histories = new Histories(newHistory, left(budget, COUNTED.indexOf('duplicate')) > 0);
    const count = this.nodes.length;
    const { blocked } = world.network;
    this.links = new LinkStates(
      count,
      (from, to) => blocked[`${this.nodes[from]}>${this.nodes[to]}`] === true,
    );
    this.asks = asks;
    this.#hearsLinks = protocol.onLink !== undefined;
    this.#hearsDrops = protocol.onDropped !== undefined;
    this.#isEager = protocol.policy.eager;
    const rest = count + count * count;
    this.at = { seen: rest, history: rest + 1, links: rest + 2, budget: rest + 3, asked: rest + 4 };
    this.width = rest + 5;
    this.root = this.#rootOf(cluster, events, budget);
  }

  #rootOf({ world }: KeyValueCluster, events: readonly HistoryEvent[], budget: number): Row {
    const count = this.nodes.length;
    const row = new Int32Array(this.width);
    const states = [...world.nodes.values()].map(({ status, machine, disk }, node) => {
      const own = disk.current.clone();
      return this.states.keep(node, status, machine.clone(own), own);
    });
    for (const [node, { id }] of states.entries()) row[node] = id;
    const arrivals = world.inFlight.toSorted((a, b) => a.at - b.at || a.order - b.order);
    for (let link = 0; link < count * count; link++) {
      const [from, to] = this.endsOf(link);
      const own = arrivals.filter(
        ({ node, envelope }) => node === this.nodes[to] && envelope.from === this.nodes[from],
      );
      const messages = own.map(({ envelope }) => this.messages.message(from, envelope.body));
      row[count + link] = this.messages.queue(link, messages).id;
    }
    row[this.at.seen] = this.sights.first(states).id;
    row[this.at.history] = this.histories.first(events).id;
    row[this.at.links] = this.links.first.id;
    row[this.at.budget] = budget;
    return row;
  }

  /** The ends of a link, by their places. */
  endsOf(link: number): readonly [from: number, to: number] {
    const count = this.nodes.length;
    return [Math.floor(link / count), link % count];
  }

  stateOf(row: Row, node: number): ReplicaState {
    return this.states.states[row[node]!]!;
  }

  queueOf(row: Row, link: number): Queue {
    return this.messages.queues[row[this.nodes.length + link]!]!;
  }

  historyOf(row: Row): History {
    return this.histories.all[row[this.at.history]!]!;
  }

  /** Puts the fingerprint of a row into `to`: two halves. */
  printOf(row: Row, to: Uint32Array): void {
    const count = this.nodes.length;
    let [a, b] = [0, 0];
    const { states } = this.states;
    for (let node = 0; node < count; node++) {
      const state = states[row[node]!]!;
      a = (a + state.a) | 0;
      b = (b + state.b) | 0;
    }
    const { queues } = this.messages;
    for (let at = count; at < this.at.seen; at++) {
      const queue = queues[row[at]!]!;
      a = (a + queue.a) | 0;
      b = (b + queue.b) | 0;
    }
    const seen = this.sights.all[row[this.at.seen]!]!;
    const history = this.historyOf(row);
    const links = this.links.all[row[this.at.links]!]!;
    const rest = this.#left(row[this.at.budget]!, row[this.at.asked]!);
    to[0] = a + seen.a + history.a + links.a + rest.a;
    to[1] = b + seen.b + history.b + links.b + rest.b;
  }

  /** What may still be chosen. */
  #left(budget: number, asked: number): Fingerprint {
    const key = budget * 2 ** MOST_ASKS + asked;
    const known = this.#lefts.get(key);
    if (known !== undefined) return known;
    const print = fingerprint(`left ${key}`);
    this.#lefts.set(key, print);
    return print;
  }

  /** Puts all choices of a state into `into`, in a fixed order. */
  choices(row: Row, into: number[]): void {
    into.length = 0;
    const count = this.nodes.length;
    const budget = row[this.at.budget]!;
    const { blocked, isSplit } = this.links.all[row[this.at.links]!]!;
    const may = (what: Counted) => left(budget, COUNTED.indexOf(what)) > 0;
    const [drops, duplicates, crashes] = [may('drop'), may('duplicate'), may('crash')];
    for (let link = 0; link < count * count; link++) {
      const [oldest] = this.queueOf(row, link).messages;
      if (oldest === undefined || blocked[link]) continue;
      const to = this.stateOf(row, link % count);
      if (to.status === 'up' || (to.status === 'down' && this.#isNoticed(row, link)))
        into.push(pack('deliver', link));
      if (drops) into.push(pack('drop', link));
      if (crashes && to.status === 'up' && this.states.step(to, { do: 'outage', message: oldest }))
        into.push(pack('outage', link));
      if (duplicates && to.status === 'up') into.push(pack('duplicate', link));
    }
    this.#asks(row, into);
    for (let node = 0; node < count; node++) {
      const { status } = this.stateOf(row, node);
      if (status === 'up' && may('tick') && this.#isStep(row, node, 'tick')) into.push(pack('tick', node));
      if (status === 'up' && may('timeout') && this.#isStep(row, node, 'timeout'))
        into.push(pack('timeout', node));
      if (status === 'up' && may('crash')) into.push(pack('crash', node));
      if (status === 'down' && may('restart')) into.push(pack('restart', node));
    }
    if (isSplit) into.push(pack('heal', 0));
    else if (may('partition'))
      for (let group = 0; group < this.links.groups.length; group++) into.push(pack('partition', group));
  }

  #asks(row: Row, into: number[]): void {
    const asked = row[this.at.asked]!;
    for (let place = 0; place < this.asks.length; place++) {
      const { after } = this.asks[place]!;
      const isInTurn = after < 0 || (asked & (1 << after)) !== 0;
      if ((asked & (1 << place)) !== 0 || !isInTurn) continue;
      for (let node = 0; node < this.nodes.length; node++) {
        const { node: wanted } = this.asks[place]!;
        if (wanted !== undefined && wanted !== this.nodes[node]) continue;
        if (this.stateOf(row, node).status === 'up') into.push(pack('ask', place * this.nodes.length + node));
      }
    }
  }

  #isStep(row: Row, node: number, what: 'tick' | 'timeout'): boolean {
    return this.states.step(this.stateOf(row, node), { do: what }) !== undefined;
  }

  /** Whether the sender of a message to a machine that is down does something once it knows. */
  #isNoticed(row: Row, link: number): boolean {
    const [from, to] = this.endsOf(link);
    if (!this.#hearsDrops || !this.#isEager) return false;
    const sender = this.stateOf(row, from);
    if (sender.status !== 'up' || this.links.all[row[this.at.links]!]!.blocked[to * this.nodes.length + from])
      return false;
    const [message] = this.queueOf(row, link).messages;
    return this.states.step(sender, { do: 'dropped', message: message!, to })?.after !== sender;
  }

  /** Whether nothing is on its way, and no clock would ever do anything. */
  isStill(row: Row): boolean {
    const { length } = this.nodes;
    for (let link = 0; link < length * length; link++)
      if (this.queueOf(row, link).messages.length > 0) return false;
    return this.nodes.every((_, node) => {
      const isUp = this.stateOf(row, node).status === 'up';
      return !isUp || !(this.#isStep(row, node, 'tick') || this.#isStep(row, node, 'timeout'));
    });
  }

  /** Which clients have no answer, in words; undefined if all have. */
  whoWaits(row: Row): string | undefined {
    const { open } = this.historyOf(row);
    return open.length === 0 ? undefined : `no answer to ${open.join(', ')}`;
  }

  /** Makes a choice: `row` becomes what comes of it, and `taken` says what happened. */
  take(row: Row, choice: number): void {
    const { taken } = this;
    taken.wrong = undefined;
    taken.isLocal = true;
    taken.steps.length = 0;
    const [kind, place] = [kindOf(choice), placeOf(choice)];
    if (kind === 'deliver') this.#deliver(row, place, false);
    else {
      taken.isLocal = false;
      this.#takeOther(row, kind, place);
    }
    if (taken.isLocal || taken.wrong !== undefined) return;
    taken.wrong = this.histories.wrong(this.historyOf(row));
  }

  #takeOther(row: Row, kind: Exclude<Kind, 'deliver'>, place: number): void {
    const counted = COUNTED.indexOf(kind === 'outage' ? 'crash' : (kind as Counted));
    if (counted >= 0) row[this.at.budget] = spend(row[this.at.budget]!, counted);
    switch (kind) {
      case 'drop':
        this.#shift(row, place);
        break;
      case 'duplicate':
        this.#deliver(row, place, true);
        break;
      case 'outage': {
        const [, to] = this.endsOf(place);
        const message = this.queueOf(row, place).messages[0]!;
        this.#shift(row, place);
        this.#become(row, this.states.step(this.stateOf(row, to), { do: 'outage', message })!);
        this.#tellLinks(row, to, false);
        break;
      }
      case 'tick':
      case 'timeout':
        this.#become(row, this.states.step(this.stateOf(row, place), { do: kind })!);
        break;
      case 'ask':
        this.#ask(row, place);
        break;
      case 'crash':
        this.#become(row, this.states.step(this.stateOf(row, place), { do: 'crash' })!);
        this.#tellLinks(row, place, false);
        break;
      case 'restart':
        this.#become(row, this.states.step(this.stateOf(row, place), { do: 'boot' })!);
        this.#tellLinks(row, place, true);
        break;
      case 'partition':
        row[this.at.links] = this.links.split(place).id;
        break;
      case 'heal':
        row[this.at.links] = this.links.healed.id;
        break;
    }
  }

  #deliver(row: Row, link: number, stays: boolean): void {
    const [from, to] = this.endsOf(link);
    const queue = this.queueOf(row, link);
    const message = queue.messages[0]!;
    if (!stays) this.#shift(row, link);
    const state = this.stateOf(row, to);
    if (state.status === 'up') this.#become(row, this.states.step(state, { do: 'deliver', message })!);
    else {
      this.taken.isLocal = false;
      this.#become(row, this.states.step(this.stateOf(row, from), { do: 'dropped', message, to })!);
    }
  }

  #shift(row: Row, link: number): void {
    row[this.nodes.length + link] = this.messages.shift(this.queueOf(row, link)).id;
  }

  #ask(row: Row, place: number): void {
    const [ask, node] = this.endsOf(place);
    const { body } = this.asks[ask]!;
    const id = `a${ask + 1}`;
    row[this.at.asked] = row[this.at.asked]! | (1 << ask);
    this.#told(row, { asked: id, node: this.nodes[node]!, body });
    this.#become(row, this.states.step(this.stateOf(row, node), { do: 'request', place: ask, id, body })!);
  }

  /** The links of the other machines to this one close, or open. */
  #tellLinks(row: Row, peer: number, up: boolean): void {
    if (!this.#hearsLinks) return;
    const { blocked } = this.links.all[row[this.at.links]!]!;
    for (let node = 0; node < this.nodes.length; node++) {
      const state = this.stateOf(row, node);
      if (node === peer || state.status !== 'up' || blocked[peer * this.nodes.length + node]) continue;
      this.#become(row, this.states.step(state, { do: 'link', peer, up })!);
    }
  }

  /** A machine has taken a step. */
  #become(row: Row, step: Step): void {
    const { taken } = this;
    const { after, sent, answers } = step;
    taken.steps.push(step);
    row[after.node] = after.id;
    if (sent.length > 0) {
      const count = this.nodes.length;
      const { blocked } = this.links.all[row[this.at.links]!]!;
      for (const { to, message } of sent) {
        const link = after.node * count + to;
        if (!blocked[link]) row[count + link] = this.messages.push(this.queueOf(row, link), message).id;
      }
    }
    for (const { id, outcome } of answers) this.#told(row, { answered: id, outcome });
    if (!step.isSeen && step.wrong === undefined) return;
    taken.isLocal = false;
    const seen = this.sights.all[row[this.at.seen]!]!;
    const sight = this.sights.see(seen, step, (node) => this.stateOf(row, node));
    row[this.at.seen] = sight.seen.id;
    taken.wrong ??= sight.wrong;
  }

  #told(row: Row, event: HistoryEvent): void {
    this.taken.isLocal = false;
    row[this.at.history] = this.histories.add(this.historyOf(row), event).id;
  }
}
