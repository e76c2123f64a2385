/** `tickraft/chat`: the chat's client library, for Node and browsers. */

export type { ConnectionState, Lost } from '../replication/failover/connection.ts';
export type { Served } from '../replication/failover/link.ts';
export type { ReplicaAddress } from '../replication/replication.ts';
export { ChatClient, type ChatClientEvents, type ChatClientOptions } from './client/client.ts';
export { ChatError, type ChatErrorCode, type RefusalCode } from './errors.ts';
export type { Conversation, Message } from './state/commands.ts';
export type { Cluster, Login, ReadMark } from './wire.ts';
