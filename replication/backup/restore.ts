/**
 * Makes the data directories of a new cluster from a backup: each replica has the data, the client
 * sessions and the applied index of the backup, a log that begins after that, and a vote.
 *
 * The cluster gets an id of its own. The old one may still live somewhere, and its replicas must
 * not meet those of the new one: they would take each other's entries for their own.
 *
 * Everything is made beside the place where it is to be, and renamed at the end.
 */
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { LiveError, MemoryStore, type NodeId, prefixEnd, reason } from '../../vm/index.ts';
import { createDirectory, makeFolders, syncFolder } from '../../vm/live/disk/index.ts';
import { inCluster } from '../core/sessions.ts';
import { saveHardState } from '../raft/hard-state.ts';
import { BASE } from '../raft/log.ts';
import { BackupFile } from './backup-file.ts';
import { BackupError, type BackupHeader, type Pair } from './format.ts';

/** What is restored, and where. */
export interface RestoreOptions {
  readonly file: string;
  /** The directory to be made. It may be there if it is empty. */
  readonly directory: string;
  /** The name of the cluster, which the backup must be of. */
  readonly cluster: string;
  /** The id of the new cluster. */
  readonly clusterId: string;
  /** The replicas, and where in the directory the data of each is: '' for the directory itself. */
  readonly replicas: readonly { readonly id: NodeId; readonly folder: string }[];
  /** Adds what else belongs into the directory, before it is there under its name. */
  readonly complete?: (directory: string) => void;
}

/** What was restored. */
export interface Restored {
  readonly header: BackupHeader;
  readonly pairs: number;
}

/**
 * Restores a backup. Rejects with a `BackupError` or a `LiveError`, in one line, if it cannot; then
 * nothing has been made.
 */
export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
  const { file, directory, complete } = options;
  checkEmpty(directory);
  const parent = dirname(directory);
  let made: string | undefined;
  try {
    makeFolders(parent);
    made = mkdtempSync(join(parent, `${basename(directory)}.restoring-`));
    let restored: Restored | undefined;
    for (const replica of options.replicas) restored = await fillFrom(file, made, replica, options);
    complete?.(made);
    renameSync(made, directory);
    syncFolder(parent);
    return restored!;
  } catch (error) {
    if (made !== undefined) rmSync(made, { recursive: true, force: true });
    if (error instanceof BackupError || error instanceof LiveError) throw error;
    throw new LiveError('DataUnwritable', `cannot make ${directory}: ${reason(error)}`, error);
  }
}

function checkEmpty(directory: string): void {
  let names: string[];
  try {
    names = existsSync(directory) ? readdirSync(directory) : [];
  } catch (error) {
    throw new LiveError('DataForeign', `${directory} is not a directory: ${reason(error)}`, error);
  }
  if (names.length > 0)
    throw new LiveError('DataForeign', `${directory} is not empty: name a directory that is new or empty`);
}

/** Makes the data of one replica below `made`. The file is read anew for each: it may be large. */
async function fillFrom(
  file: string,
  made: string,
  { id, folder }: RestoreOptions['replicas'][number],
  { cluster, clusterId }: RestoreOptions,
): Promise<Restored> {
  const backup = new BackupFile(file);
  try {
    const { header } = backup;
    if (header.application !== cluster)
      throw new BackupError(`${file} is a backup of ${header.application}, not of ${cluster}`);
    let pairs = 0;
    const count = () => void pairs++;
    await createDirectory(join(made, folder), { id, cluster }, clusterId, {
      program: programOf(header),
      data: ofCluster(backup.pairs(), clusterId, count),
      incoming: [],
    });
    return { header, pairs };
  } finally {
    backup.close();
  }
}

/** What Raft keeps beside the data: a log without entries that begins after the backup's last. */
function programOf({ index, term }: BackupHeader): Iterable<Pair> {
  const program = new MemoryStore();
  saveHardState({ term, votedFor: undefined, recovery: 'normal' }, program);
  program.put(BASE, { index, term });
  return program.range('', prefixEnd(''));
}

function* ofCluster(pairs: Iterable<Pair>, clusterId: string, count: () => void): Iterable<Pair> {
  for (const pair of pairs) {
    count();
    const copy = inCluster(pair, clusterId);
    if (copy !== undefined) yield copy;
  }
}
