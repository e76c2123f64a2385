/** Reads histories in EDN: one map an event, one after the other or all in a vector or list. */
import { z } from 'zod';
import type { Value } from '../../vm/store.ts';
import { type EdnForm, EdnReader } from './edn.ts';
import { HistoryError } from './error.ts';
import type { HistoryEvent } from './events.ts';

const name = z
  .string()
  .regex(/^:./)
  .transform((keyword) => keyword.slice(1));

const eventSchema = z.object({
  ':process': z.union([z.number(), z.string()]).transform(String),
  ':type': z
    .enum([':invoke', ':ok', ':fail', ':info'])
    .transform((type) => type.slice(1) as HistoryEvent['type']),
  ':f': name,
  ':key': z.custom<Value>().optional(),
  ':value': z.custom<Value>().optional(),
});

/** The events of clients, in the order of the file. */
export function readEdnHistory(text: string, file: string): readonly HistoryEvent[] {
  const reader = new EdnReader(text, file);
  const events: HistoryEvent[] = [];
  const isWhole = reader.peek() === '[' || reader.peek() === '(';
  for (const form of isWhole ? reader.within() : forms(reader)) {
    const event = eventOf(form, file);
    if (event !== undefined) events.push(event);
  }
  const rest = reader.next();
  if (rest !== undefined) throw new HistoryError(file, rest.line, 'something follows the end of the history');
  return hasTuples(events) ? events.map(split) : events;
}

function* forms(reader: EdnReader): Iterable<EdnForm> {
  for (let form = reader.next(); form !== undefined; form = reader.next()) yield form;
}

function eventOf({ line, value }: EdnForm, file: string): HistoryEvent | undefined {
  const parsed = eventSchema.safeParse(value);
  if (!parsed.success) {
    const { path, code } = parsed.error.issues[0]!;
    const what = path.length === 0 ? `is no map (${code})` : `has no ${path[0] as string} that is one`;
    throw new HistoryError(file, line, `what should be an event ${what}`);
  }
  const { ':process': process, ':type': type, ':f': f, ':key': key, ':value': content } = parsed.data;
  // Jepsen's nemesis is a process with a keyword for a name, and no client.
  if (process.startsWith(':')) return undefined;
  return { line, process, type, f, key: key === undefined ? undefined : textOf(key), value: content ?? null };
}

/** Whether values are Jepsen's independent tuples, `[key value]`: a read is then invoked with `[key nil]`. */
function hasTuples(events: readonly HistoryEvent[]): boolean {
  const invoked = events.filter(({ type }) => type === 'invoke');
  return (
    invoked.some(({ f, value }) => (f === 'read' || f === 'get') && isTuple(value) && value[1] === null) &&
    invoked.every(({ key, value }) => key === undefined && isTuple(value))
  );
}

function isTuple(value: Value): value is readonly [Value, Value] {
  return Array.isArray(value) && value.length === 2;
}

function split(event: HistoryEvent): HistoryEvent {
  if (!isTuple(event.value)) return event;
  const [key, value] = event.value;
  return { ...event, key: textOf(key), value };
}

function textOf(value: Value): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
