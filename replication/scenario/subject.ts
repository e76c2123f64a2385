/**
 * The subject of a scenario: the program that its machines run, and how to inspect it and send it requests. The
 * language knows terms, logs and leaders in the words below only; `replication/` says what they are for a protocol.
 */
import type { NodeId } from '../../vm/clock.ts';
import type { Outcome, Program } from '../../vm/program.ts';
import type { WorldObserver } from '../../vm/sim/observer.ts';
import type { PresetName } from '../../vm/sim/presets.ts';
import type { World } from '../../vm/sim/world.ts';
import type { StoreReader, Write } from '../../vm/store.ts';

/** A world whose machines run the subject's program. */
export type AnyWorld = World<unknown, unknown, unknown>;

/** What can be seen of a machine. */
export interface SubjectView {
  readonly role: string;
  readonly term: number;
  readonly votedFor: NodeId | undefined;
  readonly leader: NodeId | undefined;
  readonly commit: number;
  readonly applied: number;
  /** Index of the entry before the first one in memory. */
  readonly baseIndex: number;
  readonly lastIndex: number;
  readonly lastTerm: number;
  /** Whether its votes and acknowledgements count, as `ReplicaView` says it. */
  readonly recovery: string;
}

/** A log entry: what it does as one word (`put`), and in short (`x=1`). */
export interface SubjectEntry {
  readonly term: number;
  readonly label: string;
  readonly text: string;
}

/** A log to begin with: the terms of its entries from index 1 on, and the term that its machine has reached. */
export interface WrittenLog {
  readonly terms: readonly number[];
  readonly term: number;
}

/** What must be true all along. */
export interface SubjectCheck {
  readonly observer: WorldObserver;
  /** Starts checking. */
  watch(world: AnyWorld): void;
  /** The first violation, in one line. */
  violation(): string | undefined;
}

/** Checks the history of the clients: whether what they were told can be true. Times in virtual microseconds. */
export interface SubjectHistoryCheck {
  /** The network may deliver messages more than once, now or later. */
  duplicates(): void;
  asked(id: string, node: NodeId, request: unknown, atUs: number): void;
  answered(id: string, outcome: Outcome, atUs: number): void;
  /** What cannot be true, in words; undefined if all can. */
  contradiction(): string | undefined;
}

/** The client's side of an open session: it numbers its commands. */
export interface SubjectSession {
  /** Whether as many of its commands are under way as may be. */
  readonly isFull: boolean;
  /** The number of the next command. */
  take(): number;
  /** `request` as command number `sequence`, as it is submitted now. */
  tagged(request: unknown, sequence: number): unknown;
  /** The client has the answer to command `sequence`, or waits for it no longer: what it submits from now on says so. */
  answered(sequence: number): void;
}

/** The subject of one run of one scenario. */
export interface Subject {
  readonly program: Program<unknown, unknown, unknown>;
  /** The role that orders commands, as views name it. */
  readonly leaderRole: string;
  view(state: unknown): SubjectView;
  /** The entry at `index`, or undefined outside of what is in memory. */
  entry(state: unknown, index: number): SubjectEntry | undefined;
  /** How the words that make requests are used: `put KEY VALUE`. */
  readonly usages: readonly string[];
  /** The request that the words make; undefined if they are none of `usages`. */
  request(words: readonly string[]): unknown;
  /** The request to hand leadership over. */
  transfer(to: NodeId): unknown;
  /** The request to open a session. */
  openSession(name: string): unknown;
  /** The client's side of a session just opened, whose id the answer to `openSession` is. */
  session(id: string): SubjectSession;
  /** An applied command in short. */
  command(command: unknown): string;
  /** An answer in one word: `ok`, `refused`, a value, or the code of an error. */
  answer(outcome: Outcome): string;
  /** What a machine's data has under a key, in one word; `nothing` for nothing. */
  value(data: StoreReader, key: string): string;
  /** What is on the disk of a machine that has this log. */
  disk(log: WrittenLog): readonly Write[];
  readonly check: SubjectCheck;
  /** Checks histories, if the caller has a checker. */
  readonly historyCheck?: SubjectHistoryCheck;
}

/** A value of a setting: a number, a range of them, or whether it is on. */
export type SettingValue = number | readonly [number, number] | boolean;

/** What a scenario says of its subject. */
export interface SubjectOptions {
  readonly preset: PresetName;
  readonly settings: Readonly<Record<string, SettingValue>>;
}

/** The subjects that scenarios can name. Each throws a RangeError for settings that it does not have. */
export type Registry = Readonly<Record<string, (options: SubjectOptions) => Subject>>;
