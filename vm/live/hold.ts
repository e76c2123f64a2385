/**
 * Holding a database: one process at a time. The holder is written down inside the database, in one transaction
 * with the count of starts, so that LMDB's own lock on writers decides between two processes that try at once.
 * A holder that died without a word is told from a living one by its process id and start time.
 */
import { readFileSync } from 'node:fs';
import type { Value } from '../store.ts';
import type { Database } from './database.ts';
import { decodeRecord, encodeRecord } from './record.ts';

const HOLDER = 'mholder';
const BOOT = 'mboot';

/** Another living process holds the database. */
export class HeldError extends Error {
  readonly pid: number;

  constructor(pid: number) {
    super(`held by process ${pid}`);
    this.pid = pid;
  }
}

/**
 * Takes hold of `db` and counts the start, durably, unless `inspect` throws. Returns the count and what `inspect`
 * found. Throws `HeldError`.
 */
export function takeHold<T>(db: Database, inspect: () => T): { boot: number; found: T } {
  return db.transactionSync(() => {
    const holder = holderOf(db);
    if (holder !== undefined) throw new HeldError(holder);
    const found = inspect();
    const boot = bootOf(db) + 1;
    setBoot(db, boot);
    write(db, HOLDER, { pid: process.pid, started: startOf(process.pid)! });
    return { boot, found };
  });
}

/** The living process that holds `db`, if there is one. */
export function holderOf(db: Database): number | undefined {
  const holder = read(db, HOLDER) as { pid: number; started: string } | undefined;
  return holder && holder.started === startOf(holder.pid) ? holder.pid : undefined;
}

/** How often `db` has been opened. */
export function bootOf(db: Database): number {
  return (read(db, BOOT) as number | undefined) ?? 0;
}

/** Has `db` count its starts from `boot` on. */
export function setBoot(db: Database, boot: number): void {
  write(db, BOOT, boot);
}

/** Lets go of `db`, durably. */
export function letGo(db: Database): void {
  db.transactionSync(() => {
    db.removeSync(Buffer.from(HOLDER));
  });
}

function read(db: Database, name: string): unknown {
  const key = Buffer.from(name);
  const record = db.get(key);
  if (!record) return undefined;
  const value = decodeRecord(key, record);
  if (value === undefined) throw new Error(`its record ${name} fails its checksum`);
  return value;
}

function write(db: Database, name: string, value: Value): void {
  const { key, record } = encodeRecord(name, value);
  db.putSync(key, record);
}

/** What tells a process from an earlier one with the same id; undefined when it is not alive. */
function startOf(pid: number): string | undefined {
  try {
    // Fields 3 (state) and 22 (start time) of Linux's /proc/PID/stat, counted after the name, which may hold anything.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return isAlive(pid) ? 'alive' : undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
