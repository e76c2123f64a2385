/**
 * The contents of a history file: events, in Jepsen's form, and the operations that are made out of
 * them. `calls.ts` pairs the events, `shape.ts` finds out what their values mean, `operations.ts`
 * makes the operations.
 */
import type { Value } from '../../vm/index.ts';
import type { Operation } from '../linearizability/history.ts';
import type { KeyAnswer, KeyOperation } from '../linearizability/models.ts';

/** One event of a client, in the order of time. Names without their colons. */
export interface HistoryEvent {
  /** Where it stands in its file, from 1. */
  readonly line: number;
  readonly process: string;
  readonly type: 'invoke' | 'ok' | 'fail' | 'info';
  /** Empty where the event names no function, as some transactions do. */
  readonly f: string;
  readonly key: string | undefined;
  readonly value: Value;
  /** In any unit, where the file has times. */
  readonly time?: number | undefined;
  /**
   * What the value was written as, if it is an array and was no vector: `list`, `set`, or the name
   * of its tag.
   */
  readonly kind?: string | undefined;
  /**
   * Its value is missing or cannot be read, and says nothing that matters if the event is where it
   * belongs.
   */
  readonly isCut?: boolean | undefined;
}

/**
 * A line that looks like an event, but of which not all can be read. What could not be read is
 * undefined.
 */
export interface DamagedLine {
  readonly type: 'damaged';
  readonly line: number;
  readonly process: string | undefined;
  /** What type of event it was. */
  readonly was: HistoryEvent['type'] | undefined;
  readonly f: string | undefined;
}

/** Lines that look like events and are damaged. */
export interface Damage {
  readonly lines: readonly number[];
  /**
   * From this line on an unreadable change may have been called, so that any value may come from
   * it. Usually it is a damaged line.
   */
  readonly firstCall: number | undefined;
}

/**
 * An operation, with the lines that tell of it. Times are positions in the history, unless the
 * format has times.
 */
export interface HistoryOperation extends Operation<KeyOperation, KeyAnswer> {
  readonly calledLine: number;
  readonly returnedLine: number | undefined;
  /**
   * What the logs of the run call the request that began it, and the one whose answer it was, where
   * the file says.
   */
  readonly asked?: string | undefined;
  readonly answered?: string | undefined;
}

/** What a failed compare-and-set says: that it never happened, or that it found another value. */
export type FailedCas = 'nothing' | 'mismatch';

/** How the values of a file were read. */
export interface ReadAs {
  readonly shape: string;
  /** As text. */
  readonly means: string;
  /** The evidence for it in the file. */
  readonly because: string;
}

/** Operations in another order than that of the lines. */
export interface ByTime {
  readonly operations: readonly HistoryOperation[];
  /** The first line that shows that it is another one. */
  readonly line: number;
}

/** What a file held. */
export interface History {
  readonly format: 'jepsen' | 'edn' | 'tickraft';
  readonly operations: readonly HistoryOperation[];
  /** Operations that never happened, and reads without an answer: left out. */
  readonly leftOut: number;
  /** What the file says every key holds at first, if it says so. */
  readonly initial?: Value | undefined;
  /**
   * The operations by their times, where that is another order than that of the lines, and no flag
   * says which is meant.
   */
  readonly byTime?: ByTime | undefined;
  /** Undefined where the format itself says what values mean. */
  readonly readAs?: ReadAs | undefined;
  /** Lines, or events in EDN, that are not from a client. */
  readonly passedOver?: number | undefined;
  /** Undefined: there is none. */
  readonly damage?: Damage | undefined;
  /** Notes about the file. */
  readonly notes: readonly string[];
}
