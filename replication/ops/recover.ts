/**
 * Recovery of a lost majority by force: the data directory of one replica becomes that of a new
 * cluster. Whole or not at all: until the database is renamed the old one counts, and from then on
 * the new one. The directory's own note of the cluster's id is taken away before and written after:
 * without it the id in the data counts.
 */
import { Machine, reason } from '../../vm/index.ts';
import {
  belongingIn,
  DamagedDirectory,
  type DataOwner,
  repairDirectory,
  writeBelonging,
} from '../../vm/live/disk/index.ts';
import type { Protocol, ProtocolRequest } from '../protocol.ts';
import { type ForcedMembers, forceMembers, type Survivor, survivorOn } from '../raft/index.ts';

/** A data directory, and what runs on it. */
export interface RecoverOptions<S, M> {
  readonly protocol: Protocol<S, M>;
  readonly directory: string;
  readonly owner: DataOwner;
}

/** What a data directory holds. */
export interface Found extends Survivor {
  /** The id of the cluster that it belongs to, if that is known. */
  readonly cluster: string | undefined;
}

/**
 * Looks at a data directory and changes nothing. Rejects with a `LiveError` if it is another
 * replica's or in use, and with an Error that says why nothing can be made of it.
 */
export async function survivorIn<S, M>({ directory, owner }: RecoverOptions<S, M>): Promise<Found> {
  const found = new DamagedDirectory(directory, owner);
  try {
    checkWhole(found);
    const { clusterId, removed } = belongingIn(directory, owner) ?? {};
    if (removed)
      throw new Error(`${owner.id} was removed from its cluster: take a replica that was a member`);
    return { ...survivorOn(found.disk(), owner.id), cluster: clusterId };
  } finally {
    await found.close();
  }
}

/**
 * Makes the data directory that of a new cluster. Returns the names under which the old database
 * and the old log are kept. Rejects as `survivorIn`; then nothing has changed.
 */
export async function recoverByForce<S, M>(
  options: RecoverOptions<S, M>,
  forced: ForcedMembers,
): Promise<readonly string[]> {
  await survivorIn(options);
  const { directory, owner } = options;
  const belonging = belongingIn(directory, owner) ?? {};
  writeBelonging(directory, owner, { ...belonging, clusterId: undefined });
  if (belongingIn(directory, owner)?.clusterId !== undefined)
    throw new Error(`cannot write in ${directory}: nothing was changed`);
  const kept = await repairDirectory(directory, owner, (found) => {
    checkWhole(found);
    const disk = found.disk();
    forceMembers(disk, forced);
    checkStarts(options, disk);
    return disk;
  });
  writeBelonging(directory, owner, { clusterId: forced.clusterId });
  return kept;
}

function checkWhole({ isWhole, file }: DamagedDirectory): void {
  if (!isWhole) throw new Error(`${file} is damaged: take another replica, or repair this one first`);
}

/** Starts a machine on the disk, which throws if nothing could start from it. */
function checkStarts<S, M>(
  { protocol, owner }: RecoverOptions<S, M>,
  disk: ReturnType<DamagedDirectory['disk']>,
): void {
  const clock = { stamp: 'after', vector: false } as const;
  const settings = { self: owner.id, peers: [], seed: 0, boot: 1, clock, record: false, disk };
  try {
    new Machine<S, M, ProtocolRequest>(protocol, settings).start(0);
  } catch (error) {
    throw new Error(`nothing would start from what was made: ${reason(error)}`);
  }
}
