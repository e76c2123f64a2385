/**
 * Replicas between two choices, with what is on its way between them and what was seen on the way
 * here. Never changed: a choice makes another one, which shares the replicas that it did not touch.
 */
import type { MemberChange } from '../../replication/members.ts';
import type { Protocol, ProtocolRequest, ReplicaView } from '../../replication/protocol.ts';
import type { RaftMessage } from '../../replication/raft/messages.ts';
import type { RaftState } from '../../replication/raft/state.ts';
import { Machine } from '../../vm/machine.ts';
import type { Effect } from '../../vm/program.ts';
import { MemoryDisk } from '../../vm/store.ts';
import { committedKey, type Seen, see } from './oracle.ts';

export type Raft = Protocol<RaftState, RaftMessage>;
type Replica = Machine<RaftState, RaftMessage, ProtocolRequest>;

/** What may still be chosen. */
interface Budget {
  readonly campaigns: number;
  readonly crashes: number;
  /** The changes that nobody was asked for yet. */
  readonly changes: readonly (readonly MemberChange[])[];
}

/** What is on its way, in order, by link: `n1>n2`. */
type Links = Readonly<Record<string, readonly RaftMessage[]>>;

/** A choice, in words, and what it leads to. */
export interface Choice {
  readonly text: string;
  take(): Cluster;
}

/** A cluster between two choices. */
export class Cluster {
  readonly seen: Seen;
  readonly #raft: Raft;
  readonly #replicas: ReadonlyMap<string, Replica>;
  readonly #links: Links;
  readonly #budget: Budget;

  private constructor(
    raft: Raft,
    replicas: ReadonlyMap<string, Replica>,
    links: Links,
    budget: Budget,
    seen: Seen,
  ) {
    this.#raft = raft;
    this.#replicas = replicas;
    this.#links = links;
    this.#budget = budget;
    this.seen = seen;
  }

