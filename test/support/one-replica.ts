/** One Raft replica under the control of a test, which is its peers, its clock and its disk. */
import { batchOf } from '../../replication/core/batch.ts';
import { type KeyValueCommand, keyValueMachine } from '../../replication/core/key-value.ts';
import { queryMachine } from '../../replication/core/sessions.ts';
import type { Protocol, ProtocolRequest, ReplicaView } from '../../replication/protocol.ts';
import { logOnDisk } from '../../replication/raft/log.ts';
import type { Entry, RaftMessage } from '../../replication/raft/messages.ts';
import type { createRaft } from '../../replication/raft/raft.ts';
import type { RaftSettings } from '../../replication/raft/settings.ts';
import type { RaftState } from '../../replication/raft/state.ts';
import type { NodeId } from '../../vm/clock.ts';
import { Machine } from '../../vm/machine.ts';
import type { Applied, Effect, Outcome } from '../../vm/program.ts';
import { applyWrite, MemoryDisk, type Value, type Write } from '../../vm/store.ts';

/** A message that has left the replica. */
export interface Sent {
  readonly to: NodeId;
  readonly body: RaftMessage;
}

/** What a replica begins with. */
export interface Beginning extends Partial<RaftSettings> {
  /** How many replicas there are; this one is n1. */
  readonly size?: number;
  /** The terms of the entries in its log, from index 1 on. */
  readonly terms?: readonly number[];
  /** The term that it has reached; that of its last entry unless given. */
  readonly term?: number;
  /** Its disk is empty: it is new, or has lost what it had. */
  readonly blank?: boolean;
}

/**
 * Entries from `first` on, one of each of these terms. Entry 3 of term 2 puts 2 under the key k3.
 */
export function entries(first: number, ...terms: readonly number[]): readonly Entry[] {
  return terms.map((term, i) => {
    const command: KeyValueCommand = { type: 'put', key: `k${first + i}`, value: term };
    return { index: first + i, term, data: { type: 'commands', batches: [batchOf([command], undefined)] } };
  });
}

export class OneReplica {
  readonly protocol: Protocol<RaftState, RaftMessage>;
  readonly peers: readonly NodeId[];
  readonly answers = new Map<string, Outcome>();
  /** Whether writes are durable at once; if not, at `sync`. */
  quickDisk = true;
  /** Called with each command that is applied. */
  onApplied: ((entry: Applied) => void) | undefined;
  machine: Machine<RaftState, RaftMessage, ProtocolRequest>;
  readonly #durable = new MemoryDisk();
  #unsynced: { readonly batch: number; readonly writes: readonly Write[] }[] = [];
  #sent: Sent[] = [];
  #boot = 0;
  #requests = 0;

