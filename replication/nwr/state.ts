/** The state of a machine, and its messages. */
import type { Context, NodeId, Outcome } from '../../vm/index.ts';
import type { StateMachine } from '../state-machine.ts';
import type { NwrSettings } from './settings.ts';
import type { Versions } from './versions.ts';

/** A key with all that a copy has of it. */
export type Item = readonly [key: string, versions: Versions];

/** Keys from the first up to the second, without it; without an end if there is no second. */
export type KeyRange = readonly [from: string, to: string];

export type NwrMessage =
  /** Asks for what a copy has in these ranges. */
  | { readonly type: 'Get'; readonly id: string; readonly ranges: readonly KeyRange[] }
  | { readonly type: 'Got'; readonly id: string; readonly items: readonly Item[] }
  /** Brings values. `hints`: the machines in whose place it is sent. No answer to an empty id. */
  | {
      readonly type: 'Put';
      readonly id: string;
      readonly items: readonly Item[];
      readonly hints: readonly NodeId[];
    }
  /** They are on disk. */
  | { readonly type: 'PutDone'; readonly id: string }
  /** What the sender has of the keys from `from` on, up to `to`. */
  | {
      readonly type: 'Spread';
      readonly from: string;
      readonly to: string | undefined;
      readonly names: readonly (readonly [key: string, name: string])[];
    }
  /** What differs: what the receiver of the comparison has, and what it wants. */
  | { readonly type: 'SpreadReply'; readonly items: readonly Item[]; readonly wants: readonly string[] };

/** What a client is to be answered with. */
export type Job =
  | { readonly type: 'read'; readonly query: unknown }
  | { readonly type: 'commands'; readonly commands: readonly unknown[]; readonly single: boolean };

/** A request under way: the machine that was asked coordinates it. */
export interface Operation {
  readonly id: string;
  readonly job: Job;
  readonly deadline: number;
  /** `done`: its client has the answer, and some copies have not acknowledged yet. */
  phase: 'read' | 'write' | 'done';
  /** Counts the questions: an answer to an earlier one is late. */
  round: number;
  /** What it has read so far, from whom, and what each of them has of it. */
  ranges: readonly KeyRange[];
  answers: Record<NodeId, readonly Item[]>;
  /** What it writes, and who has that on disk. */
  writes: readonly Item[];
  acknowledged: readonly NodeId[];
  outcome: Outcome | undefined;
  /** Whom it has asked, and when it asks those again who are silent. */
  asked: readonly NodeId[];
  againAt: number;
}

/** The whole state. Plain data. */
export interface NwrState {
  readonly self: NodeId;
  /** The name under which it writes: another one after its disk was lost. */
  readonly writer: string;
  /** The greatest number that it has written or seen. On disk. */
  clock: number;
  /** All machines by id; the first N keep the first copies. */
  readonly machines: readonly NodeId[];
  outstanding: number;
  readonly operations: Record<string, Operation>;
  /** Counts this machine's questions. */
  rounds: number;
  spreadAt: number;
  /** From which key on each machine is compared with next. */
  readonly cursors: Record<NodeId, string>;
  /** The hints that are on their way to each machine: their records, as they were. */
  readonly delivering: Record<NodeId, readonly (readonly [key: string, name: string])[]>;
  readonly heardAt: Record<NodeId, number>;
}

/** What the functions of this folder are given. */
export interface Nwr {
  readonly state: NwrState;
  readonly ctx: Context<NwrMessage>;
  readonly settings: NwrSettings;
  readonly quorum: { readonly n: number; readonly w: number; readonly r: number };
  readonly machine: StateMachine<unknown, unknown, unknown, unknown>;
}

/** The machines that keep the first copies. */
export function homes({ state, quorum }: Pick<Nwr, 'state' | 'quorum'>): readonly NodeId[] {
  return state.machines.slice(0, quorum.n);
}
