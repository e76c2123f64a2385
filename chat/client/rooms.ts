/** Rooms, for whoever is logged in: `client.rooms`. Names are typed without `#`. */
import type { RoomMark, RoomPlace, Values } from '../wire.ts';
import { named, type Requests, randomKey } from './requests.ts';

export class Rooms {
  readonly #requests: Requests;

  constructor(requests: Requests) {
    this.#requests = requests;
  }

  /**
   * Makes a room that the user owns. A private one is found and entered by invitation only. Rejects
   * with `NameTaken` or `LimitReached`.
   */
  create(room: string, options: { topic?: string; isPrivate?: boolean } = {}): Promise<RoomPlace> {
    const { topic = '', isPrivate = false } = options;
    return this.#requests.change('room.create', { room: named(room), topic, isPrivate });
  }

  /** Enters an open room, or one that the user is invited to. */
  join(room: string): Promise<RoomPlace> {
    return this.#requests.change('room.join', { room: named(room) });
  }

  /** When its owner goes, the member who came first owns the room. */
  leave(room: string): Promise<RoomPlace> {
    return this.#requests.change('room.leave', { room: named(room) });
  }

  /** Any member may invite. Rejects with `Blocked` if the invited one blocks the user. */
  invite(room: string, name: string): Promise<RoomPlace> {
    return this.#requests.change('room.invite', { room: named(room), name: named(name) });
  }

  /** Takes an invitation off the list. */
  decline(room: string): Promise<RoomPlace> {
    return this.#requests.change('room.decline', { room: named(room) });
  }

  /** The owner takes somebody out of the room; who may join an open one may come back. */
  remove(room: string, name: string): Promise<RoomPlace> {
    return this.#requests.change('room.remove', { room: named(room), name: named(name) });
  }

  /** The owner says what the room is about. */
  setTopic(room: string, topic: string): Promise<RoomPlace> {
    return this.#requests.change('room.topic', { room: named(room), topic });
  }

  /** The owner gives the room to another member. */
  setOwner(room: string, name: string): Promise<RoomPlace> {
    return this.#requests.change('room.owner', { room: named(room), name: named(name) });
  }

  /** Says something to a room; as `ChatClient.send` otherwise. */
  send(room: string, text: string, key: string = randomKey()): Promise<Values['room.send']> {
    return this.#requests.change('room.send', { room: named(room), text, key }, 'waits');
  }

  /** Changes one of the user's own messages, for all. */
  edit(room: string, sequence: number, text: string): Promise<RoomPlace> {
    return this.#requests.change('room.edit', { room: named(room), sequence, text });
  }

  /** Deletes some of the user's own messages, for all: that they stood there can be seen. */
  delete(room: string, ...sequences: readonly number[]): Promise<RoomPlace> {
    return this.#requests.change('room.delete', { room: named(room), sequences: [...sequences] });
  }

  /** The user has read the room up to that place of its log. */
  markRead(room: string, upTo: number): Promise<RoomMark> {
    return this.#requests.change('room.read', { room: named(room), upTo });
  }

  /** One page of the rooms that match a pattern: open ones, and the user's own; in order. */
  list(pattern: string, after?: string): Promise<Values['room.list']> {
    return this.#requests.ask('room.list', { pattern: named(pattern), after });
  }

  /** The rooms that the user is in, with what is unread, and the invitations. */
  mine(): Promise<Values['room.mine']> {
    return this.#requests.ask('room.mine', {});
  }

  /** One page of the members, by name; `next` continues it as `after`. */
  members(room: string, after?: string): Promise<Values['room.members']> {
    return this.#requests.ask('room.members', { room: named(room), after });
  }

  /** One page of the messages before `before` (default: the latest), oldest first. */
  history(room: string, before?: number): Promise<Values['room.history']> {
    return this.#requests.ask('room.history', { room: named(room), before });
  }

  /** The messages that hold `text`, latest first; `next` continues it as `before`. */
  search(room: string, text: string, before?: number): Promise<Values['room.search']> {
    return this.#requests.ask('room.search', { room: named(room), text, before });
  }
}
