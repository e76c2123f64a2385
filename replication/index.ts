/**
 * What a replication layer offers, whatever its protocol: commands, queries, state machines, typed
 * errors. Pure.
 */
export { ReplicationError, type ReplicationErrorCode } from './errors.ts';
export type { ConfigurationView, MemberChange, MemberRole } from './members.ts';
export type { LogEntryView, ProtocolRequest, ReplicaView } from './protocol.ts';
export type {
  AppliedCommand,
  Consistency,
  ReplicaAddress,
  ReplicaStatus,
  Replication,
  SessionLimits,
  SessionTag,
} from './replication.ts';
export type { StateMachine } from './state-machine.ts';
