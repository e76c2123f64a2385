/** Requests about rooms. Who may do what is decided by the state machine. */
import type { SessionTag } from '../../replication/index.ts';
import type { ChatCommand } from '../state/commands.ts';
import type { RequestName, RequestOf } from '../wire.ts';
import { type Backend, type Caller, type HandlersOf, userOf } from './handlers.ts';

type RoomRequest = Extract<RequestName, `room.${string}`>;
/** What makes an entry in the log of a room, or changes who is in it. */
type RoomChange = Exclude<RoomRequest, 'room.list' | 'room.mine' | 'room.members' | RoomRead>;
type RoomRead = 'room.history' | 'room.page' | 'room.search' | 'room.read';

/** The handlers of these requests. */
export function roomHandlers(backend: Backend): HandlersOf<RoomRequest> {
  const changeAt = async (type: RoomChange, { tag, ...request }: Tagged, caller: Caller, at: number) => {
    const { login } = userOf(caller);
    // The request has what the command of its name has, but for who says so and when.
    const command = { type, login, at, ...request } as unknown as ChatCommand;
    const { room, entries } = await backend.submit('room.changed', command, tag);
    return { room, sequence: entries.at(-1)?.sequence ?? 0 };
  };
  const change =
    <K extends RoomChange>(type: K) =>
    (request: RequestOf<K>, caller: Caller) =>
      changeAt(type, request, caller, Date.now());

  return {
    'room.create': change('room.create'),
    'room.join': change('room.join'),
    'room.leave': change('room.leave'),
    'room.invite': change('room.invite'),
    'room.decline': change('room.decline'),
    'room.remove': change('room.remove'),
    'room.topic': change('room.topic'),
    'room.owner': change('room.owner'),
    'room.edit': change('room.edit'),
    'room.delete': change('room.delete'),

    'room.send': async ({ room, text, key, tag }, caller) => {
      const { login } = userOf(caller);
      const command = { type: 'room.send', login, room, text, key, at: Date.now() } as const;
      const { entries } = await backend.submit('room.changed', command, tag);
      const [entry] = entries;
      return { room, sequence: entry!.sequence, sentAt: 'sentAt' in entry! ? entry.sentAt : command.at };
    },

    'room.read': async ({ room, upTo, tag }, caller) => {
      const { login } = userOf(caller);
      const { read, unread } = await backend.submit(
        'room.read',
        { type: 'room.read', login, room, upTo },
        tag,
      );
      return { room, read, unread };
    },

    'room.list': (asked, caller) => backend.page(caller, { type: 'room.list', ...asked }),
    'room.mine': (_, caller) => backend.page(caller, { type: 'room.mine' }),
    'room.members': (asked, caller) => backend.page(caller, { type: 'room.members', ...asked }),
    'room.history': (asked, caller) => backend.page(caller, { type: 'room.history', ...asked }),
    'room.page': (asked, caller) => backend.page(caller, { type: 'room.page', ...asked }),
    'room.search': (asked, caller) => backend.page(caller, { type: 'room.search', ...asked }),
  };
}

interface Tagged {
  readonly tag: SessionTag;
}