  constructor(
    create: typeof createRaft,
    { size = 3, terms = [], term = terms.at(-1) ?? 0, blank = false, ...settings }: Beginning = {},
  ) {
    this.protocol = create(keyValueMachine, settings);
    this.peers = Array.from({ length: size - 1 }, (_, i) => `n${i + 2}`);
    const written = blank ? [] : logOnDisk(term, entries(1, ...terms));
    for (const write of written) applyWrite(this.#durable, write);
    this.machine = this.#start();
  }

  get view(): ReplicaView {
    return this.protocol.view(this.machine.state.program);
  }

  /** The terms of the entries in memory. */
  get terms(): number[] {
    const { baseIndex, lastIndex } = this.view;
    return Array.from(
      { length: lastIndex - baseIndex },
      (_, i) => this.protocol.entry(this.machine.state.program, baseIndex + 1 + i)!.term,
    );
  }

  /** What it has applied under a key. */
  value(key: string): unknown {
    return queryMachine(keyValueMachine, this.machine.options.disk.data, { type: 'get', key });
  }

  /** A message of a peer. Returns what leaves because of it. */
  receive(from: NodeId, body: RaftMessage): readonly Sent[] {
    this.machine.deliver({ envelope: { id: 'test', from, lamport: 0, body } });
    return this.work();
  }

  /** Handles what was delivered. Returns what leaves because of it. */
  work(): readonly Sent[] {
    this.#carry(this.machine.work(0));
    return this.#take();
  }

  /** News of a link to or from a peer. Returns what leaves because of it. */
  link(peer: NodeId, up: boolean): readonly Sent[] {
    this.machine.deliver({ link: peer, up });
    this.#carry(this.machine.work(0));
    return this.#take();
  }

  /** A message that it has sent never left. Returns what leaves because of that. */
  drop({ to, body }: Sent): readonly Sent[] {
    this.machine.deliver({ dropped: body, to });
    this.#carry(this.machine.work(0));
    return this.#take();
  }

  /** Lets that many ticks of its clock pass. Returns what leaves in them. */
  tick(count = 1): readonly Sent[] {
    for (let i = 0; i < count; i++) this.#carry(this.machine.tick(0));
    return this.#take();
  }

  /** Ticks until it asks for pre-votes. Returns what leaves in that tick. */
  timeOut(): readonly Sent[] {
    for (let i = 0; i < 100; i++) {
      const sent = this.tick();
      if (sent.some(({ body }) => body.type === 'RequestVote' && body.preVote)) return sent;
    }
    throw new Error('it waits for ever');
  }

  /**
   * Lets it time out and gives it the pre-votes it needs. Returns what leaves when it becomes a
   * candidate.
   */
  campaign(): readonly Sent[] {
    this.timeOut();
    return this.#vote(true);
  }

  /** Makes a leader of it, of the next term. Returns what leaves when it wins. */
  lead(): readonly Sent[] {
    this.campaign();
    return this.#vote(false);
  }

  /** These followers say that they have all of its log. Returns what leaves because of it. */
  accept(...followers: readonly NodeId[]): readonly Sent[] {
    const { term, lastIndex: index } = this.view;
    const reply = {
      type: 'AppendEntriesReply',
      term,
      success: true,
      index,
      hint: undefined,
      round: 0,
    } as const;
    return followers.flatMap((follower) => this.receive(follower, reply));
  }

  /**
   * A request of a client. Returns what leaves because of it; the answer is in `answers`, under
   * `q1`, `q2`, ...
   */
  ask(body: ProtocolRequest): readonly Sent[] {
    this.machine.deliver({ request: { id: `q${++this.#requests}`, body } });
    this.#carry(this.machine.work(0));
    return this.#take();
  }

  /** Asks for `key` to be `value`. */
  put(key: string, value: Value): readonly Sent[] {
    return this.ask({ type: 'submit', command: { type: 'put', key, value } });
  }

  /** Everything written is durable. Returns what has waited for that. */
  sync(): readonly Sent[] {
    this.#flush();
    return this.#take();
  }

  /** Loses its power, with all that is not durable, and starts again. */
  restart(): void {
    this.#unsynced = [];
    this.machine = this.#start();
  }

  #start(): OneReplica['machine'] {
    const clock = { stamp: 'after', vector: false } as const;
    const { peers } = this;
    const disk = this.#durable.records();
    const options = { self: 'n1', peers, seed: 1, boot: ++this.#boot, clock, record: false, disk };
    const machine = new Machine(this.protocol, options);
    this.machine = machine;
    this.#carry(machine.start(0));
    this.#sent = [];
    return machine;
  }

  /** As many votes as it needs besides its own. */
  #vote(preVote: boolean): readonly Sent[] {
    const term = this.view.term + (preVote ? 1 : 0);
    const sent: Sent[] = [];
    for (const peer of this.peers.slice(0, Math.ceil(this.peers.length / 2))) {
      sent.push(...this.receive(peer, { type: 'RequestVoteReply', term, granted: true, preVote }));
    }
    return sent;
  }

  #carry(effects: readonly Effect<RaftMessage>[]): void {
    for (const effect of effects) {
      if (effect.type === 'send') {
        for (const to of effect.to) this.#sent.push({ to, body: effect.envelope.body });
      } else if (effect.type === 'respond') this.answers.set(effect.request, effect.outcome);
      else if (effect.type === 'applied') this.onApplied?.(effect.entry);
      else if (effect.type === 'persist') this.#unsynced.push(effect);
    }
    if (this.quickDisk) this.#flush();
  }

  #flush(): void {
    for (const { batch, writes } of this.#unsynced.splice(0)) {
      for (const write of writes) applyWrite(this.#durable, write);
      this.#carry(this.machine.durable(batch, 0));
    }
  }

  #take(): readonly Sent[] {
    const sent = this.#sent;
    this.#sent = [];
    return sent;
  }
}
