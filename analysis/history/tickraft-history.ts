/**
 * Our own format of client histories: JSON, one object a line. It is written as it happens, so that
 * a process that is killed leaves what it has recorded; and lines of several recorders with one
 * clock may come in any order.
 *
 *     {"type":"history","version":1,"initial":null}
 *     {"type":"call","id":"1","client":"a","time_us":100,"op":"write","key":"x","value":1}
 *     {"type":"return","id":"1","time_us":180,"outcome":"ok"}
 */
import { z } from 'zod';
import type { Value } from '../../vm/index.ts';
import type { Operation } from '../linearizability/history.ts';
import type { KeyAnswer, KeyOperation } from '../linearizability/models.ts';
import { HistoryError } from './error.ts';
import type { History, HistoryOperation } from './events.ts';

const VERSION = 1;

const value = z.json().transform((json): Value => json);
const headerSchema = z.object({ type: z.literal('history'), version: z.number(), initial: value.optional() });
/** The name of a request in the logs of the run, where they have it. */
const request = z.string().optional();
const call = z.object({
  type: z.literal('call'),
  id: z.string(),
  client: z.string(),
  time_us: z.number(),
  request,
});
const key = z.string().default('');
const callSchema = z.discriminatedUnion('op', [
  call.extend({ op: z.literal('read'), key }),
  call.extend({ op: z.literal('write'), key, value }),
  call.extend({ op: z.literal('append'), key, value: z.string() }),
  call.extend({ op: z.literal('cas'), key, expected: value, value }),
]);
const returnSchema = z.object({
  type: z.literal('return'),
  id: z.string(),
  time_us: z.number(),
  /** `failed`: it never happened. `unknown`: it may have, or may yet. */
  outcome: z.enum(['ok', 'mismatch', 'failed', 'unknown']),
  /** What a read saw. */
  value: value.optional(),
  /** What a change found, if recorded. */
  previous: value.optional(),
  request,
});
const lineSchema = z.union([callSchema, returnSchema]);

type Call = z.infer<typeof callSchema>;
type Return = z.infer<typeof returnSchema>;
type Numbered<T> = T & { readonly line: number };

interface Lines {
  readonly initial: Value | undefined;
  readonly calls: ReadonlyMap<string, Numbered<Call>>;
  readonly returns: ReadonlyMap<string, Numbered<Return>>;
  readonly notes: readonly string[];
}

/** Reads a history. A last line that was cut off is left out, and a note says so. */
export function readTickraftHistory(text: string, file: string): History {
  const { initial, calls, returns, notes } = readLines(text, file);
  for (const { id, line } of returns.values()) {
    if (!calls.has(id)) throw new HistoryError(file, line, `operation ${id} returns, but was never called`);
  }
  const operations: HistoryOperation[] = [];
  for (const begun of calls.values()) {
    const operation = operationOf(begun, returns.get(begun.id), file);
    if (operation !== undefined) operations.push(operation);
  }
  operations.sort((a, b) => a.calledAt - b.calledAt);
  return { format: 'tickraft', operations, leftOut: calls.size - operations.length, initial, notes };
}

function readLines(text: string, file: string): Lines {
  const calls = new Map<string, Numbered<Call>>();
  const returns = new Map<string, Numbered<Return>>();
  const notes: string[] = [];
  let initial: Value | undefined;
  const lines = text.split('\n');
  for (const [i, content] of lines.entries()) {
    if (content.trim() === '') continue;
    const line = i + 1;
    const json = parse(content);
    if (json === undefined && line === lines.length) {
      notes.push(`line ${line}, the last one, is cut off and was left out`);
    } else if (line === 1) initial = headerOf(json, file).initial;
    else {
      const parsed = lineSchema.safeParse(json);
      if (!parsed.success)
        throw new HistoryError(file, line, `no call and no return: ${content.slice(0, 80)}`);
      const known: Map<string, unknown> = parsed.data.type === 'call' ? calls : returns;
      if (known.has(parsed.data.id)) {
        throw new HistoryError(file, line, `a second ${parsed.data.type} of operation ${parsed.data.id}`);
      }
      known.set(parsed.data.id, { ...parsed.data, line });
    }
  }
  return { initial, calls, returns, notes };
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function headerOf(json: unknown, file: string): z.infer<typeof headerSchema> {
  const parsed = headerSchema.safeParse(json);
  if (!parsed.success) {
    throw new HistoryError(file, 1, 'the first line must be {"type":"history","version":1}');
  }
  if (parsed.data.version === VERSION) return parsed.data;
  throw new HistoryError(file, 1, `version ${parsed.data.version} is not supported, only ${VERSION}`);
}

/** Undefined if it never happened, or says nothing. */
function operationOf(begun: Numbered<Call>, end: Numbered<Return> | undefined, file: string) {
  if (end !== undefined && end.time_us < begun.time_us) {
    throw new HistoryError(file, end.line, `operation ${end.id} returns before it is called`);
  }
  if (end?.outcome === 'mismatch' && begun.op !== 'cas') {
    throw new HistoryError(
      file,
      end.line,
      `only a cas can find another value, but ${end.id} is a ${begun.op}`,
    );
  }
  const output = end === undefined ? undefined : answerOf(begun, end);
  if (end?.outcome === 'failed' || (begun.op === 'read' && output === undefined)) return undefined;
  const { client, time_us: calledAt, line: calledLine } = begun;
  const [returnedAt, returnedLine] = output === undefined ? [] : [end?.time_us, end?.line];
  const requests = { asked: begun.request, answered: end?.request };
  return {
    client,
    calledAt,
    calledLine,
    returnedAt,
    returnedLine,
    input: inputOf(begun),
    output,
    ...requests,
  };
}

function inputOf(begun: Call): KeyOperation {
  const { op, key } = begun;
  switch (op) {
    case 'read':
      return { type: op, key };
    case 'write':
      return { type: op, key, value: begun.value };
    case 'append':
      return { type: op, key, value: begun.value };
    case 'cas':
      return { type: op, key, expected: begun.expected, value: begun.value };
  }
}

function answerOf(begun: Call, { outcome, value, previous }: Return): KeyAnswer | undefined {
  if (outcome === 'unknown' || outcome === 'failed') return undefined;
  if (begun.op === 'read') return value === undefined ? undefined : { type: 'value', value };
  return { type: outcome === 'ok' ? 'done' : 'mismatch', previous };
}

/**
 * An operation, and what the logs of its run call the request that began it and the one that was
 * answered.
 */
type ToldOperation = Operation<KeyOperation, KeyAnswer> & Pick<HistoryOperation, 'asked' | 'answered'>;

/** A history in our own form. Times must be microseconds. */
export function tickraftHistory(operations: readonly ToldOperation[], initial: Value): string {
  const lines: object[] = [{ type: 'history', version: VERSION, initial }];
  operations.forEach(({ client, calledAt, returnedAt, input, output, asked, answered }, i) => {
    const { type: op, ...rest } = input;
    const id = String(i + 1);
    lines.push({ type: 'call', id, client, time_us: calledAt, op, ...rest, request: asked });
    if (returnedAt !== undefined)
      lines.push({ type: 'return', id, time_us: returnedAt, ...toldBy(output), request: answered });
  });
  return `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`;
}

function toldBy(output: KeyAnswer | undefined): object {
  if (output === undefined) return { outcome: 'ok' };
  if (output.type === 'value') return { outcome: 'ok', value: output.value };
  return { outcome: output.type === 'done' ? 'ok' : 'mismatch', previous: output.previous };
}
