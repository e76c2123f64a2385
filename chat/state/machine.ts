/**
 * The chat as a replicated state machine: a deterministic reducer over the ordered store.
 *
 * Here a command is checked and handed to the file of its subject, which has its effect. Small
 * indexes for the conversations, rooms and counts are updated by the command that changes them, so
 * that no command and no query costs more than a page.
 *
 * Left out: erasing the copies that a deleted account had of what others wrote to it. No login
 * reaches them any more, but they stay on disk.
 */
import type { StateMachine } from '../../replication/index.ts';
import type { Store } from '../../vm/index.ts';
import {
  changeAccount,
  changePassword,
  createAccount,
  createLogin,
  deleteByOperator,
  deleteOwnAccount,
  disableAccount,
  endLogin,
  revokeLogin,
} from './accounts.ts';
import { blockAccount } from './blocks.ts';
import { type ChatCommand, type ChatResult, type CommandOf, commandSchema } from './commands.ts';
import { markDelivered, markRead, takeMessages } from './marks.ts';
import { deleteMessages, editMessage, sendMessage } from './messages.ts';
import { answer } from './queries.ts';
import type { ChatAnswer, ChatQuery } from './query-shapes.ts';
import { refused } from './refusals.ts';
import { declineInvitation, inviteToRoom, joinRoom, leaveRoom, removeMember } from './room-members.ts';
import { deleteInRoom, editInRoom, readRoom, sendToRoom } from './room-messages.ts';
import { createRoom, setOwner, setTopic } from './rooms.ts';

/** The state machine that a chat replica runs. */
export const chatStateMachine: StateMachine<ChatCommand, ChatResult, ChatQuery, ChatAnswer> = {
  name: 'chat',
  /** Checks the command's shape too: a malformed command in the log must not stop the replicas. */
  apply(command, store) {
    const parsed = commandSchema.safeParse(command);
    return parsed.success ? apply(parsed.data, store) : refused('BadRequest', 'not a chat command');
  },
  query: answer,
};

type Effect<T extends ChatCommand['type']> = (command: CommandOf<T>, store: Store) => ChatResult;

const EFFECTS: { readonly [T in ChatCommand['type']]: Effect<T> } = {
  'account.create': createAccount,
  'account.password': changePassword,
  'account.change': changeAccount,
  'account.block': blockAccount,
  'account.delete': deleteOwnAccount,
  'login.create': createLogin,
  'login.end': endLogin,
  'login.revoke': revokeLogin,
  'message.send': sendMessage,
  'message.edit': editMessage,
  'message.delete': deleteMessages,
  'mailbox.read': markRead,
  'mailbox.delivered': markDelivered,
  'mailbox.take': takeMessages,
  'room.create': createRoom,
  'room.join': joinRoom,
  'room.leave': leaveRoom,
  'room.invite': inviteToRoom,
  'room.decline': declineInvitation,
  'room.remove': removeMember,
  'room.topic': setTopic,
  'room.owner': setOwner,
  'room.send': sendToRoom,
  'room.edit': editInRoom,
  'room.delete': deleteInRoom,
  'room.read': readRoom,
  'operator.disable': disableAccount,
  'operator.delete': deleteByOperator,
};

function apply<T extends ChatCommand['type']>(command: CommandOf<T>, store: Store): ChatResult {
  return (EFFECTS[command.type as T] as Effect<T>)(command, store);
}
