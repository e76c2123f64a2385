/** The state of a replica, and its messages. */
import type { Context, NodeId, Store, StoreReader } from '../../vm/index.ts';
import type { Log } from '../ordering/log.ts';
import type { OrderingMessage } from '../ordering/messages.ts';
import {
  ORDERING_TIMES,
  type OrderingReplica,
  type OrderingState,
  orderingState,
} from '../ordering/state.ts';
import type { PrimaryBackupSettings } from './settings.ts';

/** A pre-candidate tries whether it could win: only then does it take a new term. */
export type Role = 'backup' | 'pre-candidate' | 'candidate' | 'primary';

/** The messages besides those of any protocol with a leader. The epoch of those is the term. */
export type PrimaryBackupMessage =
  | OrderingMessage
  /** Asks for a vote; `trial`: whether it would be given. */
  | {
      readonly type: 'VoteRequest';
      readonly term: number;
      readonly trial: boolean;
      readonly lastIndex: number;
      readonly lastTerm: number;
    }
  | {
      readonly type: 'VoteReply';
      readonly term: number;
      readonly trial: boolean;
      readonly granted: boolean;
    }
  /** To a primary of an earlier term. */
  | { readonly type: 'NewTerm'; readonly term: number }
  /** The replica that has lost something has it back, as of its start `incarnation`. */
  | { readonly type: 'Recovered'; readonly term: number; readonly incarnation: number };

/** Durable: whoever changes it calls `saveHardState` in the same step. */
export interface HardState {
  term: number;
  votedFor: NodeId | undefined;
  /** As `ReplicaView.recovery`. */
  recovery: 'new' | 'recovering' | 'normal';
}

/** The whole state. Plain data. */
export interface PrimaryBackupState extends OrderingState {
  readonly self: NodeId;
  readonly hard: HardState;
  role: Role;
  /** The votes that a candidate or a pre-candidate has. */
  votes: Record<NodeId, boolean>;
  /** When it asks for votes unless it hears a primary, and when it last heard one. */
  electionAt: number;
  primaryHeardAt: number | undefined;
  /** When each of the others was heard last. */
  readonly heardAt: Record<NodeId, number>;
}

/** The fields of its state that are ticks of its clock. */
export const TIME_FIELDS = [...ORDERING_TIMES, 'electionAt', 'primaryHeardAt'] as const;

/** What the functions of this folder are given. */
export interface PrimaryBackup extends OrderingReplica {
  readonly state: PrimaryBackupState;
  readonly ctx: Context<PrimaryBackupMessage>;
  readonly settings: PrimaryBackupSettings;
}

/** The record's key. */
export const HARD_STATE = 'primary-backup';

/** Writes it as one record: a vote is never seen without its term. */
export function saveHardState({ term, votedFor, recovery }: HardState, disk: Store): void {
  disk.put(HARD_STATE, { term, votedFor: votedFor ?? null, recovery });
}

/** Reads it; a disk without it is new. */
export function loadHardState(disk: StoreReader): HardState {
  const stored = disk.get(HARD_STATE) as unknown as (HardState & { votedFor: NodeId | null }) | undefined;
  if (stored === undefined) return { term: 0, votedFor: undefined, recovery: 'new' };
  return { ...stored, votedFor: stored.votedFor ?? undefined };
}

/** A replica that has just started. */
export function initialState(
  { self, peers, now }: Context<PrimaryBackupMessage>,
  hard: HardState,
  log: Log,
): PrimaryBackupState {
  return {
    ...orderingState(log),
    self,
    hard,
    role: 'backup',
    votes: {},
    electionAt: now,
    primaryHeardAt: undefined,
    heardAt: Object.fromEntries(peers.map((peer) => [peer, now])),
  };
}

/** The fewest replicas that are a majority. */
export function majority({ ctx }: Pick<PrimaryBackup, 'ctx'>): number {
  return Math.floor((ctx.peers.length + 1) / 2) + 1;
}

/** Takes a role; logs say so. */
export function setRole({ state, ctx }: PrimaryBackup, role: Role): void {
  if (state.role === role) return;
  state.role = role;
  ctx.note('role');
}
