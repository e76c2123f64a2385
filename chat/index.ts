/** `tickraft/chat`: the chat's client library, for Node and browsers. */

export type { ConnectionState, Lost, Served } from '../replication/failover/index.ts';
export type { ReplicaAddress } from '../replication/index.ts';
export { ChatClient, type ChatClientEvents, type ChatClientOptions } from './client/client.ts';
export { ChatError, type ChatErrorCode, type RefusalCode } from './errors.ts';
export type { Conversation, Message } from './state/commands.ts';
export type { Cluster, Login, ReadMark } from './wire.ts';