  /** `size` replicas of which the first leads, and all have its first entry. */
  static begin(raft: Raft, size: number, budget: Budget): Cluster {
    const ids = Array.from({ length: size }, (_, i) => `n${i + 1}`);
    const replicas = new Map(ids.map((self) => [self, boot(raft, ids, self, new MemoryDisk(), 1)]));
    let cluster = new Cluster(raft, replicas, {}, budget, { leaders: {}, committed: [], wrong: undefined });
    cluster = cluster.#campaign('n1', ids[1]!);
    for (let link = cluster.#open(); link !== undefined; link = cluster.#open())
      cluster = cluster.#deliver(link);
    return cluster;
  }

  view(node: string): ReplicaView {
    return this.#raft.view(this.#replicas.get(node)!.state.program);
  }

  /** The same for clusters of which the same can become. */
  get key(): string {
    const parts = [...this.#replicas.values()].map(keyOf);
    for (const link of Object.keys(this.#links).sort())
      if (this.#links[link]!.length > 0) parts.push(link, ...this.#links[link]!.map(textOf));
    const { campaigns, crashes, changes } = this.#budget;
    return [...parts, committedKey(this.seen), campaigns, crashes, changes.length].join('|');
  }

  /** All that can happen next. */
  choices(): Choice[] {
    const nodes = [...this.#replicas.keys()];
    const links = Object.keys(this.#links).filter((link) => this.#links[link]!.length > 0);
    const choices: Choice[] = links.map((link) => ({
      text: `${link} ${this.#links[link]![0]!.type}`,
      take: () => this.#deliver(link),
    }));
    const { campaigns, crashes, changes } = this.#budget;
    const [change] = changes;
    for (const node of nodes) {
      const { role } = this.view(node);
      if (campaigns > 0 && role !== 'leader') {
        const other = nodes.find((one) => one !== node)!;
        choices.push({
          text: `${node} campaigns`,
          take: () => this.#with({ campaigns: campaigns - 1 }).#campaign(node, other),
        });
      }
      if (role === 'leader' && change !== undefined) {
        const left = this.#with({ changes: changes.slice(1) });
        choices.push({
          text: `${JSON.stringify(change)} at ${node}`,
          take: () => left.#change(node, change),
        });
      }
      if (crashes > 0)
        choices.push({
          text: `${node} restarts`,
          take: () => this.#with({ crashes: crashes - 1 }).#restart(node),
        });
    }
    return choices;
  }

  #with(change: Partial<Budget>): Cluster {
    return new Cluster(this.#raft, this.#replicas, this.#links, { ...this.#budget, ...change }, this.seen);
  }

  #open(): string | undefined {
    return Object.keys(this.#links).find((link) => this.#links[link]!.length > 0);
  }

  /** The first message of a link arrives, and is answered. */
  #deliver(link: string): Cluster {
    const [from, to] = link.split('>') as [string, string];
    const [body, ...rest] = this.#links[link]!;
    const before = new Cluster(
      this.#raft,
      this.#replicas,
      { ...this.#links, [link]: rest },
      this.#budget,
      this.seen,
    );
    const after = before.#step(to, (machine) => machine.deliver(envelope(from, body!)));
    const back = `${to}>${from}`;
    const answer = after.#links[back]?.at(-1);
    const isAnswer =
      answer !== undefined && answer !== before.#links[back]?.at(-1) && ANSWERS.includes(answer.type);
    if (!isAnswer) return after;
    const links = { ...after.#links, [back]: after.#links[back]!.slice(0, -1) };
    const without = new Cluster(this.#raft, after.#replicas, links, after.#budget, after.seen);
    return without.#step(from, (machine) => machine.deliver(envelope(to, answer)));
  }

  /** A replica's timeout ends, and a majority has heard no leader for as long. */
  #campaign(node: string, other: string): Cluster {
    return this.#step(node, (machine) => {
      const { hard, election } = machine.state.program;
      election.role = 'follower';
      election.leader = other;
      machine.deliver(envelope(other, { type: 'TimeoutNow', term: hard.term }));
    });
  }

  #change(node: string, changes: readonly MemberChange[]): Cluster {
    const id = `c${this.#budget.changes.length}`;
    return this.#step(node, (machine) =>
      machine.deliver({ request: { id, body: { type: 'change-members', changes } } }),
    );
  }

  /** A process ends and starts again: what is on its way to it is lost. */
  #restart(node: string): Cluster {
    const links = Object.fromEntries(
      Object.entries(this.#links).filter(([link]) => !link.endsWith(`>${node}`)),
    );
    const before = new Cluster(this.#raft, this.#replicas, links, this.#budget, this.seen);
    const { options } = this.#replicas.get(node)!;
    const ids = [...this.#replicas.keys()];
    const disk = (options.disk as MemoryDisk).records();
    return before.#replace(node, boot(this.#raft, ids, node, disk, options.boot + 1), []);
  }

  #step(node: string, prepare: (machine: Replica) => void): Cluster {
    const before = this.#replicas.get(node)!;
    const machine = before.clone((before.options.disk as MemoryDisk).clone());
    prepare(machine);
    const effects = machine.work(0);
    // A disk without delay: what is written is durable before anything else happens.
    for (const effect of effects)
      if (effect.type === 'persist') effects.push(...machine.durable(effect.batch, 0));
    return this.#replace(node, machine, effects);
  }

  #replace(node: string, machine: Replica, effects: readonly Effect<RaftMessage>[]): Cluster {
    const links: Record<string, readonly RaftMessage[]> = { ...this.#links };
    for (const effect of effects) {
      if (effect.type !== 'send') continue;
      for (const to of effect.to) {
        if (!this.#replicas.has(to)) continue;
        const link = `${node}>${to}`;
        links[link] = [...(links[link] ?? []), effect.envelope.body];
      }
    }
    const replicas = new Map(this.#replicas).set(node, machine);
    const views = new Map([...replicas].map(([id, { state }]) => [id, this.#raft.view(state.program)]));
    const seen = see(this.seen, node, this.view(node), views, machine.state.program.log);
    return new Cluster(this.#raft, replicas, links, this.#budget, seen);
  }
}

/** What is an answer to what was just delivered. */
const ANSWERS: readonly RaftMessage['type'][] = [
  'RequestVoteReply',
  'AppendEntriesReply',
  'InstallSnapshotReply',
];

function boot(raft: Raft, ids: readonly string[], self: string, disk: MemoryDisk, start: number): Replica {
  const machine: Replica = new Machine(raft, {
    ...{ self, peers: ids.filter((id) => id !== self), seed: 1, boot: start, disk },
    ...{ clock: { stamp: 'after', vector: false }, record: false },
  });
  machine.start(0);
  return machine;
}

function envelope(from: string, body: RaftMessage) {
  return { envelope: { id: '', from, lamport: 0, body } };
}

const texts = new WeakMap<object, string>();

/** What a message, or an entry, says. */
function textOf(value: object): string {
  const known = texts.get(value);
  if (known !== undefined) return known;
  const text = JSON.stringify(value);
  texts.set(value, text);
  return text;
}

const keys = new WeakMap<Replica, string>();

/** What decides what a replica does next. Its clock stands still. */
function keyOf(replica: Replica): string {
  const known = keys.get(replica);
  if (known !== undefined) return known;
  const { hard, log, election, leadership, requests } = replica.state.program;
  const { role, leader, votes } = election;
  const progress = Object.entries(leadership?.progress ?? {}).map(
    ([peer, { match, next, mode, inFlight, leaving }]) => [peer, match, next, mode, inFlight, leaving?.round],
  );
  const lead = leadership && [progress, leadership.durableIndex, leadership.hasHandedOver, leadership.isLeft];
  const asked = requests.changes.map(({ id, index }) => [id, index]);
  const rest = [hard.term, hard.votedFor, hard.recovery, role, leader, votes, log.commit, log.base.index];
  const own = JSON.stringify([...rest, lead, asked, requests.transfer, Object.keys(requests.forwarded)]);
  // A planted bug may count by another configuration than the log has.
  const counted = log.configurations.map(({ index }) => index);
  const key = `${own}${counted}${log.entries.map(textOf).join('')}`;
  keys.set(replica, key);
  return key;
}
