/**
 * A data directory and its owner. `tickraft.json` names the machine and the format, so that a
 * replica never votes with another one's memory and no other program's files are written over.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { LiveError, reason } from '../../errors.ts';
import { makeFolders, syncFolder } from './folders.ts';

/**
 * The version of everything below a data directory. A reader refuses others but the former ones,
 * which the next start makes into this one. In format 2 the integrity record counted less
 * (`integrity.ts`), and no cluster id was kept. In format 3 a replica's recovery had other names,
 * which its protocol still reads. In format 4 there was no log, and the database had everything
 * (`program-log.ts`). In format 5 a protocol's log had no entries about the members. In format 6
 * the chat had neither rooms nor changes to messages (`chat/state/commands.ts`).
 */
const FORMAT = 7;
const FORMER_FORMATS = [2, 3, 4, 5, 6];
const IDENTITY_FILE = 'tickraft.json';

const Identity = z.object({
  format: z.number(),
  id: z.string(),
  cluster: z.string(),
  clusterId: z.string().min(1).optional(),
  /** There if the machine was added to a cluster that there was. */
  joining: z.literal(true).optional(),
  /** There once the machine was removed from it. */
  removed: z.literal(true).optional(),
});

/** Who owns a data directory. */
export interface DataOwner {
  /** The machine's id. */
  readonly id: string;
  /** The name of the cluster or run. */
  readonly cluster: string;
}

/** What a data directory says of the cluster that its machine belongs to. */
export interface Belonging {
  /** The cluster's id, if it is known. */
  readonly clusterId?: string | undefined;
  /** Whether the machine was added to the cluster, which began without it. */
  readonly joining?: true | undefined;
  /** Whether the machine was removed from the cluster, for good. */
  readonly removed?: true | undefined;
}

/**
 * What `directory` says, if it is a data directory already. Throws `LiveError`, as
 * `claimDirectory`.
 */
export function belongingIn(directory: string, owner: DataOwner): Belonging | undefined {
  return existsSync(join(directory, IDENTITY_FILE)) ? claimDirectory(directory, owner) : undefined;
}

/** Checks that `directory` is there and is `owner`'s, and changes nothing. Throws `LiveError`. */
export function checkDirectory(directory: string, owner: DataOwner): void {
  const file = join(directory, IDENTITY_FILE);
  if (!existsSync(file)) throw new LiveError('DataForeign', `${directory} is not a data directory`);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new LiveError('DataUnwritable', `cannot read ${file}: ${reason(error)}`, error);
  }
  checkIdentity(file, text, owner);
}

/**
 * Creates `directory` for `owner`, of which `fresh` is true, or checks that it belongs to it.
 * Returns what it says. Throws `LiveError`.
 */
export function claimDirectory(directory: string, owner: DataOwner, fresh: Belonging = {}): Belonging {
  const file = join(directory, IDENTITY_FILE);
  try {
    makeFolders(directory);
    const names = readdirSync(directory);
    if (names.includes(IDENTITY_FILE)) {
      const { format, clusterId, joining, removed } = checkIdentity(file, readFileSync(file, 'utf8'), owner);
      if (format !== FORMAT) writeIdentity(directory, owner, { clusterId, joining, removed });
      return { clusterId, joining, removed };
    }
    const foreign = names.find((name) => name !== `${IDENTITY_FILE}.new`);
    if (foreign !== undefined)
      throw new LiveError('DataForeign', `${directory} is not a data directory: it holds ${foreign}`);
    writeIdentity(directory, owner, fresh);
    return fresh;
  } catch (error) {
    if (error instanceof LiveError) throw error;
    throw new LiveError(
      'DataUnwritable',
      `cannot use the data directory ${directory}: ${reason(error)}`,
      error,
    );
  }
}

/**
 * Records the cluster of the data. Where that fails, as on a full disk, the next start does it:
 * until then only the data itself has the id.
 */
export function writeBelonging(directory: string, owner: DataOwner, belonging: Belonging): void {
  try {
    writeIdentity(directory, owner, belonging);
  } catch {
    // The data has the id as well.
  }
}

function checkIdentity(file: string, text: string, owner: DataOwner): z.infer<typeof Identity> {
  const found = Identity.safeParse(parseJson(text));
  if (!found.success)
    throw new LiveError('DataForeign', `${file} is corrupt: it does not say whose data this is`);
  const { format, id, cluster } = found.data;
  if (format !== FORMAT && !FORMER_FORMATS.includes(format)) {
    const known = [...FORMER_FORMATS, FORMAT].join(', ');
    throw new LiveError(
      'DataForeign',
      `${file} is of format ${format}, and this version reads the formats ${known}: use the version that wrote it`,
    );
  }
  if (id !== owner.id || cluster !== owner.cluster) {
    const [theirs, ours] = [`${id} of ${cluster}`, `${owner.id} of ${owner.cluster}`];
    throw new LiveError('DataForeign', `${file} says that this is the data of ${theirs}, not of ${ours}`);
  }
  return found.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Writes the file atomically: under another name first, then renamed.
 */
function writeIdentity(directory: string, owner: DataOwner, belonging: Belonging): void {
  const file = join(directory, IDENTITY_FILE);
  const fresh = `${file}.new`;
  const fd = openSync(fresh, 'w', 0o600);
  writeSync(
    fd,
    `${JSON.stringify({ format: FORMAT, id: owner.id, cluster: owner.cluster, ...belonging })}\n`,
  );
  fsyncSync(fd);
  closeSync(fd);
  renameSync(fresh, file);
  syncFolder(directory);
}
