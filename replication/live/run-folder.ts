/** The run folder into which the replicas of a cluster write their event logs. */

import { SCHEMA_VERSION } from '../../logs/format/index.ts';
import { joinRun, LogWriter, packageVersion } from '../../logs/index.ts';
import type { NodeId } from '../../vm/index.ts';
import type { ProtocolName, ProtocolSettings } from '../choice/index.ts';

/** Ticks per second of a replica's clock. */
export const DEFAULT_RATE = 20;
/** Bytes of one replica's log on disk, at most. */
const LOG_LIMIT_BYTES = 256 * 2 ** 20;

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
  settings: ProtocolSettings = {},
): void {
  joinRun(directory, {
    schemaVersion: SCHEMA_VERSION,
    program: application,
    protocol,
    machines: ids.map((id) => ({ id, ticksPerSecond: rate })),
    stamp: 'after',
    vector: true,
    versions: { tickraft: packageVersion(), node: process.version },
    settings: { mode: 'live', ...given(settings) },
    startedAt: new Date().toISOString(),
    finished: false,
  });
}

function given(settings: ProtocolSettings): Record<string, string | boolean> {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

/** What a log is of. */
interface LogOptions {
  readonly dir: string;
  readonly id: NodeId;
  readonly machine: { readonly name: string };
  readonly replicas: readonly { readonly id: NodeId }[];
  readonly rate?: number | undefined;
  readonly protocol?: ProtocolName | undefined;
  readonly settings?: ProtocolSettings | undefined;
}

/** Opens the log of one replica, in the run folder of its cluster. Throws a `LogError`. */
export function openLog(options: LogOptions, onProblem: (line: string) => void): LogWriter {
  const { dir, id, machine, replicas, rate = DEFAULT_RATE, protocol, settings } = options;
  const ids = replicas.map((replica) => replica.id);
  joinClusterRun(dir, machine.name, ids, rate, protocol, settings);
  return new LogWriter({ dir, node: id, whenFull: 'drop', limitBytes: LOG_LIMIT_BYTES, onProblem });
}
