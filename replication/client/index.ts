/**
 * `tickraft/client`: calls a cluster from another program, and tries another replica when one dies.
 */
export { ReplicationError, type ReplicationErrorCode } from '../errors.ts';
export type { Consistency, ReplicaAddress, ReplicaStatus } from '../replication.ts';
export type { StateMachine } from '../state-machine.ts';
export { type ClientOptions, type ConnectOptions, connectClient, ReplicationClient } from './client.ts';
