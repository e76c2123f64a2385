/** How logs of others are to be read: which of their columns is which of ours, and what their values mean. From flags, or a file in JSON. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { LogError, reason } from '../../logs/errors.ts';
import { COLUMNS } from '../../logs/schema.ts';
import { EVENT_KINDS } from '../../vm/event.ts';
import { TIME_UNITS } from './time.ts';

/** Our columns, by the names that a person may use for them. */
const NAMES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(COLUMNS.map(({ name }) => [name, name])),
  time: 'time_us',
  machine: 'node',
  process: 'node',
  host: 'node',
  clock: 'lamport',
  logical: 'lamport',
};

export const FORMATS = ['csv', 'jsonl', 'shiviz'] as const;

const mappingSchema = z.strictObject({
  /** Ours to theirs. */
  columns: z.record(z.string(), z.union([z.string(), z.number()]).transform(String)).default({}),
  time: z.enum(TIME_UNITS, `time: must be one of ${TIME_UNITS.join(', ')}`).default('s'),
  /** Their texts to our kinds. */
  events: z.record(z.string(), z.enum(EVENT_KINDS)).default({}),
  format: z.enum(FORMATS, `format: must be one of ${FORMATS.join(', ')}`).optional(),
  /** ShiViz: what an event looks like, and what stands between executions. */
  pattern: z.string().optional(),
  executions: z.string().optional(),
  /** Ticks a second, machine by machine, where known. */
  rates: z.record(z.string(), z.number().positive()).default({}),
  /** What a message carries: the clock after its send event, or before it. */
  stamp: z.enum(['after', 'before']).default('after'),
});

/** How to read. `columns` has our columns' names (`time_us`, `node`, ...) for keys. */
export type Mapping = z.infer<typeof mappingSchema>;

/** The flags of the command that make a mapping. */
export interface MappingFlags {
  readonly columns?: string;
  readonly mapping?: string;
  readonly timeUnit?: string;
  readonly events?: string;
  readonly format?: string;
  readonly pattern?: string;
  readonly executions?: string;
}

/** The mapping that flags tell, over that of the file if there is one; undefined if there are none: then it is a run of our own. Throws a `LogError`. */
export function parseMapping(flags: MappingFlags): Mapping | undefined {
  const { columns, mapping, timeUnit, events, format, pattern, executions } = flags;
  const told = {
    columns: pairs('--columns', columns),
    time: timeUnit,
    events: pairs('--events', events),
    format,
    pattern,
    executions,
  };
  const given = Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined));
  if (mapping === undefined && Object.keys(given).length === 0) return undefined;
  const result = mappingSchema.safeParse({ ...(mapping !== undefined && readMapping(mapping)), ...given });
  if (!result.success) {
    const { path, message } = result.error.issues[0]!;
    const where = path.length === 0 || message.startsWith(`${String(path[0])}:`) ? '' : `${path.join('.')}: `;
    throw new LogError(`${mapping ?? 'how to read the logs'}: ${where}${message}`);
  }
  return { ...result.data, columns: ours(result.data.columns) };
}

function ours(columns: Mapping['columns']): Mapping['columns'] {
  return Object.fromEntries(
    Object.entries(columns).map(([name, theirs]) => {
      const known = NAMES[name];
      if (known === undefined)
        throw new LogError(`--columns: "${name}" is none of ${[...new Set(Object.keys(NAMES))].join(', ')}`);
      return [known, theirs];
    }),
  );
}

/** `time=global_time,clock=logical`. */
function pairs(flag: string, text: string | undefined): Record<string, string> | undefined {
  if (text === undefined) return undefined;
  return Object.fromEntries(
    text.split(',').map((pair) => {
      const at = pair.indexOf('=');
      if (at <= 0 || at === pair.length - 1) throw new LogError(`${flag}: "${pair}" is not NAME=VALUE`);
      return [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
    }),
  );
}

function readMapping(path: string): object {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new LogError(`cannot read ${path}: ${reason(error)}`);
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Said below.
  }
  throw new LogError(`${path}: is not a JSON object`);
}
