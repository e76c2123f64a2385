/**
 * `tickraft/sim`: clusters and machines in virtual time, with faults on demand. Deterministic by
 * the seed; runs in Node and in a browser.
 */
export type {
  ClockSettings,
  Context,
  Envelope,
  EventRecord,
  NodeId,
  Outcome,
  Program,
} from '../../vm/index.ts';
export {
  CALM_DISK,
  CALM_NETWORK,
  type ClockFault,
  type DiskFault,
  type DiskSettings,
  type Fault,
  type LinkSettings,
  type MachineSettings,
  type NetworkFault,
  type ProcessFault,
  World,
  type WorldAction,
  type WorldObserver,
  type WorldSettings,
} from '../../vm/sim/index.ts';
export {
  type KeyValueCommand,
  type KeyValueQuery,
  type KeyValueResult,
  keyValueMachine,
} from '../core/key-value.ts';
export { ReplicationError, type ReplicationErrorCode } from '../errors.ts';
export type { InvariantName, Violation } from '../invariants/violations.ts';
export type { Guarantees, LogEntryView, Protocol, ProtocolRequest, ReplicaView } from '../protocol.ts';
export type { CommitRule, LeaderKnowledge } from '../raft/commit-rule.ts';
export { createRaft, type RaftOptions } from '../raft/raft.ts';
export type { RaftSettings } from '../raft/settings.ts';
export type { SessionLimits } from '../replication.ts';
export type { Position, StateMachine } from '../state-machine.ts';
export {
  type ClusterObserver,
  type ClusterSettings,
  SimulatedCluster,
  type SimulateOptions,
  simulate,
} from './cluster.ts';
export {
  type CommandRequest,
  defineProtocol,
  type LoggedCommand,
  type ProtocolContext,
  type ProtocolDefinition,
  type ReadRequest,
} from './define-protocol.ts';
export type {
  KeyValueCluster,
  KeyValueProtocol,
  Settings,
  SettingValue,
  SimulatedProtocol,
} from './protocol.ts';
export { PROTOCOLS, type Protocols } from './protocols.ts';
export { simulatedRaft } from './raft.ts';
export { Submissions } from './submissions.ts';
