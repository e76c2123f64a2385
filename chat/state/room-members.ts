/**
 * Who is in a room: joining, leaving, inviting and removing. Anybody may join an open room, and
 * whoever was invited a private one. When the owner goes, the member who came first owns the room;
 * one that everybody has left keeps its name and its log, and the next to come in owns it.
 */
import { prefixEnd, type Store, type StoreReader } from '../../vm/index.ts';
import { blockedBy } from './blocks.ts';
import type { ChatResult, CommandOf } from './commands.ts';
import {
  countOf,
  insideKey,
  invitationKey,
  lastPart,
  type Member,
  memberKey,
  pageOf,
  type Room,
  record,
  roomKey,
  type StoredInvitation,
  seatKey,
} from './keys.ts';
import { ACCOUNTS_PAGE, INVITATIONS_PER_ACCOUNT, MEMBERS_PER_ROOM, ROOMS_PER_ACCOUNT } from './limits.ts';
import { isRefusal, limitReached, notLoggedIn, profileOf, reachable, refused, userOf } from './refusals.ts';
import { append, insideOf, ownedBy, unknownRoom } from './room-log.ts';
import type { Profile, RoomEntry } from './views.ts';

export function joinRoom({ login, room, at }: CommandOf<'room.join'>, store: Store): ChatResult {
  const name = userOf(store, login);
  if (name === undefined) return notLoggedIn();
  const found = record<Room>(store, roomKey(room));
  const isInvited = store.get(invitationKey(name, room)) !== undefined;
  const isMember = store.get(memberKey(room, name)) !== undefined;
  if (!found || (found.isPrivate && !isInvited && !isMember)) return unknownRoom(room);
  if (isMember) return { type: 'room.changed', name, room, entries: [], affected: [] };
  if (found.members >= MEMBERS_PER_ROOM) return limitReached(`the room has its ${MEMBERS_PER_ROOM} members`);
  if (hasAllRooms(store, name)) return limitReached(`nobody is in more than ${ROOMS_PER_ACCOUNT} rooms`);
  const entry = enter(store, name, room, at);
  return { type: 'room.changed', name, room, entries: [entry], affected: [name] };
}

/** Whether an account is in as many rooms as it may be. */
export function hasAllRooms(store: StoreReader, name: string): boolean {
  return countOf(store, insideKey(name, ''), ROOMS_PER_ACCOUNT) >= ROOMS_PER_ACCOUNT;
}

/** Makes `name` a member, who has read all that stands there, and the owner of an empty room. */
export function enter(store: Store, name: string, room: string, at: number): RoomEntry {
  const before = record<Room>(store, roomKey(room))!;
  const seat = before.seats + 1;
  const owner = before.members === 0 ? name : before.owner;
  const changes = { owner, seats: seat, members: before.members + 1 };
  const entry = append(store, room, { change: 'join', by: name, at }, changes);
  store.delete(invitationKey(name, room));
  store.put(insideKey(name, room), true);
  store.put(seatKey(room, seat), name);
  const member: Member = { seat, read: entry.sequence, seen: before.messages };
  store.put(memberKey(room, name), member);
  return entry;
}

export function leaveRoom({ login, room, at }: CommandOf<'room.leave'>, store: Store): ChatResult {
  const inside = insideOf(store, login, room);
  if (isRefusal(inside)) return inside;
  const { name } = inside;
  const entry = exit(store, name, room, { change: 'leave', by: name, at });
  return { type: 'room.changed', name, room, entries: [entry], affected: [name] };
}

export function removeMember(command: CommandOf<'room.remove'>, store: Store): ChatResult {
  const { login, room, name: other, at } = command;
  const inside = ownedBy(store, login, room);
  if (isRefusal(inside)) return inside;
  const { name } = inside;
  if (other === name) return refused('NotAllowed', 'the owner leaves a room, and is not removed');
  if (store.get(memberKey(room, other)) === undefined)
    return refused('NotAMember', `${other} is not in the room ${room}`);
  const entry = exit(store, other, room, { change: 'remove', by: name, name: other, at });
  return { type: 'room.changed', name, room, entries: [entry], affected: [other] };
}

/** Takes a deleted account out of all its rooms. */
export function leaveAllRooms(store: Store, name: string, at: number): RoomEntry[] {
  const rooms = Array.from(store.range(insideKey(name, ''), prefixEnd(insideKey(name, ''))), ([key]) =>
    lastPart(key),
  );
  const invitations = Array.from(
    store.range(invitationKey(name, ''), prefixEnd(invitationKey(name, ''))),
    ([key]) => key,
  );
  for (const key of invitations) store.delete(key);
  return rooms.map((room) => exit(store, name, room, { change: 'leave', by: name, at }));
}

type Exit =
  | { readonly change: 'leave'; readonly by: string; readonly at: number }
  | { readonly change: 'remove'; readonly by: string; readonly name: string; readonly at: number };

function exit(store: Store, name: string, room: string, entry: Exit): RoomEntry {
  const before = record<Room>(store, roomKey(room))!;
  const { seat } = record<Member>(store, memberKey(room, name))!;
  store.delete(memberKey(room, name));
  store.delete(insideKey(name, room));
  store.delete(seatKey(room, seat));
  const owner = before.owner === name ? (firstMember(store, room) ?? name) : before.owner;
  return append(store, room, entry, { owner, members: before.members - 1 });
}

/** Of the members the one who came first. */
function firstMember(store: StoreReader, room: string): string | undefined {
  const seats = `${seatKey(room, 0).slice(0, -16)}`;
  for (const [, name] of store.range(seats, prefixEnd(seats), { limit: 1 })) return name as string;
  return undefined;
}

export function inviteToRoom(command: CommandOf<'room.invite'>, store: Store): ChatResult {
  const { login, room, name: other, at } = command;
  const inside = insideOf(store, login, room);
  if (isRefusal(inside)) return inside;
  const invited = reachable(store, other);
  if (isRefusal(invited)) return invited;
  const { name } = inside;
  const done: ChatResult = { type: 'room.changed', name, room, entries: [], affected: [other] };
  const isKnown = [memberKey(room, other), invitationKey(other, room)].some(
    (key) => store.get(key) !== undefined,
  );
  if (isKnown) return done;
  const refusal = blockedBy(store, other, name);
  if (refusal) return refusal;
  const open = countOf(store, invitationKey(other, ''), INVITATIONS_PER_ACCOUNT);
  if (open >= INVITATIONS_PER_ACCOUNT) return limitReached(`${other} has too many invitations to answer`);
  store.put(invitationKey(other, room), { by: name, at } satisfies StoredInvitation);
  return done;
}

export function declineInvitation({ login, room }: CommandOf<'room.decline'>, store: Store): ChatResult {
  const name = userOf(store, login);
  if (name === undefined) return notLoggedIn();
  store.delete(invitationKey(name, room));
  return { type: 'room.changed', name, room, entries: [], affected: [name] };
}

/** One page of the members of a room, by name. */
export function listMembers(store: StoreReader, room: string, after: string | undefined) {
  const { items: members, next } = pageOf<Profile>(
    store,
    memberKey(room, ''),
    { after, most: ACCOUNTS_PAGE },
    (name) => profileOf(store, name),
  );
  return { members, next };
}
