/** What can be seen of a replica and of its log. */
import { commandsOf } from '../core/batch.ts';
import type { LogEntryView, ReplicaView } from '../protocol.ts';
import type { Batch } from '../replication.ts';
import { configurationView } from './effective.ts';
import { learningView } from './learners.ts';
import { effective, entryAt, lastIndex, lastTerm } from './log.ts';
import type { RaftState } from './state.ts';

/** A replica, as it is seen from outside. */
export function view(state: RaftState): ReplicaView {
  const { hard, log, election } = state;
  const { role } = election;
  // Called after every step of a checked run: a spread would cost more than everything else here.
  return {
    role,
    term: hard.term,
    votedFor: hard.votedFor,
    leader: election.leader,
    drained: election.drained,
    commit: log.commit,
    applied: log.applied,
    recovery: hard.recovery,
    baseIndex: log.base.index,
    baseTerm: log.base.term,
    lastIndex: lastIndex(log),
    lastTerm: lastTerm(log),
    votes: election.votes,
    electionAt: role === 'leader' ? undefined : election.timeoutAt,
    configuration: effective(log).view,
    learning: learningView(state),
    checked: state.check?.next === undefined ? state.check : undefined,
  };
}

/** An entry of its log, as it is seen from outside. */
export function entryView(state: RaftState, index: number): LogEntryView | undefined {
  const entry = entryAt(state.log, index);
  if (entry === undefined) return undefined;
  const { term, data } = entry;
  if (data.type === 'commands') return { index, term, label: label(data.batches), content: data };
  const configuration = data.type === 'config' ? configurationView(index, data) : undefined;
  return { index, term, label: data.type, content: data, configuration };
}

/**
 * The type of an entry's command, if it has one, or how many commands it has: enough to tell
 * entries apart, and never what they hold.
 */
function label(batches: readonly Batch[]): string {
  const count = batches.reduce((sum, batch) => sum + batch.count, 0);
  if (count > 1) return `${count} commands`;
  const [command] = commandsOf(batches[0]!);
  const type =
    typeof command === 'object' && command !== null ? (command as { type?: unknown }).type : undefined;
  return typeof type === 'string' ? type : 'command';
}
