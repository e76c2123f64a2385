/** The settings of the autopilot, and what it may decide. */
import type { NodeId } from '../../vm/index.ts';
import type { MemberRole } from '../members.ts';
import type { LoadWindow } from './view.ts';

/** Settings. Times are in ticks of the leader's clock. */
export interface AutopilotSettings {
  /** How many voters there are to be: an odd number, as an even one tolerates no more failures. */
  readonly voters: number;
  /** Dead voters that nothing can replace are removed down to this number, and not below. */
  readonly minVoters: number;
  /** A healthy member was heard from within this time ... */
  readonly silentTicks: number;
  /** ... and is at most so many entries behind. */
  readonly mostLag: number;
  /** A stable member has been healthy for this long. */
  readonly stableTicks: number;
  /** A member that was silent for this long is dead. */
  readonly deadTicks: number;
  /**
   * A learner that was never heard of is dead only after this long, if that is longer: it is being
   * started, and a computer may have to boot.
   */
  readonly startTicks: number;
  /**
   * How long after a start that came to nothing there is no other. Twice as long after a second one
   * in a row, and so on, up to 32 times.
   */
  readonly backOffTicks: number;
  /** The zone that the leader should be in; undefined: any. */
  readonly leaderZone: string | undefined;
  /** How long a leader leads before it moves to that zone. */
  readonly leadTicks: number;
  readonly minReaders: number;
  readonly maxReaders: number;
  /** Load of a replica that is high, by signal. */
  readonly high: LoadWindow;
  /** The length of a window of load. */
  readonly windowTicks: number;
  /** After so many windows of high load in a row a reader is added, after so many low, removed. */
  readonly growWindows: number;
  readonly shrinkWindows: number;
  /** Load is low below this part of high. */
  readonly lowPart: number;
  /** A reader is removed only if the load of the others would then stay below this part of high. */
  readonly predictedPart: number;
  /** How long after a change of the number of readers there is no other. */
  readonly cooldownTicks: number;
}

/** What is to be done. */
export type Action =
  /** Start a replica that becomes a voter or a reader; `instead`: of a dead one. */
  | {
      readonly class: 'replace' | 'scale';
      readonly do: 'start';
      readonly want: MemberRole;
      readonly zone: string | undefined;
      readonly instead?: NodeId;
    }
  /** Give members a vote, or take it, in one change. */
  | {
      readonly class: 'replace' | 'promote' | 'demote';
      readonly do: 'promote' | 'demote';
      readonly ids: readonly NodeId[];
    }
  | { readonly class: 'replace' | 'scale'; readonly do: 'remove'; readonly id: NodeId }
  | { readonly class: 'lead'; readonly do: 'transfer'; readonly to: NodeId };

/** Why something that is due is not done. */
export type HeldReason =
  /** The autopilot is paused. */
  | 'paused'
  /** The leader is new, and has committed nothing in its own term. */
  | 'election'
  /** A change of the configuration is under way. */
  | 'change'
  /** Leadership is being transferred. */
  | 'transfer'
  /** A replica is being started, or learning. */
  | 'learning'
  /** Too few of the voters that there would be are healthy. */
  | 'quorum'
  /**
   * There is nothing that could start a replica, and no stable reader; and without this one there
   * would be fewer voters than `minVoters`.
   */
  | 'no-replacement'
  /** Replicas were started and came to nothing: the next one is not started yet. */
  | 'backing-off'
  /** It has not been healthy for long enough. */
  | 'not-stable'
  /** Its data has not been compared with the leader's. */
  | 'not-checked'
  /** There are as many voters as there are to be. */
  | 'enough-voters'
  /** The number of voters would be even. */
  | 'odd-voters'
  /** No other voter is fit to lead. */
  | 'no-successor'
  /** The last change of this kind is not long ago. */
  | 'cool-down'
  /** There are as many readers as there may be. */
  | 'max-readers'
  /** With one reader less, the load of the others would be too high. */
  | 'predicted-load';

/** Something that is due and held back; `about`: the member that it concerns. */
export interface Held {
  readonly reason: HeldReason;
  readonly about?: NodeId;
}

/** What a class of change has to say in a round. */
export interface Proposal {
  readonly action: Action | undefined;
  readonly held: readonly Held[];
}

/** A round's decision. */
export interface Decision extends Proposal {
  /** How many readers there are to be from now on. */
  readonly desiredReaders: number;
}

const SECOND = 1;
const MINUTE = 60 * SECOND;

/** The defaults for a clock of `rate` ticks a second. */
export function defaultSettings(rate: number): AutopilotSettings {
  return {
    voters: 3,
    minVoters: 3,
    silentTicks: 2 * SECOND * rate,
    mostLag: 250,
    stableTicks: 10 * SECOND * rate,
    deadTicks: 5 * MINUTE * rate,
    startTicks: 10 * MINUTE * rate,
    backOffTicks: MINUTE * rate,
    leaderZone: undefined,
    leadTicks: MINUTE * rate,
    minReaders: 0,
    maxReaders: 10,
    high: { clients: 1_000, readsPerSecond: 5_000, eventLoop: 0.8, queue: 0.5 },
    windowTicks: MINUTE * rate,
    growWindows: 3,
    shrinkWindows: 10,
    lowPart: 0.5,
    predictedPart: 0.7,
    cooldownTicks: 5 * MINUTE * rate,
  };
}

/** Why these settings are refused, in one line; undefined if they are not. */
export function checkSettings(settings: AutopilotSettings, rate: number): string | undefined {
  const { voters, minVoters, deadTicks, stableTicks, minReaders, maxReaders } = settings;
  if (!Number.isInteger(voters) || voters < 1 || voters % 2 === 0) return 'voters must be an odd number';
  if (!Number.isInteger(minVoters) || minVoters < 1 || minVoters > voters)
    return `minVoters must be from 1 to ${voters}, the number of voters`;
  if (settings.growWindows < 1 || settings.shrinkWindows < 1)
    return 'growWindows and shrinkWindows must be above 0';
  // A computer takes about as long to start again.
  if (deadTicks < MINUTE * rate) return 'a member may be called dead after a minute at the earliest';
  if (stableTicks >= deadTicks) return 'a member must be stable sooner than another is dead';
  if (minReaders < 0 || minReaders > maxReaders) return 'minReaders must be from 0 to maxReaders';
  return undefined;
}
