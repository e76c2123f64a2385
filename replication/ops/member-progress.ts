/** How far the members of a cluster are with a change, by what a replica says of itself. */
import type { Answer } from './status.ts';

/** The members, and whether they are about to change. */
export interface Progress {
  /** The log entry that has the members. */
  readonly config: number;
  readonly leader: string | null;
  /** `stuck`: a learner that is to vote is too slow, or its copy differs again and again. */
  readonly state: 'settled' | 'under way' | 'stuck';
  readonly members: readonly MemberProgress[];
}

interface MemberProgress {
  readonly id: string;
  readonly url: string;
  /** `leaving`: it votes until the change under way ends. */
  readonly role: 'voter' | 'learner' | 'leaving';
  /** What a learner that is to vote is doing. */
  readonly learning?: string;
}

const STUCK: readonly (string | undefined)[] = ['stalled', 'differs'];

/** The members as a replica counts them. Only a leader knows what learners are doing. */
export function progressOf(status: NonNullable<Answer['status']>): Progress {
  const { replicas, leader, configuration, learning, id: asked } = status;
  if (configuration === undefined) throw new Error('the replicas of this cluster cannot change');
  const { index, voters, learners, outgoing } = configuration;
  const members = replicas.map(({ id, url }): MemberProgress => {
    const role = voters.includes(id) ? 'voter' : learners.includes(id) ? 'learner' : 'leaving';
    const phase = learning?.[id];
    return phase === undefined ? { id, url, role } : { id, url, role, learning: phase };
  });
  const isKnown = leader !== undefined && leader === asked;
  const state =
    isKnown && learning === undefined && outgoing === undefined
      ? 'settled'
      : members.some((member) => STUCK.includes(member.learning))
        ? 'stuck'
        : 'under way';
  return { config: index, leader: leader ?? null, state, members };
}

/** The members as a table, and below it what else there is to know. */
export function membersTable({ config, leader, state, members }: Progress): string {
  const rows = members.map(({ id, url, role, learning }) => [
    id,
    url,
    learning ? `${role}, ${learning}` : role,
  ]);
  const lines = aligned([['replica', 'address', 'member'], ...rows]);
  return [...lines, `entry ${config}, ${state}, ${leader === null ? 'no leader' : `${leader} leads`}`].join(
    '\n',
  );
}

/** The lines of a table, its columns aligned to the left. */
export function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  return rows.map((row) =>
    row
      .map((text, i) => text.padEnd(widths[i]!))
      .join('  ')
      .trimEnd(),
  );
}
