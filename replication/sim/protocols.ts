/** The protocols that scenarios, campaigns and the explorer can name. */
import { createRaft } from '../raft/raft.ts';
import type { SimulatedProtocol } from './protocol.ts';
import { simulatedRaft } from './raft.ts';

/** Protocols by name. */
export type Protocols = Readonly<Record<string, SimulatedProtocol>>;

/** All there are. */
export const PROTOCOLS: Protocols = {
  raft: simulatedRaft(createRaft),
};
