/**
 * Commands as they travel and are logged: those that a client submits together stay together, as
 * one text that nobody on the way looks into. It is decoded where the commands are checked and
 * applied, once in a process.
 */
import type { Batch, SessionTag } from '../replication.ts';

/** A command as the log has it. */
export interface LoggedCommand {
  readonly command: unknown;
  readonly tag: SessionTag | undefined;
}

/** A batch of these commands, plain data. `tag` is that of the first. */
export function batchOf(commands: readonly unknown[], tag: SessionTag | undefined): Batch {
  const batch = { commands: JSON.stringify(commands), count: commands.length };
  return tag === undefined ? batch : { ...batch, tag };
}

/** How much text is remembered decoded before older text is forgotten, in characters. */
const REMEMBERED = 2 ** 21;
/**
 * What was decoded lately, and what before that: forgotten together, so nothing is kept for long.
 */
let recent = new WeakMap<Batch, readonly unknown[]>();
let former = new WeakMap<Batch, readonly unknown[]>();
let length = 0;

/** The commands of a batch. Throws a SyntaxError where its text is no array in JSON. */
export function commandsOf(batch: Batch): readonly unknown[] {
  const known = recent.get(batch) ?? former.get(batch);
  if (known !== undefined) return known;
  const commands: unknown = JSON.parse(batch.commands);
  if (!Array.isArray(commands)) throw new SyntaxError('the commands of a batch are no array');
  length += batch.commands.length;
  if (length > REMEMBERED) {
    former = recent;
    recent = new WeakMap();
    length = batch.commands.length;
  }
  recent.set(batch, commands);
  return commands;
}

/** The tag of the command at `place` of a batch, counted from 0. */
export function tagAt({ tag }: Batch, place: number): SessionTag | undefined {
  return tag === undefined || place === 0 ? tag : { ...tag, sequence: tag.sequence + place };
}

/**
 * The commands in the content of a log entry, in order: of any protocol whose entries carry
 * `batches`.
 */
export function commandsIn(content: unknown): LoggedCommand[] {
  const { batches } = (content ?? {}) as { readonly batches?: readonly Batch[] };
  return (batches ?? []).flatMap((batch) =>
    commandsOf(batch).map((command, place) => ({ command, tag: tagAt(batch, place) })),
  );
}
