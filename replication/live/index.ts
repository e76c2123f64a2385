/**
 * `tickraft`: a replication layer for state machines of one's own. Start one replica a process with
 * `startReplica`, or a whole cluster in this process with `startLocal`.
 */
export {
  LiveError,
  type LiveErrorCode,
  type NodeId,
  prefixEnd,
  type Store,
  type StoreReader,
  type Value,
} from '../../vm/index.ts';
export type { AutopilotSettings } from '../autopilot/index.ts';
export type { ProtocolName, ProtocolSettings } from '../choice/index.ts';
export {
  type KeyValueCommand,
  type KeyValueQuery,
  type KeyValueResult,
  keyValueMachine,
} from '../core/key-value.ts';
export { ReplicationError, type ReplicationErrorCode } from '../errors.ts';
export type { Provisioned, Provisioner, ReplicaSpec } from '../ops/provisioner/index.ts';
export type { Timing } from '../raft/timing.ts';
export type {
  AppliedCommand,
  Consistency,
  ReplicaAddress,
  ReplicaStatus,
  Replication,
  SessionOwner,
  SessionTag,
} from '../replication.ts';
export type { Position, StateMachine } from '../state-machine.ts';
export type { AutopilotOptions } from './autopilot/options.ts';
export { Observers } from './observe.ts';
export { joinClusterRun } from './run-folder.ts';
export type { ClientChecks } from './server.ts';
export { LocalCluster, type LocalOptions, startLocal } from './start-local.ts';
export {
  type RunningReplica,
  type Serving,
  type ServingPlace,
  type StartOptions,
  startReplica,
} from './start-replica.ts';
