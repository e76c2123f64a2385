/**
 * The chat under faults: people who write, read and retry while replicas of a simulated Raft
 * cluster crash, pause and are cut off. At the end what everybody was told is compared with the
 * model:
 *
 * - the commands of each person are in the log once, in their order;
 * - each was answered as the model does in the order of the log, which is also the order of time: a
 *   command that was answered before another was asked comes before it;
 * - each linearizable read saw the model as it was at some moment between question and answer.
 *
 * So the whole state is linearizable, and with it every conversation and every room.
 */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import type { ChatCommand } from '../../chat/state/commands.ts';
import { chatStateMachine } from '../../chat/state/machine.ts';
import type { ChatQuery } from '../../chat/state/query-shapes.ts';
import type { AppliedCommand } from '../../replication/index.ts';
import type { ProtocolRequest } from '../../replication/protocol.ts';
import { createRaft } from '../../replication/raft/raft.ts';
import { SimulatedCluster } from '../../replication/sim/cluster.ts';
import { between, pick, type RandomState, seedRandom } from '../../vm/random.ts';
import { BEGINNING, chatQuery, login, personCommand, withoutWords } from './arbitraries.ts';
import { ModelChat } from './model.ts';

/** People, what each does, and the most time for it (virtual microseconds). */
const PEOPLE = 4;
const DEEDS = 14;
const PATIENCE_US = 400_000;
const END_US = 120_000_000;

type Deed = { readonly command: ChatCommand } | { readonly query: ChatQuery };

/** A question to the cluster, and the answer. Times are virtual microseconds. */
interface Told {
  readonly deed: Deed;
  readonly asked: number;
  readonly answered: number;
  readonly value: unknown;
}

/** What a seed came to: a line that says what is wrong, or nothing. */
export interface SeedOutcome {
  readonly wrong: string | undefined;
  readonly commands: number;
  readonly reads: number;
  readonly faults: number;
}

/** Runs a seed. The same seed gives the same outcome. */
export function runChatSeed(seed: number): SeedOutcome {
  const run = new ChatRun(seed);
  run.play();
  return { wrong: run.judge(), commands: run.commands, reads: run.reads, faults: run.faults };
}

/** What was applied at a place of the log, on whichever replica came first. */
interface Logged {
  readonly order: number;
  readonly command: unknown;
  readonly result: unknown;
}

type ChatCluster = ReturnType<typeof makeCluster>;

function makeCluster(seed: number, applied: (entry: Logged) => void) {
  const network = { delayUs: [1_000, 20_000] as const, lossRate: 0, duplicateRate: 0, reorderRate: 0 };
  return new SimulatedCluster(
    createRaft(chatStateMachine),
    { seed, replicas: 3, network },
    {
      applied: (_, entry) => {
        const { index, place, command, result } = entry as AppliedCommand<unknown, unknown>;
        applied({ order: index * 10_000 + place, command, result });
      },
    },
  );
}

class ChatRun {
  readonly #random: RandomState;
  readonly #cluster: ChatCluster;
  readonly #applied = new Map<number, Logged>();
  readonly #told: Told[] = [];
  readonly #people: Person[];
  /** Where the log has a command that was answered. */
  readonly #places = new Map<Told, number>();
  faults = 0;

