/** `tickraft/chat`: the chat's client library, for Node and browsers. */

export type { ConnectionState, Lost, Served } from '../replication/failover/index.ts';
export type { ReplicaAddress } from '../replication/index.ts';
export type { Account } from './client/account.ts';
export { ChatClient } from './client/client.ts';
export type { ChatClientEvents, ChatClientOptions } from './client/events.ts';
export type { Rooms } from './client/rooms.ts';
export { ChatError, type ChatErrorCode, type RefusalCode } from './errors.ts';
export {
  type Conversation,
  type Invitation,
  isMessage,
  isRoomMessage,
  type LoginView,
  type MailboxEntry,
  type Message,
  type MessageChange,
  type MyRoom,
  type Profile,
  type Receipt,
  type RoomChange,
  type RoomEntry,
  type RoomMessage,
  type RoomSummary,
} from './state/views.ts';
export type { Cluster, Login, ReadMark, ReceiptNews, RoomMark, RoomPlace, Values } from './wire.ts';
