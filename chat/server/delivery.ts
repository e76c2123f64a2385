/**
 * Delivery to online users. An applied command wakes those whose mailbox it has changed; they read
 * what there is from the state (`follower.ts`). Entries of rooms go out to all members at once,
 * encoded once: a client that misses one finds the gap and asks for it.
 */
import type { AppliedCommand, Replication } from '../../replication/index.ts';
import type { ChatCommand, ChatResult, ResultOf } from '../state/commands.ts';
import type { ChatAnswer, ChatQuery } from '../state/query-shapes.ts';
import type { RoomEntry } from '../state/views.ts';
import type { Follower } from './follower.ts';

export type ChatReplication = Replication<ChatCommand, ChatResult, ChatQuery, ChatAnswer>;
export type Applied = AppliedCommand<ChatCommand, ChatResult>;

/** Sends one thing to many. */
export interface Broadcast {
  /** To all who hear the room of the entry. */
  entry(entry: RoomEntry): void;
  /** To all who follow. */
  accountDeleted(name: string): void;
}

/** All followers on this replica, by name. */
export class Delivery {
  readonly #followers = new Map<string, Set<Follower>>();
  readonly #broadcast: Broadcast;

  constructor(broadcast: Broadcast) {
    this.#broadcast = broadcast;
  }

  add(follower: Follower): void {
    const others = this.#followers.get(follower.name) ?? new Set();
    this.#followers.set(follower.name, others.add(follower));
    follower.wake();
    follower.roomsChanged();
  }

  remove(follower: Follower): void {
    follower.stop();
    const others = this.#followers.get(follower.name);
    others?.delete(follower);
    if (others?.size === 0) this.#followers.delete(follower.name);
  }

  /** Tells those who are affected by a command that has been applied here. */
  applied({ command, result }: Applied): void {
    switch (result.type) {
      case 'message.sent':
      case 'message.changed':
        this.#wake(result.from);
        this.#wake(result.to);
        break;
      case 'login.created': // may have ended the oldest login
      case 'login.ended':
      case 'account.secured':
        if (result.name !== null) this.#wake(result.name);
        break;
      case 'account.deleted':
        this.#wake(result.name);
        for (const entry of result.entries) this.#broadcast.entry(entry);
        this.#broadcast.accountDeleted(result.name);
        break;
      case 'mailbox.read': {
        const { name, with: other, read, unread, seen } = result;
        this.#tell(name, ({ outlet }) => outlet.read({ with: other, read, unread }));
        this.#tell(other, ({ outlet }) => outlet.receipt({ with: name, read: seen }));
        break;
      }
      case 'mailbox.delivered':
        for (const { name, delivered } of result.senders)
          this.#tell(name, ({ outlet }) => outlet.receipt({ with: result.name, delivered }));
        break;
      case 'room.read': {
        const { name, room, read, unread } = result;
        this.#tell(name, ({ outlet }) => outlet.roomRead({ room, read, unread }));
        break;
      }
      case 'room.changed':
        this.#roomChanged(command, result);
    }
  }

  /** Anything may have happened to any mailbox and any room. */
  installed(): void {
    for (const name of this.#followers.keys()) {
      this.#wake(name);
      this.#tell(name, (follower) => this.#moved(follower));
    }
  }

  #roomChanged(command: ChatCommand, { room, entries, affected, name }: ResultOf<'room.changed'>): void {
    const text = 'text' in command && command.type !== 'message.send' ? { text: command.text } : {};
    const isExit = command.type === 'room.leave' || command.type === 'room.remove';
    if (isExit) for (const other of affected) this.#tell(other, (follower) => follower.leaveRoom(room));
    for (const entry of entries) this.#broadcast.entry({ ...entry, ...text });
    for (const other of affected) this.#tell(other, (follower) => this.#moved(follower));
    // Whoever writes has read what stands there.
    if (command.type === 'room.send')
      this.#tell(name, ({ outlet }) => outlet.roomRead({ room, read: entries[0]!.sequence, unread: 0 }));
  }

  #moved(follower: Follower): void {
    follower.roomsChanged();
    follower.outlet.membership();
  }

  #wake(name: string): void {
    this.#tell(name, (follower) => follower.wake());
  }

  #tell(name: string, tell: (follower: Follower) => void): void {
    for (const follower of this.#followers.get(name) ?? []) if (!follower.isStopped) tell(follower);
  }
}
