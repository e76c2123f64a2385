/**
 * The mapping by which logs of others are read: which of their columns is which of ours, and what
 * their values mean. From flags, or a JSON file.
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { COLUMNS, ROW_KINDS } from '../../logs/format/index.ts';
import { LogError, reason } from '../../logs/index.ts';
import { FLAGS } from './event-kind.ts';
import { isTimeUnit, TIME_UNITS } from './time.ts';

/** Our columns, by the names that users may use for them. */
const NAMES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(COLUMNS.map(({ name }) => [name, name])),
  time: 'time_us',
  machine: 'node',
  process: 'node',
  host: 'node',
  clock: 'lamport',
  logical: 'lamport',
  sender_clock: 'sender_clock',
  ...Object.fromEntries(FLAGS.map((kind) => [kind, kind])),
};

export const FORMATS = ['csv', 'jsonl', 'pairs', 'text', 'shiviz'] as const;
export type Format = (typeof FORMATS)[number];

const column = z.union([z.string(), z.number()]).transform(String);

const mappingSchema = z.strictObject({
  /** Ours to theirs. */
  columns: z.record(z.string(), column).default({}),
  /** By the text of their event, columns that are others in such rows; empty for none. */
  kinds: z.record(z.string(), z.record(z.string(), column)).default({}),
  time: z
    .string()
    .refine(
      isTimeUnit,
      `time: must be one of ${TIME_UNITS.join(', ')}, or a format such as "%d/%m/%Y %H:%M:%S"`,
    )
    .default('s'),
  /** Their texts to our kinds. */
  events: z.record(z.string(), z.enum(ROW_KINDS)).default({}),
  format: z.enum(FORMATS, `format: must be one of ${FORMATS.join(', ')}`).optional(),
  /** Text: what an event looks like; of ShiViz, what stands between executions too. */
  pattern: z.string().optional(),
  executions: z.string().optional(),
  /** The machines in the order of vector clocks that are lists. */
  machines: z.array(z.string()).default([]),
  /** Ticks a second, machine by machine, where known. */
  rates: z.record(z.string(), z.number().positive()).default({}),
  /** What a message carries: the clock after its send event, or before it. */
  stamp: z.enum(['after', 'before']).default('after'),
});

/** How to read. `columns` has our columns' names (`time_us`, `node`, ...) for keys. */
export type Mapping = z.infer<typeof mappingSchema>;

/** The flags of the command that make a mapping. */
export interface MappingFlags {
  /** Each `time=at,clock=logical`, or of one kind of row: `RECEIVE: clock=3`. */
  readonly columns?: string | readonly string[];
  readonly mapping?: string;
  readonly timeUnit?: string;
  readonly events?: string;
  readonly format?: string;
  readonly pattern?: string;
  readonly executions?: string;
  readonly machines?: string;
}

/**
 * The mapping of the flags, over that of the file if there is one; undefined if there are none:
 * then it is a run of our own. Throws a `LogError`.
 */
export function parseMapping(flags: MappingFlags): Mapping | undefined {
  const { columns, mapping, timeUnit, events, format, pattern, executions, machines } = flags;
  const told = {
    ...columnFlags(typeof columns === 'string' ? [columns] : columns),
    time: timeUnit,
    events: events === undefined ? undefined : pairs('--events', events),
    format,
    pattern,
    executions,
    machines: machines?.split(',').map((name) => name.trim()),
  };
  const given = Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined));
  if (mapping === undefined && Object.keys(given).length === 0) return undefined;
  const result = mappingSchema.safeParse({ ...(mapping !== undefined && readMapping(mapping)), ...given });
  if (!result.success) {
    const { path, message } = result.error.issues[0]!;
    const where = path.length === 0 || message.startsWith(`${String(path[0])}:`) ? '' : `${path.join('.')}: `;
    throw new LogError(`${mapping ?? 'mapping'}: ${where}${message}`);
  }
  return finished(result.data);
}

function finished(mapping: Mapping): Mapping {
  const { pattern, kinds } = mapping;
  const columns = { ...(formatOf(mapping) === 'text' && ofGroups(pattern)), ...ours(mapping.columns) };
  if (Object.keys(kinds).length > 0 && columns.event === undefined)
    throw new LogError('--columns has columns of one kind of row, and no column for the event');
  const named = Object.entries(kinds).map(([kind, some]) => [kind, ours(some)]);
  return { ...mapping, columns, kinds: Object.fromEntries(named) };
}

/** Whether rows of any kind have a column of ours. */
export function hasColumn({ columns, kinds }: Mapping, ours: string): boolean {
  return [columns, ...Object.values(kinds)].some((some) => Boolean(some[ours]));
}

/** The format that is said, or that a pattern means; undefined if the files' names tell. */
export function formatOf({ format, pattern }: Pick<Mapping, 'format' | 'pattern'>): Format | undefined {
  if (format !== undefined || pattern === undefined) return format;
  const groups = groupsOf(pattern);
  return groups.includes('host') && groups.includes('clock') ? 'shiviz' : 'text';
}

/** The names of a pattern's groups. */
export function groupsOf(pattern: string): string[] {
  return [...pattern.matchAll(/\(\?<([A-Za-z_$][\w$]*)>/g)].map(([, name]) => name!);
}

/** Groups that are called as our columns are those columns. */
function ofGroups(pattern = ''): Record<string, string> {
  const known = groupsOf(pattern).filter((name) => NAMES[name] !== undefined);
  return ours(Object.fromEntries(known.map((name) => [name, name])));
}

function ours(columns: Mapping['columns']): Mapping['columns'] {
  const known: Record<string, string> = {};
  for (const [name, theirs] of Object.entries(columns)) {
    const our = NAMES[name];
    if (our === undefined)
      throw new LogError(`--columns: "${name}" is none of ${[...new Set(Object.keys(NAMES))].join(', ')}`);
    if (known[our] !== undefined)
      throw new LogError(`--columns: "${known[our]}" and "${theirs}" cannot both be the column "${name}"`);
    known[our] = theirs;
  }
  return known;
}

/** What the flags `--columns` say together: of all rows, and of some kinds. */
function columnFlags(flags: readonly string[] | undefined): Partial<Pick<Mapping, 'columns' | 'kinds'>> {
  if (flags === undefined) return {};
  const columns: string[] = [];
  const kinds: Mapping['kinds'] = {};
  for (const flag of flags) {
    const ofKind = /^([^=,:]+):\s*(.*)$/s.exec(flag);
    if (ofKind === null) columns.push(flag);
    else kinds[ofKind[1]!.trim()] = pairs('--columns', ofKind[2]!, true);
  }
  return {
    ...(columns.length > 0 && { columns: pairs('--columns', columns.join(',')) }),
    ...(Object.keys(kinds).length > 0 && { kinds }),
  };
}

/** `time=global_time,clock=logical`. */
function pairs(flag: string, text: string, mayBeEmpty = false): Record<string, string> {
  const found = new Map<string, string>();
  for (const pair of text.split(',')) {
    const at = pair.indexOf('=');
    const [name, value] = [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
    if (at <= 0 || (value === '' && !mayBeEmpty)) throw new LogError(`${flag}: "${pair}" is not NAME=VALUE`);
    if (found.has(name)) throw new LogError(`${flag}: "${name}" is there twice`);
    found.set(name, value);
  }
  return Object.fromEntries(found);
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
