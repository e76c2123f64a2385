/**
 * The data directory of a whole cluster on one computer: how many replicas it has, and their
 * secret.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { LiveError, reason } from '../../vm/index.ts';
import { makeFolders } from '../../vm/live/disk/index.ts';

const SECRET_FILE = 'secret';
/** Read and written by the owner, and by nobody else. */
const OWNER_ONLY = 0o600;
const CLUSTER_FILE = 'cluster.json';
const clusterSchema = z.object({ replicas: z.int().min(1) });

/**
 * Creates the directory for a cluster of `replicas`, or checks that it holds one of that size:
 * replicas that disagree about their number could elect two leaders. Throws a `LiveError`.
 */
export function claimCluster(directory: string, replicas: number): { readonly secretFile: string } {
  const secretFile = join(directory, SECRET_FILE);
  const clusterFile = join(directory, CLUSTER_FILE);
  try {
    makeFolders(directory);
    if (read(secretFile) === undefined) writeWhole(secretFile, `${randomBytes(32).toString('base64url')}\n`);
    // A copy of the directory may have lost this.
    chmodSync(secretFile, OWNER_ONLY);
    const text = read(clusterFile);
    if (text === undefined) writeWhole(clusterFile, `${JSON.stringify({ replicas })}\n`);
    else checkSize(clusterFile, text, replicas);
  } catch (error) {
    if (error instanceof LiveError) throw error;
    throw new LiveError(
      'DataUnwritable',
      `cannot use the data directory ${directory}: ${reason(error)}`,
      error,
    );
  }
  return { secretFile };
}

function checkSize(file: string, text: string, replicas: number): void {
  let found: z.infer<typeof clusterSchema>;
  try {
    found = clusterSchema.parse(JSON.parse(text));
  } catch {
    throw new LiveError('DataCorrupt', `${file} is corrupt: it does not say how many replicas there are`);
  }
  if (found.replicas === replicas) return;
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
