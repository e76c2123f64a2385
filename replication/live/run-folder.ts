/** The run folder into which the replicas of a cluster write their event logs. */

import { SCHEMA_VERSION } from '../../logs/format/index.ts';
import { joinRun, packageVersion } from '../../logs/index.ts';
import type { ProtocolName } from '../choice/index.ts';

/**
 * Makes the run folder of a cluster that runs `application` over `protocol`, or joins the one that
 * is there. Throws a `LogError` if it cannot be used.
 */
export function joinClusterRun(
  directory: string,
  application: string,
  ids: readonly string[],
  rate: number,
  protocol: ProtocolName = 'raft',
): void {
  joinRun(directory, {
    schemaVersion: SCHEMA_VERSION,
    program: application,
    protocol,
    machines: ids.map((id) => ({ id, ticksPerSecond: rate })),
    stamp: 'after',
    vector: true,
    versions: { tickraft: packageVersion(), node: process.version },
    settings: { mode: 'live' },
    startedAt: new Date().toISOString(),
    finished: false,
  });
}
