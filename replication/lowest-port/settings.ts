/** The settings of the mesh. */
import { DEFAULT_SESSION_LIMITS } from '../core/sessions.ts';
import { ORDERING_SETTINGS, type OrderingSettings } from '../ordering/state.ts';

/** Settings. Times are in ticks of the server's own clock. */
export interface LowestPortSettings extends OrderingSettings {
  /** So long a silence of another server is a miss: it is suspect from then on. */
  readonly missTicks: number;
  /** After so many misses in a row it is dead. */
  readonly deadMisses: number;
  /** The longest pause between two tries to reach a dead server, in heartbeats. */
  readonly longestBackoff: number;
  /** How long a newcomer waits to hear of a master. */
  readonly joinTicks: number;
}

export const LOWEST_PORT_SETTINGS: LowestPortSettings = {
  ...ORDERING_SETTINGS,
  ...DEFAULT_SESSION_LIMITS,
  missTicks: 4,
  deadMisses: 3,
  longestBackoff: 32,
  joinTicks: 8,
};

/** For machines of 1 to 6 ticks a second, for a class to watch. */
export const LOWEST_PORT_CLASS = {
  heartbeatTicks: 2,
  missTicks: 10,
  joinTicks: 20,
} as const satisfies Partial<LowestPortSettings>;
