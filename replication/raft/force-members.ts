/**
 * A new cluster from the disk of one replica, when most of the old one's are lost for good. It
 * keeps the data, the client sessions and the log, and appends a configuration in which that
 * replica is the only voter: so it leads at once, and commits what is in its log. The others are
 * learners that are to vote: a replica with an empty disk votes for nobody who has a log, so a
 * majority of such could elect nobody.
 *
 * Entries that were never acknowledged may take effect so, and what only lost replicas had is gone.
 */
import { type Disk, type NodeId, prefixEnd } from '../../vm/index.ts';
import { appliedIndex, forCluster } from '../core/sessions.ts';
import type { Member, Members } from '../members.ts';
import type { ReplicaAddress } from '../replication.ts';
import { foundedBy, invalid } from './configuration.ts';
import { configurationIn, effectiveFrom } from './effective.ts';
import { loadHardState, saveHardState } from './hard-state.ts';
import { append, dropPrefix, lastIndex, loadLog } from './log.ts';
import { writeLog } from './log-storage.ts';
import { RECEIVING } from './snapshot/snapshot.ts';

/** Who is to belong to the new cluster. */
export interface ForcedMembers {
  /** The replica whose disk it is; one of `members`. */
  readonly self: NodeId;
  readonly members: readonly ReplicaAddress[];
  /** The id of the new cluster. */
  readonly clusterId: string;
}

/** What a disk has, and who the members of its cluster were. */
export interface Survivor {
  readonly term: number;
  readonly applied: number;
  readonly lastIndex: number;
  readonly voters: readonly NodeId[];
  readonly learners: readonly NodeId[];
}

/**
 * What there is on the disk of `self`. Throws an Error that says why nothing can be made of it.
 */
export function survivorOn(disk: Disk, self: NodeId): Survivor {
  const hard = loadHardState(disk.program);
  if (hard.recovery !== 'normal') {
    const why = hard.recovery === 'new' ? 'has no data' : 'has lost something itself, and is recovering';
    throw new Error(`${self} ${why}: take a replica that is whole`);
  }
  const log = load(disk, self);
  const { voters, learners } = log.configurations.at(-1)!.view;
  return { term: hard.term, applied: log.applied, lastIndex: lastIndex(log), voters, learners };
}

/** Makes the disk of `self` that of a new cluster. Throws an Error that says why it cannot be. */
export function forceMembers(disk: Disk, { self, members, clusterId }: ForcedMembers): void {
  survivorOn(disk, self);
  const { term } = loadHardState(disk.program);
  const log = load(disk, self);
  const on = log.configurations.at(-1)!.index;
  const index = lastIndex(log) + 1;
  const configuration = { members: membersOf(self, members, index) };
  const why = invalid(configuration);
  if (why !== undefined) throw new Error(why);
  // Its first entry has the id of the old cluster: those that join get the data instead.
  if (log.applied > log.base.index) dropPrefix(log, disk.program, log.applied);
  append(log, {
    index,
    term,
    data: { type: 'config', cluster: clusterId, on, ...configuration, by: 'operator', plan: 'recover' },
  });
  writeLog(log, disk.program);
  saveHardState({ term, votedFor: undefined, recovery: 'normal' }, disk.program);
  // A copy on its way in came from a leader of the old cluster.
  disk.program.delete(RECEIVING);
  for (const [key] of [...disk.incoming.range('', prefixEnd(''))]) disk.incoming.delete(key);
  forCluster(disk.data, clusterId);
}

function load(disk: Disk, self: NodeId): ReturnType<typeof loadLog> {
  const founders = effectiveFrom(0, foundedBy([self]));
  return loadLog(disk.program, appliedIndex(disk.data), configurationIn(disk.data, founders));
}

function membersOf(self: NodeId, members: readonly ReplicaAddress[], incarnation: number): Members {
  const entries = members.map(({ id, url }): [NodeId, Member] => {
    return [id, { role: id === self ? 'voter' : 'learner', want: 'voter', incarnation, url }];
  });
  return Object.fromEntries(entries);
}
