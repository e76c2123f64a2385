/** Messages in rooms: sending, changing and taking back one's own, reading, and what is unread. */
import { prefixEnd, type Store, type StoreReader } from '../../vm/index.ts';
import type { ChatResult, CommandOf } from './commands.ts';
import { memberKey, postKey, record, saidKey, sequenceOf } from './keys.ts';
import { MESSAGES_PAGE } from './limits.ts';
import { pay } from './rate.ts';
import { isDeleted, isRefusal, unknownMessage } from './refusals.ts';
import { append, type Inside, insideOf, saidBy } from './room-log.ts';
import { searchBack } from './search.ts';
import { isRoomMessage, type RoomEntry, type RoomMessage } from './views.ts';

/** Whoever writes has read what stands there. */
export function sendToRoom(command: CommandOf<'room.send'>, store: Store): ChatResult {
  const { login, room, text, key, at } = command;
  const inside = insideOf(store, login, room);
  if (isRefusal(inside)) return inside;
  const { name, member } = inside;
  const refusal = pay(store, name, at);
  if (refusal) return refusal;
  const entry = append(store, room, { from: name, text, key, sentAt: at });
  const seen = inside.room.messages + 1;
  store.put(memberKey(room, name), { ...member, read: entry.sequence, seen });
  return { type: 'room.changed', name, room, entries: [withoutText(entry)], affected: [] };
}

export function editInRoom(command: CommandOf<'room.edit'>, store: Store): ChatResult {
  const { login, room, sequence, text, at } = command;
  const inside = insideOf(store, login, room);
  if (isRefusal(inside)) return inside;
  const message = ownMessage(store, inside, room, sequence);
  if (!message) return unknownMessage();
  const { name } = inside;
  const refusal = pay(store, name, at);
  if (refusal) return refusal;
  store.put(postKey(room, sequence), { ...message, text, editedAt: at });
  const entry = append(store, room, { change: 'edit', by: name, of: sequence, text, at });
  return { type: 'room.changed', name, room, entries: [withoutText(entry)], affected: [] };
}

/** Deletes all of them or none. */
export function deleteInRoom(command: CommandOf<'room.delete'>, store: Store): ChatResult {
  const { login, room, sequences, at } = command;
  const inside = insideOf(store, login, room);
  if (isRefusal(inside)) return inside;
  const messages = sequences.map((sequence) => ownMessage(store, inside, room, sequence));
  if (messages.includes(undefined)) return unknownMessage();
  const { name } = inside;
  const refusal = pay(store, name, at, sequences.length);
  if (refusal) return refusal;
  const entries = sequences.map((sequence, i) => {
    store.put(postKey(room, sequence), { ...messages[i]!, text: '', deletedAt: at });
    return append(store, room, { change: 'delete', by: name, of: sequence, at });
  });
  return { type: 'room.changed', name, room, entries, affected: [] };
}

/** A member's own message that still stands there. */
function ownMessage(store: StoreReader, { name }: Inside, room: string, sequence: number) {
  const entry = record<RoomEntry>(store, postKey(room, sequence));
  const isOwn = entry && isRoomMessage(entry) && entry.from === name && entry.deletedAt === undefined;
  return isOwn ? entry : undefined;
}

/** Results are kept for retries, and whoever sent the text has it. */
function withoutText(entry: RoomEntry): RoomEntry {
  return { ...entry, text: '' };
}

export function readRoom({ login, room, upTo }: CommandOf<'room.read'>, store: Store): ChatResult {
  const inside = insideOf(store, login, room);
  if (isRefusal(inside)) return inside;
  const { name, member } = inside;
  const { head, messages } = inside.room;
  // The read mark never goes backwards, and not past the end.
  const read = Math.max(member.read, Math.min(upTo, head));
  const seen = Math.max(member.seen, saidBy(store, room, read));
  store.put(memberKey(room, name), { ...member, read, seen });
  return { type: 'room.read', name, room, read, unread: messages - seen };
}

/** What follows a place in a room's log. */
export function roomPage(store: StoreReader, room: string, after: number): RoomEntry[] {
  const [from, to] = [postKey(room, after + 1), prefixEnd(`post/${room}/`)];
  return Array.from(store.range(from, to, { limit: MESSAGES_PAGE }), ([, entry]) => asEntry(entry));
}

/** The last page of a room's messages before a place, oldest first. */
export function roomHistory(store: StoreReader, room: string, before: number | undefined) {
  const to = before === undefined ? prefixEnd(`said/${room}/`) : saidKey(room, before);
  const places = Array.from(
    store.range(saidKey(room, 0), to, { reverse: true, limit: MESSAGES_PAGE + 1 }),
    ([key]) => sequenceOf(key),
  );
  const page = places.slice(0, MESSAGES_PAGE).reverse();
  const messages = page.map((sequence) => asEntry(store.get(postKey(room, sequence)))).filter(isRoomMessage);
  const senders = [...new Set(messages.map(({ from }) => from))];
  const deletedAccounts = senders.filter((name) => isDeleted(store, name));
  return { messages, more: places.length > MESSAGES_PAGE, deletedAccounts };
}

/** The last message of a room; null if it has none. */
export function lastMessage(store: StoreReader, room: string): RoomMessage | null {
  for (const [key] of store.range(saidKey(room, 0), prefixEnd(`said/${room}/`), { reverse: true, limit: 1 }))
    return asEntry(store.get(postKey(room, sequenceOf(key)))) as RoomMessage;
  return null;
}

/** The messages of a room that hold `text`, latest first. */
export function searchRoom(store: StoreReader, room: string, text: string, before: number | undefined) {
  const end = before === undefined ? prefixEnd(`post/${room}/`) : postKey(room, before);
  return searchBack(store, [postKey(room, 0), end], text, (value) => {
    const entry = asEntry(value);
    return isRoomMessage(entry) ? entry : undefined;
  });
}

const asEntry = (value: unknown): RoomEntry => value as RoomEntry;