  constructor(seed: number) {
    this.#random = seedRandom(`chat/${seed}`);
    this.#cluster = makeCluster(seed, (entry) => {
      if (!this.#applied.has(entry.order)) this.#applied.set(entry.order, entry);
    });
    this.#people = Array.from({ length: PEOPLE }, (_, n) => {
      const deeds = deedsOf(login(n + 1), seed * PEOPLE + n);
      return new Person(login(n + 1), this.#cluster, this.#random, deeds, (told) => this.#told.push(told));
    });
  }

  get commands(): number {
    return this.#told.filter(({ deed }) => 'command' in deed).length;
  }

  get reads(): number {
    return this.#told.length - this.commands;
  }

  play(): void {
    const cluster = this.#cluster;
    const leader = cluster.elect();
    for (const command of BEGINNING) cluster.submit(leader, command);
    for (const [n, person] of this.#people.entries()) person.open(cluster.openSession(leader, `nonce-${n}`));
    const end = cluster.now + END_US;
    let nextFault = cluster.now;
    while (this.#people.some((person) => !person.isDone) && cluster.now < end) {
      for (const person of this.#people) person.act();
      if (cluster.now >= nextFault) nextFault = cluster.now + this.#fault();
      cluster.advance(between(this.#random, 1_000, 20_000));
    }
  }

  /** Begins or ends a fault. Returns how long it is until the next one. */
  #fault(): number {
    const cluster = this.#cluster;
    const node = pick(this.#random, cluster.nodes);
    const status = cluster.status(node);
    this.faults++;
    if (status === 'down') cluster.do({ type: 'restart', node });
    else if (status === 'paused') cluster.do({ type: 'resume', node });
    else {
      const faults = ['heal', 'heal', 'isolate', 'pause', 'crash'] as const;
      const fault = pick(this.#random, faults);
      if (fault === 'isolate') cluster.isolate(node);
      else if (fault === 'heal') cluster.do({ type: 'heal' });
      else cluster.do({ type: fault, node });
    }
    return between(this.#random, 100_000, 900_000);
  }

  /** What is wrong, in one line. */
  judge(): string | undefined {
    if (this.#people.some((person) => !person.isDone)) return 'somebody was never answered';
    const [violation] = this.#cluster.violations;
    if (violation) return `an invariant was violated: ${JSON.stringify(violation)}`;
    const log = [...this.#applied.values()].sort((a, b) => a.order - b.order);
    return this.#misordered(log) ?? this.#misread(log);
  }

  /** Each person's commands, once and in order; results of the model; and the order of time. */
  #misordered(log: readonly Logged[]): string | undefined {
    const model = new ModelChat();
    const left = new Map(this.#people.map((person) => [person.by, [...person.told]]));
    let latestAsked = 0;
    for (const [i, { command, result }] of log.entries()) {
      const should = withoutWords(model.apply(command as ChatCommand) as never);
      if (!isSame(withoutWords(result as never), should)) return differs(`log entry ${i}`, result, should);
      if (i < BEGINNING.length) continue;
      const { login: by } = command as { login: string };
      const told = left.get(by)?.shift();
      if (!told || !isSame((told.deed as { command: unknown }).command, command))
        return differs(`command ${i} of ${by.slice(0, 2)}`, command, told?.deed);
      if (!isSame(withoutWords(told.value as never), should))
        return differs('the answer', told.value, should);
      this.#places.set(told, i);
      if (told.answered < latestAsked) return `command ${i} was applied after one that was asked later`;
      latestAsked = Math.max(latestAsked, told.asked);
    }
    const missing = [...left.values()].flat();
    return missing.length === 0 ? undefined : `${missing.length} answered commands are not in the log`;
  }

  /** Each read saw a state between question and answer. */
  #misread(log: readonly Logged[]): string | undefined {
    const start = BEGINNING.length - 1;
    const reads = this.#told.flatMap((told) => {
      if (!('query' in told.deed)) return [];
      const before = [...this.#places].filter(([{ answered }]) => answered < told.asked);
      const until = [...this.#places].filter(([{ asked }]) => asked < told.answered);
      const last = (some: typeof before) => Math.max(start, ...some.map(([, place]) => place));
      return [{ ...told, query: told.deed.query, first: last(before), last: last(until), isSeen: false }];
    });
    const model = new ModelChat();
    for (const [i, { command }] of log.entries()) {
      model.apply(command as ChatCommand);
      for (const read of reads) {
        if (read.isSeen || i < read.first || i > read.last) continue;
        const answer = withoutWords(model.query(read.query) as never);
        read.isSeen = isSame(withoutWords(read.value as never), answer);
      }
    }
    const unseen = reads.find(({ isSeen }) => !isSeen);
    return unseen && `a read saw no state of its time: ${JSON.stringify([unseen.query, unseen.value])}`;
  }
}

/** What a person does, by the seed. */
function deedsOf(by: string, seed: number): Deed[] {
  const command = personCommand.map((one): Deed => ({ command: { ...one, login: by } as ChatCommand }));
  const query = chatQuery.filter(isAsked).map((one): Deed => ({ query: { ...one, login: by } as ChatQuery }));
  const deed = fc.oneof({ arbitrary: command, weight: 4 }, { arbitrary: query, weight: 1 });
  const all = fc.array(deed, { minLength: DEEDS, maxLength: DEEDS });
  // As it is sent: without what is undefined.
  return JSON.parse(JSON.stringify(fc.sample(all, { seed, numRuns: 1 })[0])) as Deed[];
}

/**
 * One person, who does one thing after the other, and asks again elsewhere until it is answered.
 */
class Person {
  readonly by: string;
  /** Commands that were answered, in order. */
  readonly told: Told[] = [];
  readonly #cluster: ChatCluster;
  readonly #random: RandomState;
  readonly #deeds: Deed[];
  readonly #tell: (told: Told) => void;
  #session = '';
  #sequence = 0;
  /** When the present deed was asked for first; the last request for it, and when that was made. */
  #first: number | undefined;
  #request = '';
  #last = 0;

  constructor(
    by: string,
    cluster: ChatCluster,
    random: RandomState,
    deeds: Deed[],
    tell: (told: Told) => void,
  ) {
    this.by = by;
    this.#cluster = cluster;
    this.#random = random;
    this.#deeds = deeds;
    this.#tell = tell;
  }

  open(session: string): void {
    this.#session = session;
  }

  get isDone(): boolean {
    return this.#deeds.length === 0;
  }

  /** Takes an answer, or asks. */
  act(): void {
    const [deed] = this.#deeds;
    if (!deed) return;
    const { now } = this.#cluster;
    const outcome = this.#first === undefined ? undefined : this.#cluster.answer(this.#request);
    if (this.#first !== undefined && outcome?.ok) {
      const asked = 'command' in deed ? this.#first : this.#last;
      const told = { deed, asked, answered: now, value: outcome.value };
      this.#tell(told);
      if ('command' in deed) this.told.push(told);
      this.#deeds.shift();
      this.#first = undefined;
    } else if (this.#first === undefined || outcome || now - this.#last > PATIENCE_US) this.#ask(deed);
  }

  #ask(deed: Deed): void {
    const { up, now } = this.#cluster;
    if (up.length === 0) return;
    if (this.#first === undefined && 'command' in deed) this.#sequence++;
    this.#first ??= now;
    this.#last = now;
    this.#request = this.#cluster.request(pick(this.#random, up), this.#body(deed));
  }

  #body(deed: Deed): ProtocolRequest {
    if ('query' in deed) return { type: 'read', query: deed.query, consistency: 'linearizable' };
    const tag = { session: this.#session, sequence: this.#sequence, acknowledged: this.#sequence };
    return { type: 'submit', command: deed.command, tag };
  }
}

/** Whether it is a question that a person asks. */
const isAsked = (query: ChatQuery): boolean => 'login' in query;

const isSame = (one: unknown, other: unknown): boolean => isDeepStrictEqual(one, other);

function differs(what: string, is: unknown, should: unknown): string {
  return `${what} is ${JSON.stringify(is)}, and should be ${JSON.stringify(should)}`;
}
