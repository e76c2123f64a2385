/** Whether commands and answers are plain data that JSON can represent, checked by hand. */
import type { Batch } from '../replication.ts';
import { commandsOf } from './batch.ts';
import { type Fields, isCount, isFields, isToken } from './forms.ts';

/** How deep a command or an answer may be nested. */
const MAX_DEPTH = 64;

/** Whether it is what it says, and each of its commands is plain data, not nested too deeply. */
export function isBatch(value: unknown): value is Batch {
  if (!isFields(value) || typeof value.commands !== 'string' || !isTag(value.tag)) return false;
  try {
    const commands = commandsOf(value as unknown as Batch);
    return commands.length === value.count && commands.length > 0 && commands.every((one) => isPlain(one));
  } catch {
    return false;
  }
}

function isTag(tag: unknown): boolean {
  if (tag === undefined) return true;
  return isFields(tag) && isToken(tag.session) && isCount(tag.sequence) && isCount(tag.acknowledged);
}

/** Whether JSON can represent it, and it is not nested too deeply. */
export function isPlain(value: unknown, depth = MAX_DEPTH): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object') return ['string', 'boolean', 'undefined'].includes(typeof value);
  if (value === null) return true;
  if (depth === 0 || ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return false;
  for (const key in value) if (!isPlain((value as Fields)[key], depth - 1)) return false;
  return true;
}
