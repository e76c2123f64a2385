/** What clients are told of the cluster, and the words in which they tell their users. Pure. */
import type { NodeId } from '../../vm/index.ts';
import type { ReplicaStatus } from '../replication.ts';
import type { ChangingMembers, Cluster } from './wire.ts';

/** The part of a status that clients are told. */
interface Told extends Pick<ReplicaStatus, 'replicas' | 'leaderless'> {
  readonly leader?: NodeId | undefined;
  readonly configuration?: Omit<ChangingMembers, 'learning'> | undefined;
  readonly learning?: ChangingMembers['learning'];
}

/** What a replica tells clients, by its status. */
export function clusterOf({ replicas, leader, leaderless, configuration, learning }: Told): Cluster {
  if (leaderless) return { replicas, leaderless };
  if (configuration === undefined) return { replicas, leader };
  const { voters, learners, outgoing } = configuration;
  if (learners.length === 0 && outgoing === undefined) return { replicas, leader };
  return { replicas, leader, changing: { voters, learners, outgoing, learning } };
}

/** Whether two say the same, at a glance: lists are compared by identity. */
export function isSameCluster(one: Cluster, other: Cluster): boolean {
  const [{ changing: a }, { changing: b }] = [one, other];
  return (
    one.replicas === other.replicas &&
    one.leader === other.leader &&
    a?.voters === b?.voters &&
    a?.outgoing === b?.outgoing &&
    a?.learners === b?.learners &&
    JSON.stringify(a?.learning) === JSON.stringify(b?.learning)
  );
}

/** What a server said of changing members, if it makes sense. */
export function checkedChanging(changing: ChangingMembers | undefined): ChangingMembers | undefined {
  const isList = (value: unknown) => Array.isArray(value) && value.every((id) => typeof id === 'string');
  if (!isList(changing?.voters) || !isList(changing?.learners)) return undefined;
  return changing?.outgoing === undefined || isList(changing.outgoing) ? changing : undefined;
}

/**
 * What a member is, in a word or two, if it is no plain voter: `learner`, `learner, catching-up`,
 * `joining` (it votes in the incoming half of a change only), `leaving` (in the outgoing half).
 */
export function memberWords({ changing }: Cluster, id: NodeId): string | undefined {
  if (changing === undefined) return undefined;
  const { voters, learners, outgoing, learning } = changing;
  if (outgoing !== undefined && voters.includes(id)) return outgoing.includes(id) ? undefined : 'joining';
  if (outgoing?.includes(id) === true) return 'leaving';
  if (!learners.includes(id)) return undefined;
  const phase = learning?.[id];
  return phase === undefined ? 'learner' : `learner, ${phase}`;
}

/** What has changed for each member, in sentences without a full stop; the first time, nothing. */
export function memberNews(before: Cluster, after: Cluster): string[] {
  if (before.replicas.length === 0) return [];
  const [old, present] = [idsOf(before), idsOf(after)];
  const gone = old.filter((id) => !present.includes(id)).map((id) => `${id} is no member any more`);
  const others = present.flatMap((id) => {
    const words = memberWords(after, id);
    if (!old.includes(id)) return [`${id} is a new member: ${words ?? 'it votes'}`];
    if (words === memberWords(before, id)) return [];
    return [`${id} ${words === undefined ? 'votes' : `is ${words.replace(/^learner/, 'a learner')}`}`];
  });
  return [...gone, ...others];
}

function idsOf({ replicas }: Cluster): NodeId[] {
  return replicas.map(({ id }) => id);
}
