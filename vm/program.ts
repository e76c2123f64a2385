/**
 * The contract between a machine and the program it runs.
 *
 * A program is a set of handlers over plain state. It never waits, never reads a clock but its
 * machine's tick count, never draws randomness but its machine's: everything comes through the
 * context. The same program object runs in the simulator, in the browser and live.
 */
import type { NodeId, Vector } from './clock.ts';
import type { EventFields, EventKind, EventRecord } from './event.ts';
import type { Disk, Keyspace, Store, StoreReader, Write } from './store.ts';

/** How a machine's loop treats its inbox. */
export interface LoopPolicy {
  /** How many messages and requests one tick takes from the inbox. The classic exercise takes 1. */
  readonly messagesPerTick: number;
  /**
   * Whether `onTick` also runs in a tick that took something from the inbox. In the classic
   * exercise it does not.
   */
  readonly tickWhenBusy: boolean;
  /** Whether arrivals are handled at once, between ticks; a tick then only counts time. */
  readonly eager: boolean;
}

/** A message on its way. */
export interface Envelope<M> {
  /** Unique in the run; all receivers of one send see the same id. */
  readonly id: string;
  readonly from: NodeId;
  /** The sender's Lamport clock (see `ClockSettings.stamp`). */
  readonly lamport: number;
  /** The sender's vector clock, where the run keeps them. */
  readonly vector?: Vector | undefined;
  readonly body: M;
}

/** A request from outside: from a client, not from a peer. */
export interface Request<Q> {
  /** Chosen by the host, unique on its machine; `respond` names it. */
  readonly id: string;
  readonly body: Q;
}

/** The answer to a request: a value, or a typed error as plain data. */
export type Outcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly code: string; readonly message: string };

/** When an effect that leaves the machine may leave it. */
export interface SendOptions {
  /**
   * Do not wait for this machine's own writes. Only for messages that do not depend on anything on
   * this disk: a leader's AppendEntries (Raft dissertation, 10.2.1). All others leave when what was
   * written before them is durable.
   */
  readonly early?: boolean;
  /**
   * Nobody waits for this message: its host may let it travel with the next one, or a moment later.
   */
  readonly lazy?: boolean;
}

/** What a program can use of its machine. Valid during a handler only. */
export interface Context<M> {
  readonly self: NodeId;
  /** All other machines that the run began with, in the run's order. */
  readonly peers: readonly NodeId[];
  /** Whether this machine was added to a run that had begun: it is not one of those. */
  readonly joining: boolean;
  /** Ticks of this machine's own clock since it started. */
  readonly now: number;
  /**
   * The program's own records on disk. Whatever is written here gates later sends (see
   * `SendOptions`).
   */
  readonly disk: Store;
  /**
   * The data of a replicated state machine: rebuilt from the log after a crash, so it gates
   * nothing.
   */
  readonly data: Store;
  /** Copies of `data`, to send to another machine or to take over from one. */
  readonly snapshots: Snapshots;
  /** A fair die with that many sides, from this machine's own seed. */
  random(sides: number): number;
  /** Sends a message, as one event even to several machines. */
  send(to: NodeId | readonly NodeId[], body: M, options?: SendOptions): void;
  /** Answers a request. */
  respond(request: string, outcome: Outcome, options?: SendOptions): void;
  /**
   * Calls the program's `onDurable(mark)` once all that was written to `disk` so far is durable.
   */
  whenDurable(mark: unknown): void;
  /** Announces an applied log entry to the listeners on this machine. */
  applied(entry: Applied): void;
  /**
   * Announces that the data is another machine's now, or a part of it, as of log entry `index`:
   * entries up to it were not applied one by one.
   */
  installed(index: number): void;
  /**
   * Records an event of this machine; each is an event to its clocks too. Fields that cost
   * something come from a function, called only where events are recorded.
   */
  note(event: EventKind, fields?: EventFields | (() => EventFields)): void;
}

/** Whole copies of a program's data. */
export interface Snapshots {
  /**
   * Where data from another machine is collected; survives restarts. Writing it gates later sends.
   */
  readonly incoming: Store;
  /** Makes the incoming data the data; the former data is then in `incoming`, to be deleted. */
  install(): void;
  /** Keeps a view of `data` as it is now, until released or until the process ends. */
  freeze(name: string): void;
  frozen(name: string): StoreReader | undefined;
  release(name: string): void;
}

/** A replicated command that has just been applied to this machine's data. */
export interface Applied {
  readonly index: number;
  /** Its place among the commands of the entry `index`, counted from 0. */
  readonly place: number;
  readonly term: number;
  readonly command: unknown;
  readonly result: unknown;
}

/** A message in two parts. */
export interface Packed {
  /** What is left of it: plain data. */
  readonly light: unknown;
  /** Its large texts, in order. */
  readonly texts: readonly string[];
}

/** Takes the large texts out of messages, which live links then need not send as a part of JSON. */
export interface Packing<M> {
  unload(message: M): Packed;
  /**
   * The reverse. What it returns for something malformed is checked like any message; it may also
   * throw.
   */
  load(packed: Packed): unknown;
}

/** A record on a disk that is not what was written there. */
export interface Damage {
  readonly space: Keyspace;
  readonly key: string;
}

/**
 * How to repair damage: keep what comes before it, or start empty. Either way the machine has lost
 * what it may have promised.
 */
export type RepairWay = 'drop-tail' | 'start-empty';

/** Who belongs to a program's cluster. Never changed in place. */
export interface Roster {
  /** Another one with every change, and greater; 0 for the machines that the run began with. */
  readonly version: number;
  readonly members: readonly RosterMember[];
}

