/** Rooms: making and finding them, their topic and their owner. Who is in: `room-members.ts`. */
import { prefixEnd, type Store, type StoreReader } from '../../vm/index.ts';
import type { ChatResult, CommandOf } from './commands.ts';
import {
  insideKey,
  invitationKey,
  lastPart,
  type Member,
  memberKey,
  pageOf,
  type Room,
  record,
  roomKey,
  roomLookKey,
  type StoredInvitation,
} from './keys.ts';
import { ACCOUNTS_PAGE, ACCOUNTS_SCAN, ROOMS_PER_ACCOUNT } from './limits.ts';
import { skeletonOf } from './names.ts';
import type { QueryOf } from './query-shapes.ts';
import { isRefusal, limitReached, nameTaken, notLoggedIn, refused, userOf } from './refusals.ts';
import { append, ownedBy } from './room-log.ts';
import { enter, hasAllRooms } from './room-members.ts';
import { lastMessage } from './room-messages.ts';
import type { Invitation, MyRoom, RoomSummary } from './views.ts';
import { literalPrefix, matchesWildcard } from './wildcard.ts';

export function createRoom(command: CommandOf<'room.create'>, store: Store): ChatResult {
  const { login, room, topic, isPrivate, at } = command;
  const name = userOf(store, login);
  if (name === undefined) return notLoggedIn();
  const look = roomLookKey(skeletonOf(room));
  if (store.get(look) !== undefined) return nameTaken(room);
  if (hasAllRooms(store, name)) return limitReached(`nobody is in more than ${ROOMS_PER_ACCOUNT} rooms`);
  const created: Room = {
    ...{ owner: name, topic, isPrivate, createdAt: at },
    ...{ head: 0, messages: 0, members: 0, seats: 0 },
  };
  store.put(look, room);
  store.put(roomKey(room), created);
  const entry = enter(store, name, room, at);
  return { type: 'room.changed', name, room, entries: [entry], affected: [name] };
}

export function setTopic({ login, room, topic, at }: CommandOf<'room.topic'>, store: Store): ChatResult {
  const inside = ownedBy(store, login, room);
  if (isRefusal(inside)) return inside;
  const { name } = inside;
  const entry = append(store, room, { change: 'topic', by: name, text: topic, at }, { topic });
  return { type: 'room.changed', name, room, entries: [entry], affected: [] };
}

export function setOwner(command: CommandOf<'room.owner'>, store: Store): ChatResult {
  const { login, room, name: other, at } = command;
  const inside = ownedBy(store, login, room);
  if (isRefusal(inside)) return inside;
  const { name } = inside;
  if (store.get(memberKey(room, other)) === undefined)
    return refused('NotAMember', `${other} is not in the room ${room}`);
  const entry = append(store, room, { change: 'owner', by: name, name: other, at }, { owner: other });
  return { type: 'room.changed', name, room, entries: [entry], affected: [] };
}

/** One page of the rooms that match, in order: open ones, and those that `name` is in. */
export function listRooms(store: StoreReader, name: string, { pattern, after }: QueryOf<'room.list'>) {
  const from = roomKey(literalPrefix(pattern));
  const range = { after, most: ACCOUNTS_PAGE, scan: ACCOUNTS_SCAN, from, to: prefixEnd(from) };
  const { items: rooms, next } = pageOf<RoomSummary>(store, roomKey(''), range, (room, value) => {
    if (!matchesWildcard(pattern, room)) return undefined;
    const summary = summaryOf(store, name, room, value as Room);
    return summary.isPrivate && !summary.isMember ? undefined : summary;
  });
  return { rooms, next };
}

/** The rooms that `name` is in, and those that they are invited to. */
export function myRooms(store: StoreReader, name: string) {
  const rooms = Array.from(store.range(insideKey(name, ''), prefixEnd(insideKey(name, ''))), ([key]) =>
    myRoom(store, name, lastPart(key)),
  );
  const open = store.range(invitationKey(name, ''), prefixEnd(invitationKey(name, '')));
  const invitations = Array.from(
    open,
    ([key, value]): Invitation => ({ room: lastPart(key), ...(value as StoredInvitation) }),
  );
  return { rooms, invitations };
}

function myRoom(store: StoreReader, name: string, room: string): MyRoom {
  const found = record<Room>(store, roomKey(room))!;
  const { read, seen } = record<Member>(store, memberKey(room, name))!;
  return {
    ...summaryOf(store, name, room, found),
    ...{ owner: found.owner, head: found.head, last: lastMessage(store, room) },
    ...{ read, unread: found.messages - seen },
  };
}

function summaryOf(store: StoreReader, name: string, room: string, found: Room): RoomSummary {
  const { topic, isPrivate, members } = found;
  return { room, topic, isPrivate, members, isMember: store.get(memberKey(room, name)) !== undefined };
}
