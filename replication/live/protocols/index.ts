/** The protocols that live replicas run. */
import type { ProtocolName } from '../../choice/index.ts';
import type { LiveProtocol } from './live-protocol.ts';
import { LOWEST_PORT } from './lowest-port.ts';
import { NWR } from './nwr.ts';
import { PRIMARY_BACKUP } from './primary-backup.ts';
import { RAFT } from './raft.ts';

/** By name. */
export const LIVE_PROTOCOLS: Readonly<Record<ProtocolName, LiveProtocol>> = {
  raft: RAFT,
  'primary-backup': PRIMARY_BACKUP,
  'lowest-port': LOWEST_PORT,
  nwr: NWR,
};

export type { Attendant } from './live-protocol.ts';
