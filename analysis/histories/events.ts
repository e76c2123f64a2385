/**
 * Histories as Jepsen tells them: what each process invoked, and how it ended. Here they become operations.
 *
 * `:ok` ended well. `:fail` never happened. After `:info`, or with no end at all, an operation may have happened at any
 * time, or never. A read without an answer says nothing and is left out.
 */
import type { Value } from '../../vm/store.ts';
import type { Operation } from '../linearizability/history.ts';
import type { KeyAnswer, KeyOperation } from '../linearizability/models.ts';
import { HistoryError } from './error.ts';

/** One event of a history, in the order of time. Names without their colons. */
export interface HistoryEvent {
  /** Where it stands in its file, from 1. */
  readonly line: number;
  readonly process: string;
  readonly type: 'invoke' | 'ok' | 'fail' | 'info';
  readonly f: string;
  readonly key: string | undefined;
  readonly value: Value;
}

/** An operation, with the lines that tell of it. Times are positions in the history, unless the format has times. */
export interface HistoryOperation extends Operation<KeyOperation, KeyAnswer> {
  readonly calledLine: number;
  readonly returnedLine: number | undefined;
  /** What the logs of the run call the request that began it, and the one whose answer it was, where the file says. */
  readonly asked?: string | undefined;
  readonly answered?: string | undefined;
}

/** What a failed compare-and-set says: that it never happened, or that it found another value. */
export type FailedCas = 'nothing' | 'mismatch';

/** What a file held. */
export interface History {
  readonly format: 'jepsen' | 'edn' | 'tickraft';
  readonly operations: readonly HistoryOperation[];
  /** Operations that never happened, and reads without an answer: left out. */
  readonly leftOut: number;
  /** What the file says every key holds at first, if it says so. */
  readonly initial?: Value | undefined;
  /** What a person should know about the file. */
  readonly notes: readonly string[];
}

const NAMES: Readonly<Record<string, KeyOperation['type']>> = {
  read: 'read',
  get: 'read',
  write: 'write',
  put: 'write',
  append: 'append',
  cas: 'cas',
};

interface Open {
  readonly event: HistoryEvent;
  readonly at: number;
  readonly input: KeyOperation;
}

/** The operations of a history, sorted by call. */
export function operationsOf(
  events: readonly HistoryEvent[],
  file: string,
  failedCas: FailedCas,
): { readonly operations: readonly HistoryOperation[]; readonly leftOut: number } {
  const operations: HistoryOperation[] = [];
  const open = new Map<string, Open>();
  let leftOut = 0;
  const add = ({ event, at, input }: Open, end: HistoryEvent | undefined, endAt: number | undefined) => {
    const output = end === undefined ? undefined : answerOf(input, end);
    if (input.type === 'read' && output === undefined) {
      leftOut++;
      return;
    }
    const [returnedAt, returnedLine] = output === undefined ? [undefined, undefined] : [endAt, end?.line];
    const client = event.process;
    operations.push({
      client,
      calledAt: at,
      calledLine: event.line,
      returnedAt,
      returnedLine,
      input,
      output,
    });
  };
  events.forEach((event, at) => {
    const begun = open.get(event.process);
    if (event.type === 'invoke') {
      if (begun !== undefined) {
        const what = `process ${event.process} begins something before it has ended what it began in line ${begun.event.line}`;
        throw new HistoryError(file, event.line, what);
      }
      open.set(event.process, { event, at, input: inputOf(event, file) });
      return;
    }
    if (begun === undefined) {
      // Jepsen's nemesis and the like tell only that something is so.
      if (event.type === 'info') return;
      throw new HistoryError(file, event.line, `process ${event.process} ends something that it never began`);
    }
    if (begun.event.f !== event.f) {
      const what = `process ${event.process} ends a ${event.f}, but began a ${begun.event.f} in line ${begun.event.line}`;
      throw new HistoryError(file, event.line, what);
    }
    open.delete(event.process);
    const isMismatch = event.type === 'fail' && begun.input.type === 'cas' && failedCas === 'mismatch';
    if (event.type === 'fail' && !isMismatch) leftOut++;
    else add(begun, event.type === 'info' ? undefined : event, at);
  });
  for (const begun of open.values()) add(begun, undefined, undefined);
  return { operations: operations.sort((a, b) => a.calledAt - b.calledAt), leftOut };
}

function inputOf({ line, f, key = '', value }: HistoryEvent, file: string): KeyOperation {
  const type = Object.hasOwn(NAMES, f) ? NAMES[f] : undefined;
  switch (type) {
    case 'read':
      return { type, key };
    case 'write':
      return { type, key, value };
    case 'append':
      return { type, key, value: typeof value === 'string' ? value : JSON.stringify(value) };
    case 'cas': {
      if (!Array.isArray(value) || value.length !== 2) {
        throw new HistoryError(file, line, 'a cas needs two values: [expected new]');
      }
      const [expected, next] = value as unknown as readonly [Value, Value];
      return { type, key, expected, value: next };
    }
    default: {
      const known = Object.keys(NAMES).join(', ');
      throw new HistoryError(file, line, `"${f}" is no operation of a register or a map (known: ${known})`);
    }
  }
}

function answerOf(input: KeyOperation, { type, value }: HistoryEvent): KeyAnswer {
  if (type === 'fail') return { type: 'mismatch' };
  return input.type === 'read' ? { type: 'value', value } : { type: 'done' };
}
