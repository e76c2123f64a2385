/**
 * The log of a room: messages and what else happened, at places that count from 1 without gaps. It
 * is one for all members, so a message costs the same in a room of a thousand as in one of two.
 */
import type { Store, StoreReader } from '../../vm/index.ts';
import type { Refusal } from './commands.ts';
import { type Member, memberKey, postKey, type Room, record, roomKey, saidKey } from './keys.ts';
import { notLoggedIn, refused, userOf } from './refusals.ts';
import type { RoomChange, RoomEntry, RoomMessage } from './views.ts';

/** A room, and one of its members. */
export interface Inside {
  readonly name: string;
  readonly room: Room;
  readonly member: Member;
}

/** The login's user in a room that they are a member of; else why they are not. */
export function insideOf(store: StoreReader, login: string, room: string): Inside | Refusal {
  const name = userOf(store, login);
  if (name === undefined) return notLoggedIn();
  const found = record<Room>(store, roomKey(room));
  const member = record<Member>(store, memberKey(room, name));
  if (found && member) return { name, room: found, member };
  // Who is not inside does not learn that there is a private room.
  return found && !found.isPrivate ? notAMember(room) : unknownRoom(room);
}

/** The same for what only the owner may do. */
export function ownedBy(store: StoreReader, login: string, room: string): Inside | Refusal {
  const inside = insideOf(store, login, room);
  if ('type' in inside || inside.room.owner === inside.name) return inside;
  return refused('NotAllowed', `only ${inside.room.owner}, who owns #${room}, may do that`);
}

/** A new entry, without its place. */
export type NewEntry = Omit<RoomMessage, 'sequence' | 'room'> | Omit<RoomChange, 'sequence' | 'room'>;

/** Appends an entry to a room's log, and stores the room with `changes`. */
export function append(store: Store, room: string, entry: NewEntry, changes: Partial<Room> = {}): RoomEntry {
  const before = record<Room>(store, roomKey(room))!;
  const sequence = before.head + 1;
  const messages = before.messages + ('change' in entry ? 0 : 1);
  const stored: RoomEntry = { sequence, room, ...entry };
  store.put(postKey(room, sequence), { ...stored });
  if (!('change' in entry)) store.put(saidKey(room, sequence), messages);
  store.put(roomKey(room), { ...before, ...changes, head: sequence, messages });
  return stored;
}

/** How many messages a room had at a place of its log. */
export function saidBy(store: StoreReader, room: string, sequence: number): number {
  const [from, to] = [saidKey(room, 0), saidKey(room, sequence + 1)];
  for (const [, messages] of store.range(from, to, { reverse: true, limit: 1 })) return messages as number;
  return 0;
}

export function unknownRoom(room: string): Refusal {
  return refused('UnknownRoom', `there is no room ${room} that you may enter`);
}

function notAMember(room: string): Refusal {
  return refused('NotAMember', `you are not in the room ${room}: join it first`);
}
