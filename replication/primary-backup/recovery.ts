/**
 * Replicas that have lost something: whether their votes and acknowledgements count. As in Raft
 * (`raft/recovery.ts` says why this is enough): an empty disk is `new`, and votes only for a
 * candidate without a log, as when the cluster begins. If a primary reaches it first it is
 * `recovering`, as after a repair, and counts again once it has an entry that was ordered after the
 * primary had heard of the loss, and a majority of the others has it too.
 *
 * One disk may be lost at a time.
 */
import {
  type Damage,
  type Disk,
  type NodeId,
  prefixEnd,
  type RepairWay,
  writeDetail,
} from '../../vm/index.ts';
import { propose } from '../ordering/leading.ts';
import { indexOf } from '../ordering/log.ts';
import type { LeadingReplica } from '../ordering/state.ts';
import { HARD_STATE, type HardState, loadHardState, type PrimaryBackup, saveHardState } from './state.ts';

/** So many that no two starts of a replica have the same number. */
const INCARNATIONS = 2 ** 32;

export function mayCampaign({ recovery }: HardState): boolean {
  return recovery !== 'recovering';
}

/** Whether it may vote for a candidate whose log ends at `candidateLast`. */
export function mayVoteFor({ recovery }: HardState, candidateLast: number): boolean {
  return recovery === 'normal' || (recovery === 'new' && candidateLast === 0);
}

/** A primary has reached this replica: if it had no part in its election, it recovers. */
export function reachedByPrimary({ state, ctx }: PrimaryBackup): void {
  const { hard } = state;
  if (hard.recovery === 'new') setRecovery({ state, ctx }, 'recovering');
  if (hard.recovery === 'recovering') state.incarnation ??= ctx.random(INCARNATIONS);
}

function setRecovery(
  { state, ctx }: Pick<PrimaryBackup, 'state' | 'ctx'>,
  recovery: HardState['recovery'],
): void {
  state.hard.recovery = recovery;
  saveHardState(state.hard, ctx.disk);
  ctx.note('config', { detail: writeDetail({ recovery }) });
}

/**
 * The primary handles what an answer says of recovery. `index`: its log is the primary's up to
 * here.
 */
export function noteRecovering(
  replica: LeadingReplica,
  from: NodeId,
  incarnation: number | undefined,
  index: number,
): void {
  const follower = replica.state.leading.followers[from];
  if (follower === undefined) return;
  if (incarnation === undefined) {
    // An answer from before the loss may come late: it has not got so far.
    if (follower.recovering !== undefined && index >= follower.recovering.index)
      follower.recovering = undefined;
  } else if (follower.recovering?.incarnation !== incarnation) {
    follower.recovering = { incarnation, index: propose(replica, { type: 'noop' }) };
  }
}

/** Tells a replica that it has everything back, if it has. */
export function tellRecovered({ state, ctx }: LeadingReplica & PrimaryBackup, peer: NodeId): void {
  const { log, leading } = state;
  const { recovering, match = 0 } = leading.followers[peer]!;
  if (recovering === undefined || match < recovering.index || log.commit < recovering.index) return;
  ctx.send(peer, { type: 'Recovered', term: leading.term, incarnation: recovering.incarnation });
}

/** This replica has everything back. A vote that it has forgotten may be the primary's. */
export function onRecovered(
  { state, ctx }: PrimaryBackup,
  from: NodeId,
  { term, incarnation }: { readonly term: number; readonly incarnation: number },
): void {
  const { hard } = state;
  if (hard.recovery !== 'recovering' || term !== hard.term || incarnation !== state.incarnation) return;
  hard.votedFor ??= from;
  state.incarnation = undefined;
  setRecovery({ state, ctx }, 'normal');
}

/** `Program.repair`: everything is copied from the primary again, so nothing damaged is kept. */
export function repair(disk: Disk, _damage: readonly Damage[], way: RepairWay): string {
  if (way === 'drop-tail') throw new Error('a damaged log is not cut here: start empty');
  const hard = loadHardState(disk.program);
  for (const space of ['program', 'data', 'incoming'] as const) {
    for (const [key] of [...disk[space].range('', prefixEnd(''))]) disk[space].delete(key);
  }
  saveHardState({ ...hard, recovery: 'recovering' }, disk.program);
  return 'dropped everything; without a vote until the primary has brought it up to date';
}

/** `Program.nameRecord`. */
export function nameRecord({ space, key }: Damage): string {
  const index = space === 'program' ? indexOf(key) : undefined;
  if (index !== undefined) return `log entry ${index}`;
  if (space === 'program' && key === HARD_STATE) return 'the record of term and vote';
  return `the record ${JSON.stringify(key)}${space === 'data' ? ' of the replicated data' : ''}`;
}
