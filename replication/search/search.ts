/**
 * `search`: goes through everything that a cluster can do from where a scenario ends, and looks for
 * what is wrong, or for a goal.
 */
import type { NodeId, Outcome } from '../../vm/index.ts';
import type { Guarantees, ProtocolRequest } from '../protocol.ts';
import { readCondition } from '../scenario/conditions.ts';
import { ScenarioError } from '../scenario/error.ts';
import type { ScenarioRun } from '../scenario/run.ts';
import type { HistoryCheck } from '../scenario/run-options.ts';
import { describeFailure, type PlayedScenario, playScenario } from '../scenario/scenario.ts';
import { type Condition, ScenarioFailure } from '../scenario/scene.ts';
import { type Names, Words } from '../scenario/words.ts';
import { PROTOCOLS, type Protocols } from '../sim/protocols.ts';
import { Breadth } from './breadth.ts';
import { type Budget, packBudget, UNLIMITED } from './budget.ts';
import type { Bounds, Found, Way } from './found.ts';
import type { HistoryEvent, NewHistory } from './histories.ts';
import { type Ask, MOST_ASKS, Model } from './model.ts';
import { ConditionUnknown, ModelScene } from './model-scene.ts';
import { storyOf } from './story.ts';
import { Walks } from './walks.ts';

/** A search that cannot begin. The message says why, in one line. */
export class SearchError extends Error {
  override readonly name = 'SearchError';
}

/** How states are gone through. */
export const ORDERS = ['breadth', 'depth', 'random'] as const;
export type Order = (typeof ORDERS)[number];

/** Options of a search. */
export interface SearchOptions {
  /** The protocols that the scenario can name. Default: all there are. */
  readonly protocols?: Protocols;
  /** How often each fault may happen. Default: `DEFAULT_BUDGET`. */
  readonly budget?: Partial<Budget>;
  /** Requests that clients may make, each once: `put x 1`, `get x at n2`. Default: none. */
  readonly asks?: readonly string[];
  /** A condition to look for. Default: none, only what is wrong. */
  readonly goal?: string | undefined;
  /** Default: `breadth`. */
  readonly order?: Order;
  /** When to end. Default: never before all is seen. */
  readonly bounds?: Partial<Bounds>;
  /** Whether only one order of deliveries that commute is gone (`breadth.ts`). Default: true. */
  readonly reduce?: boolean;
  /** Decides the ways that the order `random` goes. Default: 1. */
  readonly seed?: number;
  /**
   * Makes a check of the clients' history: of what a protocol guarantees, or, without that, of
   * everything, which the condition `linearizable` asks for. Default: histories are not checked.
   */
  readonly newHistory?: ((guarantees?: Guarantees) => HistoryCheck) | undefined;
}

/** What a search has found. */
export interface SearchResult extends Omit<Found, 'way' | 'deadlock' | 'livelock'> {
  readonly story: Story | undefined;
  readonly deadlock: Story | undefined;
  readonly livelock: Story | undefined;
  /** How many states of single machines there were. */
  readonly machineStates: number;
}

/** A way as a scenario. */
export interface Story {
  readonly what: string;
  /** How many choices it takes. */
  readonly length: number;
  /** The whole scenario: what came before, and the way. */
  readonly scenario: string;
}

/**
 * What may happen unless it is said otherwise. A clock's ticks are all that moves some programs.
 */
export const DEFAULT_BUDGET: Budget = {
  ...{ tick: 2, timeout: 2, crash: 1, restart: 1, drop: 0, duplicate: 0, partition: 0 },
};

/**
 * Searches from where a scenario ends. Throws a `ScenarioError` for a text that is no scenario, and
 * a `SearchError` for one that fails, or ends where no search can begin.
 */
export function search(text: string, options: SearchOptions = {}): SearchResult {
  const prepared = prepare(text, options);
  const { model, bounds } = prepared;
  const wanted = { isGoal: prepared.isGoal, reduce: options.reduce ?? true };
  const { order = 'breadth', seed = 1 } = options;
  const found =
    order === 'breadth'
      ? new Breadth(model, bounds, wanted).run()
      : new Walks(model, bounds, wanted, order === 'random' ? seed : undefined).run();
  const tell = (way: Way | undefined, end: string | undefined) => way && prepared.tell(way, end);
  const { way, deadlock, livelock, ...numbers } = found;
  return {
    ...numbers,
    story: tell(way, prepared.endOf(found)),
    deadlock: tell(deadlock, undefined),
    livelock: tell(livelock, undefined),
    machineStates: model.states.states.length,
  };
}

