/** The protocols that scenarios, campaigns and the explorer can name. */
import { createLowestPort } from '../lowest-port/lowest-port.ts';
import { createNwr } from '../nwr/nwr.ts';
import { createPrimaryBackup } from '../primary-backup/primary-backup.ts';
import { createRaft } from '../raft/raft.ts';
import { simulatedLowestPort } from './lowest-port.ts';
import { simulatedNwr } from './nwr.ts';
import { simulatedPrimaryBackup } from './primary-backup.ts';
import type { SimulatedProtocol } from './protocol.ts';
import { simulatedRaft } from './raft.ts';

/** Protocols by name. */
export type Protocols = Readonly<Record<string, SimulatedProtocol>>;

/** All there are. */
export const PROTOCOLS: Protocols = {
  raft: simulatedRaft(createRaft),
  'primary-backup': simulatedPrimaryBackup(createPrimaryBackup),
  'lowest-port': simulatedLowestPort(createLowestPort),
  nwr: simulatedNwr(createNwr),
};
