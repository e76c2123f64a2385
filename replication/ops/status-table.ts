/** The status of a cluster's replicas as a table, and who its members are while they change. */
import pc from 'picocolors';
import { shortId } from '../../vm/live/index.ts';
import { clusterOf, memberWords } from '../failover/index.ts';
import type { Answer } from './status.ts';

type Status = NonNullable<Answer['status']>;

/**
 * `follower`, with what is special about it: `follower, recovering`; by what a leader says, too.
 */
function roleOf({ id, role, recovery, draining }: Status, leader: Status | undefined): string {
  const member = leader && memberWords(clusterOf(leader), id);
  return [
    ...(member?.startsWith('learner') === true
      ? [member]
      : [role, ...(member === undefined ? [] : [member])]),
    ...(recovery === 'normal' ? [] : [recovery]),
    ...(draining ? ['drained'] : []),
  ].join(', ');
}

/**
 * The members, while some are no plain voters: `entry 12: r1 r2 r3 vote; r4 learns (catching-up,
 * 120 entries behind)`.
 */
function membersLine(leader: Status, statuses: readonly Status[]): string | undefined {
  const { changing } = clusterOf(leader);
  if (changing === undefined || leader.configuration === undefined) return undefined;
  const { voters, learners, outgoing, learning } = changing;
  const votes = `${voters.join(' ')} ${voters.length === 1 ? 'votes' : 'vote'}`;
  const joint =
    outgoing === undefined
      ? votes
      : `a change is under way: ${outgoing.join(' ')} and ${voters.join(' ')} both decide`;
  const lessons = learners.map((id) => {
    const applied = statuses.find((status) => status.id === id)?.applied;
    const behind = applied === undefined ? [] : [`${Math.max(0, leader.lastIndex - applied)} entries behind`];
    return `${id} learns (${[...(learning?.[id] === undefined ? [] : [learning[id]]), ...behind].join(', ') || 'does not answer'})`;
  });
  return `entry ${leader.configuration.index}: ${[joint, ...lessons].join('; ')}`;
}

const HEADER = ['replica', 'address', 'pid', 'role', 'term', 'commit', 'applied', 'cluster', 'disk'];

/** The answers as a table. */
export function statusTable(answers: readonly (Answer & { readonly id?: string })[]): string {
  const statuses = answers.flatMap(({ status }) => status ?? []);
  const leader = leaderOf(statuses);
  const rows = answers.map(({ id, url, status }) =>
    status === undefined
      ? [id ?? '?', url, '-', 'does not answer', '-', '-', '-', '-', '-']
      : [
          status.id,
          url,
          status.pid,
          roleOf(status, leader ?? status),
          status.term,
          status.commit,
          status.applied,
          status.cluster === undefined ? '-' : shortId(status.cluster),
          status.disk,
        ].map(String),
  );
  const widths = HEADER.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd();
  const shown = rows.map((row) => {
    const text = line(row);
    if (row[0] === leader?.id && row.at(-1) === 'ok') return pc.green(text);
    return row[2] === '-' || row.at(-1) === 'full' ? pc.red(text) : text;
  });
  const members = leader && membersLine(leader, statuses);
  return [pc.bold(line(HEADER)), ...shown, ...(members === undefined ? [] : [members])].join('\n');
}

/** Who leads the highest term by its own account. */
function leaderOf(statuses: readonly Status[]): Status | undefined {
  return statuses.filter(({ id, leader }) => id === leader).sort((a, b) => b.term - a.term)[0];
}
