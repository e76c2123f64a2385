/**
 * Repair of a damaged disk: what may be kept of it, and what a replica that has lost something may
 * do.
 *
 * This replica may have acknowledged or voted on what is dropped. So either way ends with a replica
 * that is `recovering` (`recovery.ts`): it counts for nothing until its leader has given it back
 * what it lost. That is the lesson of "Protocol-Aware Recovery for Consensus-Based Storage"
 * (Alagappan and others, FAST 2018): to cut a damaged log and continue as before can lose what was
 * acknowledged.
 */
import { type Damage, type Disk, prefixEnd, type RepairWay, type Store } from '../../vm/index.ts';
import { appliedIndex } from '../core/sessions.ts';
import { HARD_STATE, loadHardState, saveHardState } from './hard-state.ts';
import { BASE, loadBase } from './log.ts';
import { deleteAfter, firstIndexOf, wholeUpTo } from './log-storage.ts';
import { RECEIVING } from './snapshot/snapshot.ts';

/** `Program.repair` for Raft. Throws an Error that says why `way` is not safe. */
export function repair(disk: Disk, damage: readonly Damage[], way: RepairWay): string {
  return way === 'drop-tail' ? dropTail(disk, damage) : startEmpty(disk);
}

/**
 * Keeps the log up to its first damaged or missing entry, if the data does not cover more than
 * that.
 */
function dropTail(disk: Disk, damage: readonly Damage[]): string {
  const vital = damage.find(
    ({ space, key }) => space === 'data' || (space === 'program' && (key === HARD_STATE || key === BASE)),
  );
  if (vital !== undefined) {
    const what = vital.space === 'data' ? 'the replicated data' : "the term, the vote or the log's beginning";
    throw new Error(`${what} is damaged, and the log cannot replace it: start empty`);
  }
  const { last, end } = lastWhole(disk, damage);
  const applied = appliedIndex(disk.data);
  if (last < applied) {
    throw new Error(`entry ${last + 1} is damaged, and ${applied} entries are applied already: start empty`);
  }
  deleteAfter(disk.program, last);
  // An unfinished incoming copy may lack a record: what is left of it is compared with the leader's
  // data.
  disk.program.delete(RECEIVING);
  saveHardState({ ...loadHardState(disk.program), recovery: 'recovering' }, disk.program);
  const dropped = end > last ? `dropped the log's entries ${last + 1} to ${end}` : 'dropped nothing';
  return `${dropped}, kept those up to ${last}; without a vote until the leader has brought it up to date`;
}

/** The last entry with none missing before it, and the last one of which anything was found. */
function lastWhole(disk: Disk, damage: readonly Damage[]): ReturnType<typeof wholeUpTo> {
  const { last, end } = wholeUpTo(disk.program, loadBase(disk.program).index);
  // How many entries a damaged record held cannot be known; one at least.
  const lost = damage.map(({ space, key }) => (space === 'program' && firstIndexOf(key)) || 0);
  return { last, end: Math.max(end, ...lost) };
}

/** Drops everything but the term and vote, if they can be read. */
function startEmpty(disk: Disk): string {
  const hard = loadHardState(disk.program);
  for (const space of ['program', 'data', 'incoming'] as const) clear(disk[space]);
  saveHardState({ ...hard, recovery: 'recovering' }, disk.program);
  return 'dropped everything; without a vote until the leader has brought it up to date';
}

/** `Program.nameRecord` for Raft. A record of the log is named by its first entry. */
export function nameRecord({ space, key }: Damage): string {
  const index = space === 'program' ? firstIndexOf(key) : undefined;
  if (index !== undefined && !Number.isNaN(index)) return `log entry ${index}`;
  if (space === 'program' && key === HARD_STATE) return 'the record of term and vote';
  if (space === 'program' && key === BASE) return "the record of the log's beginning";
  const whose = { program: '', data: ' of the replicated data', incoming: ' of a snapshot on its way in' };
  return `the record ${JSON.stringify(key)}${whose[space]}`;
}

function clear(store: Store): void {
  for (const [key] of [...store.range('', prefixEnd(''))]) store.delete(key);
}
