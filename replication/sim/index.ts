/**
 * `tickraft/sim`: clusters and machines in virtual time, with faults on demand. Deterministic by the seed; runs in Node and in a
 * browser.
 */
export type { NodeId } from '../../vm/clock.ts';
export type { EventRecord } from '../../vm/event.ts';
export type { ClockSettings, Context, Outcome, Program } from '../../vm/program.ts';
export type { ClockFault, DiskFault, Fault, ProcessFault, WorldAction } from '../../vm/sim/actions.ts';
export { CALM_DISK, type DiskSettings } from '../../vm/sim/disk.ts';
export { CALM_NETWORK, type LinkSettings, type NetworkFault } from '../../vm/sim/network.ts';
export type { WorldObserver } from '../../vm/sim/observer.ts';
export type { MachineSettings, WorldSettings } from '../../vm/sim/settings.ts';
export { World } from '../../vm/sim/world.ts';
export {
  type KeyValueCommand,
  type KeyValueQuery,
  type KeyValueResult,
  keyValueMachine,
} from '../core/key-value.ts';
export { ReplicationError, type ReplicationErrorCode } from '../errors.ts';
export type { InvariantName, Violation } from '../invariants/violations.ts';
export type { Guarantees, LogEntryView, Protocol, ProtocolRequest, ReplicaView } from '../protocol.ts';
export { createRaft } from '../raft/raft.ts';
export type { RaftSettings } from '../raft/settings.ts';
export type { SessionLimits } from '../replication.ts';
export type { Position, StateMachine } from '../state-machine.ts';
export { type ClusterSettings, SimulatedCluster, type SimulateOptions, simulate } from './cluster.ts';
