/** What conditions look at: a cluster at one instant, in a run or in a search. */
import type { NodeId } from '../../vm/index.ts';
import type { MachineStatus } from '../../vm/sim/index.ts';
import type { LogEntryView, ReplicaView } from '../protocol.ts';

/** An answer in one word; `pending` for none. */
export interface Answer {
  readonly ok: boolean;
  readonly text: string;
}

/** Something that may be true of a cluster. */
export interface Condition {
  readonly text: string;
  /** What is seen instead; undefined if the condition holds. */
  unmet(scene: Scene): string | undefined;
}

/** Why a scenario was aborted: an expectation that failed, or something that could not be done. */
export class ScenarioFailure extends Error {
  override readonly name = 'ScenarioFailure';
}

/** What can be expected of a history of clients, besides that it is linearizable. */
export const HISTORY_GUARANTEES = [
  'read-your-writes',
  'monotonic-reads',
  'monotonic-writes',
  'no-lost-updates',
  'acknowledged-survive',
  'last-writer-stays',
  'commands-once',
] as const;
export type HistoryGuarantee = (typeof HISTORY_GUARANTEES)[number];

/** A cluster at one instant. */
export interface Scene {
  readonly nodes: readonly NodeId[];
  /** Whether its protocol has leaders. */
  readonly isLed: boolean;
  /** Whether its protocol keeps histories from parting. */
  readonly isDurable: boolean;
  /** The machine that a name stands for now. Throws a `ScenarioFailure` if there is none. */
  resolve(name: string): NodeId;
  /** The machine that a name stands for; any other word as it is. */
  nameOf(word: string): string;
  status(node: NodeId): MachineStatus;
  /** What can be seen of a machine; undefined while it is down. */
  view(node: NodeId): ReplicaView | undefined;
  /** The log of a machine that runs, as far as it is in memory. */
  entries(node: NodeId): LogEntryView[];
  /** Which of these lead, the highest term first. A paused machine does not lead. */
  leaders(nodes: readonly NodeId[]): NodeId[];
  /** Whether these have applied the same log to its end. */
  haveAgreed(nodes: readonly NodeId[]): boolean;
  isWriting(node: NodeId): boolean;
  /** What a machine has applied of a key. */
  value(node: NodeId, key: string): string;
  /** All that a machine's state machine keeps: `x=1 y=2`. */
  data(node: NodeId): string;
  /** The answer to the request of that name. */
  answer(name: string): Answer;
  /** What clients were told that cannot be true. */
  contradiction(): string | undefined;
  /** What clients were told that breaks a guarantee; undefined if nothing does. */
  broken(guarantee: HistoryGuarantee): string | undefined;
  /**
   * Two that have led at once and both decided, or, `sharing`, that have led the same term; in
   * words.
   */
  rivals(sharing: boolean): string | undefined;
}
