/**
 * The commands in messages, which are most of their bytes, apart from the rest: live links send
 * texts as they are, and would have to escape and copy them as a part of JSON.
 */
import type { Packed, Packing } from '../../vm/index.ts';
import type { Batch } from '../replication.ts';
import type { Entry, RaftMessage } from './messages.ts';

/** A batch without its commands. */
type Light = Omit<Batch, 'commands'>;

export const packing: Packing<RaftMessage> = {
  unload(message) {
    const texts: string[] = [];
    const light = withBatches(message, ({ commands, ...rest }: Batch): Light => {
      texts.push(commands);
      return rest;
    });
    return { light, texts };
  },
  load({ light, texts }: Packed) {
    let next = 0;
    return withBatches(light as RaftMessage, (batch: Light) => ({ ...batch, commands: texts[next++] }));
  },
};

/** A message with each of its batches replaced. */
function withBatches(message: RaftMessage, replace: (batch: Batch) => unknown): unknown {
  if (message.type === 'AppendEntries' && message.entries.length > 0) {
    return { ...message, entries: message.entries.map((entry) => withBatchesOf(entry, replace)) };
  }
  if (message.type === 'Forward' && message.body.type === 'submit') {
    return { ...message, body: { ...message.body, batch: replace(message.body.batch) } };
  }
  return message;
}

function withBatchesOf(entry: Entry, replace: (batch: Batch) => unknown): unknown {
  if (entry.data.type !== 'commands') return entry;
  return { ...entry, data: { ...entry.data, batches: entry.data.batches.map(replace) } };
}
