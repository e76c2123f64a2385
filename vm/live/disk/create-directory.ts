/** Makes the data directory of a replica that is restored from a backup. */
import { join } from 'node:path';
import { claimDirectory, type DataOwner, writeBelonging } from './data-directory.ts';
import type { Contents } from './database-layout.ts';
import { fill, lockFolder } from './fill-directory.ts';
import { releaseLock } from './lock.ts';
import { LOG_FOLDER } from './program-log.ts';

/**
 * Makes a data directory with these contents, which belong to a cluster. They are read once, a few
 * at a time. Throws what reading them throws, and a `LiveError` if the directory is not new or
 * cannot be written; what is then in the directory is of no use.
 */
export async function createDirectory(
  directory: string,
  owner: DataOwner,
  clusterId: string,
  contents: Contents,
): Promise<void> {
  claimDirectory(directory, owner);
  const fresh = lockFolder(directory, directory, owner);
  try {
    fill(fresh, contents, 0, { from: join(directory, LOG_FOLDER), folder: LOG_FOLDER });
    releaseLock(fresh.db, fresh.integrity);
  } finally {
    await fresh.db.close();
  }
  writeBelonging(directory, owner, { clusterId });
}
