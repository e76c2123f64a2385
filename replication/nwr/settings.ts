/** The settings of quorum replication. */
import { DEFAULT_SESSION_LIMITS } from '../core/sessions.ts';
import type { SessionLimits } from '../replication.ts';

/** What becomes of values that were written without knowing of each other. */
export const CONFLICTS = ['last-writer', 'siblings'] as const;

/** Settings. Times are in ticks of the machine's own clock. */
export interface NwrSettings extends SessionLimits {
  /** `N/W/R`: copies, acknowledgements of a change, answers to a read. */
  readonly quorum: string;
  /**
   * `siblings` keeps all of them, by version vectors; `last-writer` one, by Lamport clock and id.
   */
  readonly conflicts: (typeof CONFLICTS)[number];
  /** Whether other machines take the place of those that are silent, and keep hints for them. */
  readonly handoff: boolean;
  /** Whether a read brings the copies up to date that it found outdated. */
  readonly readRepair: boolean;
  /** How often a machine compares its copies with those of another. */
  readonly spreadTicks: number;
  /** After how long without an answer a machine is asked again, and another one in its place. */
  readonly retryTicks: number;
  readonly requestTicks: number;
  readonly maxWaiting: number;
  /** The most keys in one comparison. */
  readonly maxKeysPerSpread: number;
}

export const NWR_SETTINGS: NwrSettings = {
  ...DEFAULT_SESSION_LIMITS,
  quorum: '3/2/2',
  conflicts: 'last-writer',
  handoff: true,
  readRepair: true,
  spreadTicks: 20,
  retryTicks: 10,
  requestTicks: 500,
  maxWaiting: 20_000,
  maxKeysPerSpread: 100,
};

/** For machines of 1 to 6 ticks a second, for a class to watch. */
export const NWR_CLASS = { spreadTicks: 30, retryTicks: 20 } as const satisfies Partial<NwrSettings>;

/** The numbers of a quorum. Throws a RangeError for one that cannot be. */
export function readQuorum(text: string): { readonly n: number; readonly w: number; readonly r: number } {
  const [n = 0, w = 0, r = 0] = /^(\d+)\/(\d+)\/(\d+)$/.exec(text)?.slice(1).map(Number) ?? [];
  if (w < 1 || r < 1 || w > n || r > n)
    throw new RangeError(`quorum is N/W/R such as 3/2/2, with W and R from 1 to N, not ${text}`);
  return { n, w, r };
}