/** A search that is about to begin. */
interface Prepared {
  readonly model: Model;
  readonly bounds: Bounds;
  readonly isGoal: ((row: Int32Array) => boolean) | undefined;
  /** The line that a story ends with, where the replay does not fail by itself. */
  endOf(found: Found): string | undefined;
  tell(way: Way, end: string | undefined): Story;
}

/** Runs a scenario, and reads what is asked of its end. Throws as `search` does. */
export function prepare(text: string, options: SearchOptions): Prepared {
  const { protocols = PROTOCOLS, newHistory } = options;
  const strict = newHistory && (() => newHistory());
  const heard = new HeardHistory(strict);
  const played = playScenario(text, { protocols, history: heard });
  const { run, names, failure } = played;
  if (failure !== undefined) throw new SearchError(`the scenario fails: ${describeFailure(failure)}`);
  checkNetwork(run);
  checkDisks(run);
  tryTo(() => run.actByHand());
  const { cluster } = run;
  if ((options.asks?.length ?? 0) > MOST_ASKS)
    throw new SearchError(`clients may be given ${MOST_ASKS} requests at most`);
  const asks: Ask[] = [];
  for (const ask of options.asks ?? []) asks.push(readAsk(ask, played, asks));
  const budget = { ...defaultsFor(cluster.protocol.policy.eager), ...options.budget };
  const model = new Model({
    ...{ cluster, events: heard.events, asks, budget: packBudget(budget) },
    newHistory: newHistory && (() => newHistory(cluster.protocol.guarantees)),
  });
  const goal = options.goal === undefined ? undefined : readGoal(options.goal, names);
  const scene = new ModelScene(model, cluster.protocol, namesOf(run, asks), strict);
  if (goal !== undefined) checkGoal(goal, scene);
  const { depth = Number.POSITIVE_INFINITY, states = Number.POSITIVE_INFINITY } = options.bounds ?? {};
  const kindOf = (body: unknown) => cluster.protocol.kindOf?.(body) ?? 'a message';
  return {
    model,
    bounds: { depth, states, isOver: options.bounds?.isOver ?? (() => false) },
    isGoal: goal && ((row) => isMet(goal, scene, row)),
    endOf: ({ ending, way }) => {
      if (ending === 'goal') return `expect ${goal!.text}`;
      return ending === 'broken' && isOfHistory(model, way!) ? 'expect linearizable' : undefined;
    },
    tell: ({ what, choices }, end) => {
      const lines = storyOf(model, choices, kindOf);
      const before = text.replace(/\s+$/, '');
      const all = [
        before,
        `# Found by a search: ${oneLine(what)}`,
        'by hand',
        ...lines,
        ...(end ? [end] : []),
      ];
      return { what, length: choices.length, scenario: `${all.join('\n')}\n` };
    },
  };
}

function oneLine(text: string): string {
  return text.split('\n', 1)[0]!;
}

/** Programs that act at their ticks only get as many as they need. */
function defaultsFor(eager: boolean): Budget {
  return eager ? DEFAULT_BUDGET : { ...DEFAULT_BUDGET, tick: UNLIMITED };
}

/** Whether what is wrong at the end of a way is what clients were told. */
function isOfHistory(model: Model, { choices }: Way): boolean {
  const row = model.root.slice();
  for (const choice of choices) model.take(row, choice);
  return model.histories.wrong(model.historyOf(row)) === model.taken.wrong;
}

function isMet(goal: Condition, scene: ModelScene, row: Int32Array): boolean {
  scene.row = row;
  try {
    return goal.unmet(scene) === undefined;
  } catch (error) {
    if (error instanceof ScenarioFailure) return false;
    throw error;
  }
}

/** Throws a `SearchError` for a goal that no single state can show. */
function checkGoal(goal: Condition, scene: ModelScene): void {
  try {
    isMet(goal, scene, scene.row);
  } catch (error) {
    if (error instanceof ConditionUnknown)
      throw new SearchError(`cannot look for \`${goal.text}\`: ${error.message}`);
    throw error;
  }
}

