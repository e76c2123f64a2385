/**
 * The event record: what a machine says happened, stamped with its clocks. `logs/` turns these
 * into CSV rows; columns that do not apply are `undefined` here and empty there.
 */
import type { NodeId, Vector } from './clock.ts';

/** Every kind of event. docs/reference/events.md shows these comments. */
export const EVENT_KINDS = [
  /** The program did something that concerns no other machine. */
  'internal',
  /** A message left this machine. One that goes to several machines is one event. */
  'send',
  /** A message was taken out of the inbox; the logical clocks have moved. */
  'receive',
  /** A message was discarded: lost on a link, malformed, or more than a queue holds. */
  'drop',
  /** The machine took another role; `role` is the new one. */
  'role',
  /** A vote was granted or refused; `peer` is the candidate. */
  'vote',
  /** Entries were appended to the log in memory; `index` is the last of them. */
  'append',
  /** The commit index rose to `index`. */
  'commit',
  /** The state machine ran the entries up to `index`. */
  'apply',
  /** A snapshot was taken, sent to a `peer`, or installed, as of `index`. */
  'snapshot',
  /**
   * Who belongs to the cluster has changed for this replica, or was found so when it started:
   * `kind` says how, `index` is the entry. Kind `learner`: how far the learner `peer` is; `check`:
   * a digest of the data was taken. Without a kind: whether this replica's votes and
   * acknowledgements count has changed.
   */
  'config',
  /**
   * The autopilot of a leader decided what to do about its cluster: `kind` is what, or `hold` if it
   * only says what it holds back.
   */
  'decision',
  /** A request from outside arrived; `kind` is the kind of request. */
  'request',
  /** A request was answered; `index` is the entry whose result the answer is. */
  'respond',
  /** Something went wrong with the machine, its disk, its log or its links; `kind` says what. */
  'fault',
  /** The program started; the machine's clocks begin. */
  'start',
  /** The program stopped. */
  'stop',
] as const;

/** One kind of event. */
export type EventKind = (typeof EVENT_KINDS)[number];

/** What a program says about an event; the machine adds the rest. */
export interface EventFields {
  /** The other machine or machines (several joined by a space: one send to many is one event). */
  readonly peer?: NodeId | undefined;
  /** Ties a send to its receives. */
  readonly message?: string | undefined;
  /** The type of the message or request. */
  readonly kind?: string | undefined;
  readonly term?: number | undefined;
  readonly role?: string | undefined;
  /** The log index the event is about; of a range, the last. */
  readonly index?: number | undefined;
  /** The commit index after the event. */
  readonly commit?: number | undefined;
  /** More, as `key=value` pairs separated by spaces; never a secret. */
  readonly detail?: string | undefined;
}

/** One event of one machine. */
export interface EventRecord extends EventFields {
  /**
   * System time in microseconds since 1970; in a simulation, virtual microseconds since its start.
   */
  readonly timeUs: number;
  readonly node: NodeId;
  /** Ticks of the machine's own clock since it started; absent for events that no machine saw. */
  readonly tick?: number | undefined;
  readonly lamport?: number | undefined;
  readonly vector?: Vector | undefined;
  readonly event: EventKind;
  /** How many messages and requests wait in the inbox after the event. */
  readonly queue?: number | undefined;
}
