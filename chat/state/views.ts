/** What clients see of the chat's state: messages, conversations, rooms, people. */

/**
 * A message as its sender or recipient sees it. Both have it in their mailbox, each at a sequence
 * number of their own: mailboxes count from 1 without gaps.
 */
export interface Message {
  readonly sequence: number;
  readonly from: string;
  readonly to: string;
  /** Empty if the message was deleted. */
  readonly text: string;
  readonly key: string;
  /** Milliseconds since 1970 on the clock of the server that took the message. */
  readonly sentAt: number;
  /** It is the sender's nth message to that recipient: see `Receipt`. */
  readonly nth?: number;
  /** When it was changed last, or deleted. */
  readonly editedAt?: number;
  readonly deletedAt?: number;
}

/** In a mailbox: a message before it was changed. */
export interface MessageChange {
  readonly sequence: number;
  readonly change: 'edit' | 'delete';
  /** The other side of the conversation, and the place of the message in this mailbox. */
  readonly with: string;
  readonly of: number;
  readonly text: string;
  readonly at: number;
}

/** What a mailbox holds. */
export type MailboxEntry = Message | MessageChange;

/** Whether it is a message, and no change to one. */
export function isMessage(entry: MailboxEntry): entry is Message {
  return !('change' in entry);
}

/** How many of one's messages to another were delivered to them, and how many they have read. */
export interface Receipt {
  readonly delivered: number;
  readonly read: number;
}

/** One user's view of what they exchange with another. */
export interface Conversation {
  readonly with: string;
  readonly last: Message;
  /** Read up to this place of the mailbox. */
  readonly read: number;
  /** Received messages after that place. */
  readonly unread: number;
  /** What became of one's own messages. */
  readonly receipt: Receipt;
  /** The other's account was deleted: what it had not been delivered never will be. */
  readonly deletedAccount?: true;
}

/** A message in a room. */
export interface RoomMessage {
  /** Its place in the room's log, which counts from 1 without gaps. */
  readonly sequence: number;
  readonly room: string;
  readonly from: string;
  readonly text: string;
  readonly key: string;
  readonly sentAt: number;
  readonly editedAt?: number;
  readonly deletedAt?: number;
}

/** Something else that happened in a room. */
export interface RoomChange {
  readonly sequence: number;
  readonly room: string;
  readonly change: 'edit' | 'delete' | 'join' | 'leave' | 'remove' | 'topic' | 'owner';
  /** Who did it. */
  readonly by: string;
  readonly at: number;
  /** Of `edit` and `delete`: the place of the message. */
  readonly of?: number;
  /** Of `edit` and `topic`: the new text. */
  readonly text?: string;
  /** Of `remove` and `owner`: whom it is about. */
  readonly name?: string;
}

/** What the log of a room holds. */
export type RoomEntry = RoomMessage | RoomChange;

/** Whether it is a message. */
export function isRoomMessage(entry: RoomEntry): entry is RoomMessage {
  return !('change' in entry);
}

/** A room as it is found. */
export interface RoomSummary {
  readonly room: string;
  readonly topic: string;
  readonly isPrivate: boolean;
  readonly members: number;
  /** Whether the asking user is a member. */
  readonly isMember: boolean;
}

/** A member's view of a room. */
export interface MyRoom extends RoomSummary {
  readonly owner: string;
  /** The last place in its log. */
  readonly head: number;
  readonly last: RoomMessage | null;
  readonly read: number;
  readonly unread: number;
}

/** An invitation into a room. */
export interface Invitation {
  readonly room: string;
  readonly by: string;
  readonly at: number;
}

/** A person as others see them. */
export interface Profile {
  readonly name: string;
  /** How they want to be called; empty: by their name. */
  readonly display: string;
}

/** One of an account's logins. */
export interface LoginView {
  readonly id: string;
  readonly createdAt: number;
  /** Whether it is the one that asks. */
  readonly current: boolean;
}
