/** The rooms of the model. */
import type { ChatCommand } from '../../chat/state/commands.ts';
import { skeletonOf } from '../../chat/state/names.ts';
import type { ChatQuery } from '../../chat/state/query-shapes.ts';
import type { Profile, RoomEntry, RoomMessage } from '../../chat/state/views.ts';

const refused = (code: string) => ({ type: 'refused', code });

interface ModelRoom {
  room: string;
  owner: string;
  topic: string;
  isPrivate: boolean;
  log: RoomEntry[];
  /** Who is in, in the order in which they came. */
  members: string[];
  read: Map<string, number>;
  invited: Map<string, { by: string; at: number }>;
}

/** What rooms need to know of accounts. */
export interface ModelAccounts {
  state(name: string): 'active' | 'disabled' | 'deleted' | undefined;
  blocks(name: string, other: string): boolean;
  profile(name: string): Profile;
}

type RoomCommand = Extract<ChatCommand, { type: `room.${string}` }>;

export class ModelRooms {
  readonly #accounts: ModelAccounts;
  #rooms: ModelRoom[] = [];

  constructor(accounts: ModelAccounts) {
    this.#accounts = accounts;
  }

  apply(name: string, command: RoomCommand): unknown {
    const { room } = command;
    const found = this.#rooms.find((other) => other.room === room);
    const done = (entries: RoomEntry[], ...affected: string[]) => ({
      ...{ type: 'room.changed', name, room, entries, affected },
    });
    switch (command.type) {
      case 'room.create': {
        if (this.#rooms.some((other) => skeletonOf(other.room) === skeletonOf(room)))
          return refused('NameTaken');
        const { topic, isPrivate, at } = command;
        const empty = { log: [], members: [], read: new Map(), invited: new Map() };
        this.#rooms.push({ room, owner: name, topic, isPrivate, ...empty });
        return done([this.#enter(this.#rooms.at(-1)!, name, at)], name);
      }
      case 'room.join': {
        const isKnown = found?.members.includes(name) || found?.invited.has(name);
        if (!found || (found.isPrivate && !isKnown)) return refused('UnknownRoom');
        if (found.members.includes(name)) return done([]);
        return done([this.#enter(found, name, command.at)], name);
      }
      case 'room.decline':
        found?.invited.delete(name);
        return done([], name);
    }
    if (!found?.members.includes(name))
      return refused(found && !found.isPrivate ? 'NotAMember' : 'UnknownRoom');
    return this.#inside(name, found, command, done);
  }

  #inside(
    name: string,
    found: ModelRoom,
    command: Exclude<RoomCommand, { type: 'room.create' | 'room.join' | 'room.decline' }>,
    done: (entries: RoomEntry[], ...affected: string[]) => unknown,
  ): unknown {
    const own = found.log.filter(
      (entry): entry is RoomMessage =>
        !('change' in entry) && entry.from === name && entry.deletedAt === undefined,
    );
    const isOwner = found.owner === name;
    switch (command.type) {
      case 'room.leave':
        return done([this.#exit(found, name, { change: 'leave', by: name, at: command.at })], name);
      case 'room.remove': {
        const { name: other, at } = command;
        if (!isOwner || other === name) return refused('NotAllowed');
        if (!found.members.includes(other)) return refused('NotAMember');
        return done([this.#exit(found, other, { change: 'remove', by: name, name: other, at })], other);
      }
      case 'room.invite': {
        const { name: other, at } = command;
        const state = this.#accounts.state(other);
        if (state === undefined) return refused('UnknownAccount');
        if (state === 'deleted') return refused('DeletedAccount');
        if (found.members.includes(other) || found.invited.has(other)) return done([], other);
        if (this.#accounts.blocks(other, name)) return refused('Blocked');
        found.invited.set(other, { by: name, at });
        return done([], other);
      }
      case 'room.topic':
        if (!isOwner) return refused('NotAllowed');
        found.topic = command.topic;
        return done([add(found, { change: 'topic', by: name, text: command.topic, at: command.at })]);
      case 'room.owner':
        if (!isOwner) return refused('NotAllowed');
        if (!found.members.includes(command.name)) return refused('NotAMember');
        found.owner = command.name;
        return done([add(found, { change: 'owner', by: name, name: command.name, at: command.at })]);
      case 'room.send': {
        const entry = add(found, { from: name, text: command.text, key: command.key, sentAt: command.at });
        found.read.set(name, entry.sequence);
        return done([{ ...entry, text: '' }]);
      }
      case 'room.edit': {
        const message = own.find(({ sequence }) => sequence === command.sequence);
        if (!message) return refused('UnknownMessage');
        const { sequence: of, text, at } = command;
        found.log[of - 1] = { ...message, text, editedAt: at };
        return done([{ ...add(found, { change: 'edit', by: name, of, text, at }), text: '' }]);
      }
      case 'room.delete': {
        const { sequences, at } = command;
        if (!sequences.every((place) => own.some(({ sequence }) => sequence === place)))
          return refused('UnknownMessage');
        const entries = sequences.map((of) => {
          found.log[of - 1] = { ...(found.log[of - 1] as RoomMessage), text: '', deletedAt: at };
          return add(found, { change: 'delete', by: name, of, at });
        });
        return done(entries);
      }
      case 'room.read': {
        const read = Math.max(found.read.get(name)!, Math.min(command.upTo, found.log.length));
        found.read.set(name, read);
        return { type: 'room.read', name, room: found.room, read, unread: unread(found, name) };
      }
    }
  }

  query(name: string, query: ChatQuery): unknown {
    const { type } = query;
    const summary = ({ room, topic, isPrivate, members }: ModelRoom) => ({
      ...{ room, topic, isPrivate, members: members.length, isMember: members.includes(name) },
    });
    if (type === 'room.list') {
      const seen = this.#rooms.filter((room) => !room.isPrivate || room.members.includes(name));
      const rooms = seen.filter(({ room }) => matches(query.pattern, room)).map(summary);
      return { type, rooms: after(rooms, query.after, ({ room }) => room), next: null };
    }
    if (type === 'room.mine') {
      const own = this.#rooms.filter(({ members }) => members.includes(name));
      const rooms = own.map((room) => ({
        ...{ ...summary(room), owner: room.owner, head: room.log.length, last: said(room).at(-1) ?? null },
        ...{ read: room.read.get(name), unread: unread(room, name) },
      }));
      const invitations = this.#rooms.flatMap(({ room, invited }) =>
        invited.has(name) ? [{ room, ...invited.get(name) }] : [],
      );
      const byRoom = ({ room }: { room: string }) => room;
      return {
        type,
        rooms: after(rooms, undefined, byRoom),
        invitations: after(invitations, undefined, byRoom),
      };
    }
    if (!('room' in query)) throw new Error(`the model does not know ${type}`);
    const found = this.#rooms.find(({ room }) => room === query.room);
    if (!found?.members.includes(name))
      return refused(found && !found.isPrivate ? 'NotAMember' : 'UnknownRoom');
    switch (query.type) {
      case 'room.members': {
        const members = found.members.map((member) => this.#accounts.profile(member));
        return { type, members: after(members, query.after, (member) => member.name), next: null };
      }
      case 'room.page':
        return { type, entries: found.log.filter(({ sequence }) => sequence > query.after) };
      case 'room.history': {
        const messages = said(found).filter(({ sequence }) => sequence < (query.before ?? Infinity));
        const deleted = [...new Set(messages.map(({ from }) => from))].filter(
          (from) => this.#accounts.state(from) === 'deleted',
        );
        return { type, messages, more: false, deletedAccounts: deleted };
      }
      case 'room.search': {
        const messages = said(found).filter(
          ({ sequence, text, deletedAt }) =>
            sequence < (query.before ?? Infinity) && deletedAt === undefined && text.includes(query.text),
        );
        return { type, messages: messages.reverse(), next: null };
      }
    }
  }

  /** In the order of the rooms' names. */
  leaveAll(name: string, at: number): RoomEntry[] {
    for (const { invited } of this.#rooms) invited.delete(name);
    const own = this.#rooms.filter(({ members }) => members.includes(name));
    return after(own, undefined, ({ room }) => room).map((room) =>
      this.#exit(room, name, { change: 'leave', by: name, at }),
    );
  }

  #enter(found: ModelRoom, name: string, at: number): RoomEntry {
    if (found.members.length === 0) found.owner = name;
    found.members.push(name);
    found.invited.delete(name);
    const entry = add(found, { change: 'join', by: name, at });
    found.read.set(name, entry.sequence);
    return entry;
  }

  #exit(found: ModelRoom, name: string, entry: NewEntry): RoomEntry {
    found.members = found.members.filter((member) => member !== name);
    if (found.owner === name) found.owner = found.members[0] ?? name;
    return add(found, entry);
  }
}

type NewEntry = RoomEntry extends infer E
  ? E extends unknown
    ? Omit<E, 'sequence' | 'room'>
    : never
  : never;

function add(found: ModelRoom, entry: NewEntry): RoomEntry {
  const added = { sequence: found.log.length + 1, room: found.room, ...entry } as RoomEntry;
  found.log.push(added);
  return added;
}

const said = ({ log }: ModelRoom): RoomMessage[] =>
  log.filter((entry): entry is RoomMessage => !('change' in entry));

const unread = (found: ModelRoom, name: string): number =>
  said(found).filter(({ sequence }) => sequence > found.read.get(name)!).length;

/** Whether a name matches a pattern of `*` and `?`. */
export function matches(pattern: string, name: string): boolean {
  const source = pattern.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.');
  return new RegExp(`^${source}$`).test(name);
}

/** What comes after a name, in order. */
export function after<T>(items: readonly T[], name: string | undefined, nameOf: (item: T) => string): T[] {
  return items.filter((item) => nameOf(item) > (name ?? '')).sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}