/** A machine of a cluster. */
export interface RosterMember {
  readonly id: NodeId;
  /** `http://host:port`. */
  readonly url: string;
  /** The version of the roster that added it: an id can come back, this never does. */
  readonly incarnation: number;
}

/**
 * What a machine runs. `S` is the state (plain data: it is cloned, shown, compared and hashed;
 * frozen parts are shared between clones), `M` the messages, `Q` the requests.
 */
export interface Program<S, M, Q = never> {
  readonly name: string;
  readonly policy: LoopPolicy;
  /** The state after a start or restart, from what is durable on `disk`. */
  init(ctx: Context<M>, disk: Readonly<Record<'program' | 'data', StoreReader>>): S;
  onTick(state: S, ctx: Context<M>): void;
  onMessage(state: S, envelope: Envelope<M>, ctx: Context<M>): void;
  onRequest?(state: S, request: Request<Q>, ctx: Context<M>): void;
  /** Called for each `whenDurable(mark)`, in order. */
  onDurable?(state: S, mark: unknown, ctx: Context<M>): void;
  /**
   * A link to a peer closed or came back; `up` covers both directions, that of the peer's messages
   * to this machine too. A hint only: it may be wrong.
   */
  onLink?(state: S, peer: NodeId, up: boolean, ctx: Context<M>): void;
  /** The host could not send `body` to `peer`: it never left. Not every loss is reported. */
  onDropped?(state: S, peer: NodeId, body: M, ctx: Context<M>): void;
  /** The cluster has this id, as reported by a peer or by the data directory of this machine. */
  onClusterId?(state: S, id: string, ctx: Context<M>): void;
  /** The id of the cluster, once the program has agreed on one with its peers: it never changes. */
  clusterId?(state: S): string | undefined;
  /**
   * The machines of the cluster, where the program keeps account of them: live hosts link to these,
   * once the version is above 0. The same object for as long as it says the same.
   */
  roster?(state: S): Roster;
  /**
   * Called once at the end of every step that ran a handler: the place to send what has gathered.
   */
  settle?(state: S, ctx: Context<M>): void;
  /** What every event row says of the state: term, role, commit index. */
  columns?(state: S): EventFields;
  /**
   * Whether what came from a peer is a message, and one that `onMessage` can handle in this state:
   * hosts drop what is not. Never throws. Default: everything is.
   */
  isMessage?(body: unknown, state: S): body is M;
  /** How live links take messages apart. Default: they send them in one piece. */
  readonly packing?: Packing<M>;
  /** The type of a message, for logs and pictures. */
  kindOf?(body: M): string;
  /**
   * Makes a damaged disk one that the program may safely start from: whatever it may have promised,
   * it has forgotten. Damaged records read as absent. Returns what was done, in a line; throws an
   * Error that says why this way is not safe here.
   */
  repair?(disk: Disk, damage: readonly Damage[], way: RepairWay): string;
  /** What a record on its disk is, in a few words for a person: `log entry 5`. */
  nameRecord?(record: Damage): string;
}

/**
 * What a step of a machine wants done, in the order it must happen. A send that depends on
 * something on disk is not among the effects until the write is durable: the machine holds it back
 * itself.
 */
export type Effect<M> =
  /**
   * Without hurry, if nobody waits for it (`lazy`); messages to a peer keep their order all the
   * same.
   */
  | {
      readonly type: 'send';
      readonly to: readonly NodeId[];
      readonly envelope: Envelope<M>;
      readonly lazy: boolean;
    }
  /**
   * Make the writes durable atomically and in order, then call `Machine.durable(batch)`; without
   * hurry, if nothing waits for them (`lazy`). Writes to `data` may become durable later than all
   * others, atomically and in order, but not later than a deletion among the program's records, or
   * a swap, that follows them: those may rely on them.
   */
  | {
      readonly type: 'persist';
      readonly batch: number;
      readonly writes: readonly Write[];
      readonly lazy: boolean;
    }
  | { readonly type: 'respond'; readonly request: string; readonly outcome: Outcome }
  | { readonly type: 'applied'; readonly entry: Applied }
  | { readonly type: 'installed'; readonly index: number }
  | { readonly type: 'event'; readonly event: EventRecord };

/** How a machine keeps its logical clocks. */
export interface ClockSettings {
  /**
   * What a message carries: the clock `after` its send event (Lamport 1978), or the clock `before`
   * it, as the classic exercise words it ("send the clock, then update it"). With `before`, a
   * receive may be numbered as its send is.
   */
  readonly stamp: 'after' | 'before';
  /** Whether messages carry vector clocks too. */
  readonly vector: boolean;
}

/** What a machine is made of besides its program. */
export interface MachineOptions {
  /** Its own name. */
  readonly self: NodeId;
  /** The other machines that the run began with. */
  readonly peers: readonly NodeId[];
  /** Whether this machine was added later. Default: false. */
  readonly joining?: boolean | undefined;
  /** Decides what `random` draws. */
  readonly seed: string | number;
  /** The number of this start, from 1: makes message ids and vectors unique over restarts. */
  readonly boot: number;
  /** How its logical clocks work. */
  readonly clock: ClockSettings;
  /** Whether steps return event records. The clocks run the same either way. */
  readonly record: boolean;
  /** What it reads at its start, and where its writes go. */
  readonly disk: Disk;
  /**
   * How many ticks are overdue because the process was held up; the program's clock counts them at
   * once. Default: none ever are.
   */
  readonly due?: (() => number) | undefined;
}
