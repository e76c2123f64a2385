/**
 * What a replica is started with for its autopilot. By itself, so that the package's declarations
 * need none of what a replica is made of.
 */
import type { AutopilotSettings } from '../../autopilot/index.ts';
import type { Provisioner } from '../../ops/provisioner/index.ts';

/** What the autopilot of a replica acts with, and by. */
export interface AutopilotOptions {
  /** Starts and stops replicas. Default: none are started. */
  readonly provisioner?: Provisioner | undefined;
  /** Settings in place of the usual ones, in ticks, where the cluster keeps none. Not checked. */
  readonly defaults?: Partial<AutopilotSettings> | undefined;
}
