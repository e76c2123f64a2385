/** Reads histories in EDN: one map an event, one after the other or all in a vector or list. */
import { z } from 'zod';
import type { Value } from '../../vm/index.ts';
import { type EdnForm, EdnReader } from './edn.ts';
import { HistoryError } from './error.ts';
import type { HistoryEvent } from './events.ts';
import { keyText } from './split.ts';

const name = z
  .string()
  .regex(/^:./)
  .transform((keyword) => keyword.slice(1));

const eventSchema = z.object({
  ':process': z.union([z.number(), z.string()]).transform(String),
  ':type': z
    .enum([':invoke', ':ok', ':fail', ':info'])
    .transform((type) => type.slice(1) as HistoryEvent['type']),
  ':f': name.or(z.null().transform(() => '')).default(''),
  ':key': z.custom<Value>().optional(),
  ':time': z.custom<Value>().optional(),
  ':value': z.custom<Value>().optional(),
});

/** What a file held. */
export interface EdnHistory {
  /** Of clients, in the order of the file. */
  readonly events: readonly HistoryEvent[];
  /** Events of processes that are no clients. */
  readonly others: number;
}

/** Reads a history. Throws a HistoryError that names the line that cannot be read. */
export function readEdnHistory(text: string, file: string): EdnHistory {
  const reader = new EdnReader(text, file);
  const events: HistoryEvent[] = [];
  let others = 0;
  const isWhole = reader.peek() === '[' || reader.peek() === '(';
  for (const form of isWhole ? reader.within() : forms(reader)) {
    const event = eventOf(form, file, reader);
    if (event === undefined) others++;
    else events.push(event);
  }
  const rest = reader.next();
  if (rest !== undefined)
    throw new HistoryError(file, rest.line, 'there is more after the end of the history');
  return { events, others };
}

function* forms(reader: EdnReader): Iterable<EdnForm> {
  for (let form = reader.next(); form !== undefined; form = reader.next()) yield form;
}

function eventOf({ line, value }: EdnForm, file: string, reader: EdnReader): HistoryEvent | undefined {
  const parsed = eventSchema.safeParse(value);
  if (!parsed.success) {
    const { path, code } = parsed.error.issues[0]!;
    const what = path.length === 0 ? `is no map (${code})` : `has no ${path[0] as string} that is one`;
    throw new HistoryError(file, line, `what should be an event ${what}`);
  }
  const { ':process': process, ':type': type, ':f': f, ':key': key, ':value': content = null } = parsed.data;
  // Times in nanoseconds since 1970 are read as text: what they lose here, no two events depend on.
  const time = Number(parsed.data[':time'] ?? Number.NaN);
  // Jepsen's nemesis is a process with a keyword for a name, and no client.
  if (process.startsWith(':')) return undefined;
  const own = key === undefined ? undefined : keyText(key);
  return {
    line,
    process,
    type,
    f,
    key: own,
    value: content,
    time: Number.isFinite(time) ? time : undefined,
    kind: reader.kindOf(content),
  };
}
