/**
 * The page of the reference about the rows of an event log: made from the schema, the kinds of
 * events and the keys of `detail`.
 */
import { COLUMNS, ROW_KINDS, SCHEMA_VERSION } from '../../logs/format/schema.ts';
import { EVENT_KINDS } from '../../vm/event.ts';
import { cell, GENERATED, table } from './markdown.ts';
import { propertiesOf, wordsOf } from './words.ts';

/** `events.md`. */
export function eventsPage(): string {
  const others = ROW_KINDS.filter((kind) => !(EVENT_KINDS as readonly string[]).includes(kind));
  return `# Event log

${GENERATED}

A run folder has one CSV file per machine, with a header and one row per event (schema version ${SCHEMA_VERSION}). Columns that do not
apply to an event are empty. [sql.md](sql.md) shows how to query them.

## Columns

${table(
  ['column', 'type', 'empty', 'meaning'],
  COLUMNS.map(({ name, type, required, about }) => [
    `\`${name}\``,
    type,
    required ? 'never' : 'where it does not apply',
    cell(about),
  ]),
)}

## Kinds of events

The column \`event\` is one of these.

${table(
  ['event', 'meaning'],
  wordsOf('vm/event.ts', 'EVENT_KINDS').map(({ word, meaning }) => [`\`${word}\``, meaning]),
)}
${others.length === 0 ? '' : `\nRead in logs, but never written: ${others.map((kind) => `\`${kind}\``).join(', ')}.\n`}
## Keys of \`detail\`

The column \`detail\` has \`key=value\` pairs, separated by spaces. Commands are named by session and number, never by their contents.

${table(
  ['key', 'events', 'type', 'meaning'],
  detailKeys().map(({ key, events, type, meaning }) => [`\`${key}\``, events, type, meaning]),
)}

A \`fault\` of a simulated world has the fields of the fault instead, each value as JSON.
`;
}

/** A key of the column `detail`. */
export interface DetailKey {
  readonly key: string;
  /** The kinds of events whose rows have it, as text. */
  readonly events: string;
  readonly type: string;
  readonly meaning: string;
}

/** What their types are called in a log. */
const TYPES: Readonly<Record<string, string>> = {
  number: 'integer',
  boolean: '`true` or `false`',
  string: 'text',
  NodeId: 'text',
  'readonly number[]': 'integers, separated by commas',
  'readonly string[]': 'texts, separated by commas',
  'readonly NodeId[]': 'texts, separated by commas',
};

/** The keys of the column `detail`. Their comments read `events: meaning`. */
export function detailKeys(): DetailKey[] {
  return propertiesOf('vm/event-detail.ts', 'EventDetail').map(({ name, type, meaning }) => {
    const end = meaning.indexOf(': ');
    return {
      key: name,
      events: meaning.slice(0, Math.max(0, end)),
      type: TYPES[type] ?? type,
      meaning: meaning.slice(end + 2),
    };
  });
}
