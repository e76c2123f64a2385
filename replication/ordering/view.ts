/** What can be seen of a log from outside. */
import { commandsOf } from '../core/batch.ts';
import type { LogEntryView, ReplicaView } from '../protocol.ts';
import type { Batch } from '../replication.ts';
import { entryAt, type Log, lastPosition } from './log.ts';

type LogFields = 'commit' | 'applied' | 'baseIndex' | 'baseTerm' | 'lastIndex' | 'lastTerm';

/** The part of a view that is about the log. */
export function logView(log: Log): Pick<ReplicaView, LogFields> {
  const { commit, applied, base } = log;
  const last = lastPosition(log);
  return {
    commit,
    applied,
    baseIndex: base.index,
    baseTerm: base.term,
    lastIndex: last.index,
    lastTerm: last.term,
  };
}

/** Entry `index`, or undefined outside of what is in memory. */
export function orderedEntry(log: Log, index: number): LogEntryView | undefined {
  const entry = entryAt(log, index);
  if (entry === undefined) return undefined;
  const { term, data } = entry;
  return { index, term, label: data.type === 'commands' ? label(data.batches) : data.type, content: data };
}

/** The type of an entry's command, or how many commands it has. */
function label(batches: readonly Batch[]): string {
  const count = batches.reduce((sum, batch) => sum + batch.count, 0);
  if (count > 1) return `${count} commands`;
  const [command] = commandsOf(batches[0]!) as readonly { readonly type?: unknown }[];
  return typeof command?.type === 'string' ? command.type : 'command';
}
