/** The settings of primary-backup replication. */
import { DEFAULT_SESSION_LIMITS } from '../core/sessions.ts';
import { ORDERING_SETTINGS, type OrderingSettings } from '../ordering/state.ts';

/** Whom the primary waits for before it acknowledges: its degree of replication. */
export const ACKS = ['all-alive', 'majority', 'primary'] as const;

/** Settings. Times are in ticks of the replica's own clock. */
export interface PrimaryBackupSettings extends OrderingSettings {
  /**
   * `all-alive`: all backups that are believed alive, which must be a majority together with the
   * primary. `majority`: most replicas. `primary`: nobody but its own disk.
   */
  readonly ack: (typeof ACKS)[number];
  /**
   * Whether replicas go on without a majority: those that hear each other elect a primary, and it
   * waits for nobody else. The last one leads alone. In a partition every part does so.
   */
  readonly soleSurvivor: boolean;
  /** A backup that heard no primary for a time drawn from [low, high] asks for votes. */
  readonly electionTicks: readonly [number, number];
  /** A backup that is silent for so long is dropped. */
  readonly silentTicks: number;
}

export const PRIMARY_BACKUP_SETTINGS: PrimaryBackupSettings = {
  ...ORDERING_SETTINGS,
  ...DEFAULT_SESSION_LIMITS,
  ack: 'all-alive',
  soleSurvivor: false,
  electionTicks: [15, 30],
  silentTicks: 10,
};

/** For machines of 1 to 6 ticks a second, for a class to watch. */
export const PRIMARY_BACKUP_CLASS = {
  heartbeatTicks: 2,
  electionTicks: [20, 40],
  silentTicks: 16,
} as const satisfies Partial<PrimaryBackupSettings>;
