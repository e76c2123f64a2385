/**
 * The data directory of a whole cluster on one computer: how many replicas it was founded with,
 * which were added and which are gone, and their secret.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { LiveError, reason } from '../../vm/index.ts';
import { makeFolders } from '../../vm/live/disk/index.ts';
import { PROTOCOL_NAMES, type ProtocolName } from '../choice/index.ts';
import { idOption } from './options.ts';

const SECRET_FILE = 'secret';
/** Read and written by the owner, and by nobody else. */
const OWNER_ONLY = 0o600;
const CLUSTER_FILE = 'cluster.json';
const addedSchema = z.object({ id: idOption, port: z.int(), plan: z.string().optional() });
const clusterSchema = z.object({
  replicas: z.int().min(1),
  /** Raft was the only one once, and is not written down. */
  protocol: z.enum(PROTOCOL_NAMES).default('raft'),
  added: z.array(addedSchema).default([]),
  gone: z.array(z.string()).default([]),
});

/** A replica that was added, and the plan by which that was done. */
export type Added = z.infer<typeof addedSchema>;

/** The directory of a cluster. */
export interface ClusterDirectory {
  readonly secretFile: string;
  /** Replicas that were added since it was founded, also those that are gone. */
  readonly added: readonly Added[];
  /** Replicas that were removed. */
  readonly gone: readonly string[];
  /** Writes down who was added and who is gone. Throws if it cannot. */
  readonly remember: (added: readonly Added[], gone: readonly string[]) => void;
}

/**
 * Creates the directory for a cluster of `replicas` over `protocol`, or checks that it holds one of
 * that size and protocol: replicas that disagree about their number could elect two leaders. Throws
 * a `LiveError`.
 */
export function claimCluster(
  directory: string,
  replicas: number,
  protocol: ProtocolName = 'raft',
): ClusterDirectory {
  const secretFile = join(directory, SECRET_FILE);
  const clusterFile = join(directory, CLUSTER_FILE);
  let found: z.infer<typeof clusterSchema> = { replicas, protocol, added: [], gone: [] };
  const said = { replicas, ...(protocol !== 'raft' && { protocol }) };
  try {
    makeFolders(directory);
    if (read(secretFile) === undefined) writeWhole(secretFile, `${randomBytes(32).toString('base64url')}\n`);
    // A copy of the directory may have lost this.
    chmodSync(secretFile, OWNER_ONLY);
    const text = read(clusterFile);
    if (text === undefined) writeWhole(clusterFile, `${JSON.stringify(said)}\n`);
    else found = checkWhat(clusterFile, text, found);
  } catch (error) {
    if (error instanceof LiveError) throw error;
    throw new LiveError(
      'DataUnwritable',
      `cannot use the data directory ${directory}: ${reason(error)}`,
      error,
    );
  }
  const { added, gone } = found;
  return {
    ...{ secretFile, added, gone },
    remember: (nowAdded, nowGone) =>
      writeWhole(clusterFile, `${JSON.stringify({ ...said, added: nowAdded, gone: nowGone })}\n`),
  };
}

type Cluster = z.infer<typeof clusterSchema>;

function checkWhat(file: string, text: string, { replicas, protocol }: Cluster): Cluster {
  let found: Cluster;
  try {
    found = clusterSchema.parse(JSON.parse(text));
  } catch {
    throw new LiveError('DataCorrupt', `${file} is corrupt: it does not say how many replicas there are`);
  }
  if (found.protocol !== protocol) {
    throw new LiveError(
      'DataForeign',
      `${file} says that this is the data of ${found.protocol}, not of ${protocol}: give --protocol ${found.protocol}, or another --data`,
    );
  }
  if (found.replicas === replicas) return found;
  throw new LiveError(
    'DataForeign',
    `${file} says that this is the data of ${found.replicas} replicas, not of ${replicas}`,
  );
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Readable by the owner only, and written atomically. */
function writeWhole(file: string, text: string): void {
  const fd = openSync(`${file}.new`, 'w', OWNER_ONLY);
  writeSync(fd, text);
  fsyncSync(fd);
  closeSync(fd);
  renameSync(`${file}.new`, file);
}