/** What a disk would do by chance or later has no place either. */
function checkDisks({ world }: ScenarioRun): void {
  for (const { id, disk } of world.nodes.values()) {
    const { full, lazyData } = disk.settings;
    if (full || lazyData || disk.damage.length > 0)
      throw new SearchError(`the disk of ${id} is full, lazy or damaged: a search goes on from sound ones`);
  }
}

/** What arrives is a choice, and so what a link would do by chance has no place. */
function checkNetwork({ world: { network } }: ScenarioRun): void {
  const { lossRate, duplicateRate, reorderRate } = network.settings;
  if (Object.keys(network.clogged).length > 0)
    throw new SearchError('the scenario ends with clogged links: end it with `unclog` or `heal`');
  if (Object.keys(network.links).length > 0 || lossRate + duplicateRate + reorderRate > 0) {
    throw new SearchError(
      'the scenario ends with links that lose, duplicate or reorder messages by chance: what a search does to messages is counted by its budget',
    );
  }
}

/** Reads what a search is asked for in the words of scenarios. Throws a `SearchError`. */
function understand<T>(text: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ScenarioError) throw new SearchError(`cannot read \`${text}\`: ${error.message}`);
    throw error;
  }
}

/** Reads a request as a line of a scenario. Throws a `SearchError`. */
function readAsk(text: string, { run, names, more }: PlayedScenario, before: readonly Ask[]): Ask {
  const line = understand(text, () => more(text));
  const machines = run.nodes.length;
  const requests = line === undefined ? [] : tryTo(() => run.capture(line));
  const [request] = requests;
  if (run.nodes.length > machines)
    throw new SearchError(`\`${text}\` starts a machine: let the scenario start it`);
  if (request === undefined || requests.length > 1) throw new SearchError(`\`${text}\` is not one request`);
  const { body, node, session } = request;
  const name = request.name ?? freeName(`a${before.length + 1}`, names);
  names.requests.add(name);
  const own = text.replace(/ as (?!learner\b)\S+\s*$/, '').replace(/ at \S+\s*$/, '');
  const after = session === undefined ? -1 : before.findLastIndex((ask) => ask.session === session);
  return { text: own, body, node: node === 'leader' ? undefined : run.resolve(node), name, session, after };
}

/** Does something to a run. Throws a `SearchError` where that fails. */
function tryTo<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof ScenarioFailure) throw new SearchError(error.message);
    throw error;
  }
}

function freeName(name: string, { requests }: Names): string {
  return requests.has(name) ? freeName(`${name}a`, { requests } as Names) : name;
}

function readGoal(text: string, names: Names): Condition {
  return understand(text, () => {
    const words = new Words(1, text, names);
    const condition = readCondition(words);
    words.end();
    return condition;
  });
}

function namesOf(run: ScenarioRun, asks: readonly Ask[]) {
  return {
    nameOf: (word: string) => run.nameOf(word),
    requestOf: (name: string) => {
      const ask = asks.findIndex((one) => one.name === name);
      return ask < 0 ? run.requestOf(name) : `a${ask + 1}`;
    },
  };
}

/** What the clients of a scenario did, event by event. */
class HeardHistory implements HistoryCheck {
  readonly events: HistoryEvent[] = [];
  readonly #check: HistoryCheck | undefined;

  constructor(newHistory: NewHistory | undefined) {
    this.#check = newHistory?.();
  }

  asked(id: string, node: NodeId, body: ProtocolRequest, atUs: number, client?: string): void {
    this.events.push({ asked: id, node, body });
    this.#check?.asked(id, node, body, atUs, client);
  }

  answered(id: string, outcome: Outcome, atUs: number): void {
    this.events.push({ answered: id, outcome });
    this.#check?.answered(id, outcome, atUs);
  }

  duplicates(): void {
    this.#check?.duplicates();
  }

  contradiction(): string | undefined {
    return this.#check?.contradiction();
  }

  broken(...asked: Parameters<HistoryCheck['broken']>): string | undefined {
    return this.#check?.broken(...asked);
  }
}
