/**
 * The page of the reference that says what a row of an event log holds: made of the schema and the
 * kinds of events.
 */
import { COLUMNS, ROW_KINDS, SCHEMA_VERSION } from '../../logs/format/schema.ts';
import { EVENT_KINDS } from '../../vm/event.ts';
import { cell, GENERATED, table } from './markdown.ts';
import { wordsOf } from './words.ts';

/** `events.md`. */
export function eventsPage(): string {
  const others = ROW_KINDS.filter((kind) => !(EVENT_KINDS as readonly string[]).includes(kind));
  return `# Event log

${GENERATED}

A run folder has one CSV file per machine, with a header and one row per event (schema version ${SCHEMA_VERSION}). Columns that do not
apply to an event are empty. [sql.md](sql.md) shows how to query them; [the README of \`logs\`](../../logs/README.md) has what
\`detail\` says.

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
${others.length === 0 ? '' : `\nRead in logs, but never written: ${others.map((kind) => `\`${kind}\``).join(', ')}.\n`}`;
}
