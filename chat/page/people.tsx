/** Finding people and rooms by their names. */
import { useSignal, useSignalEffect } from '@preact/signals';
import { canonicalName, isPattern } from '../state/names.ts';
import type { Profile, RoomSummary } from '../state/views.ts';
import { type ChatModel, explain } from './model.ts';
import { Avatar } from './theme.tsx';
import { roomId } from './thread.ts';

/** How long after the last key press the search starts, in milliseconds. */
export const REST_MS = 200;
/** How often the people shown are looked up again, in milliseconds. */
const LOOK_AGAIN_MS = 3_000;

interface Found {
  readonly pattern: string;
  readonly people: readonly Profile[];
  readonly rooms: readonly RoomSummary[];
  readonly next: string | null;
  /** Whether more than the first page is shown. */
  readonly isLong: boolean;
}

interface PeopleProps {
  readonly model: ChatModel;
  readonly search: string;
  /** Called with what opens what was chosen. */
  readonly onOpen: (open: () => void) => void;
}

export function People({ model, search, onOpen }: PeopleProps) {
  const pattern = patternOf(search);
  const asked = useSignal(pattern);
  asked.value = pattern;
  const found = useSignal<Found | undefined>(undefined);
  const error = useSignal<string | undefined>(undefined);

  const look = async (wanted: string, before?: Found) => {
    try {
      const { people, next } = await model.client.accounts(wanted, before?.next ?? undefined);
      const { rooms } = before ?? (await model.client.rooms.list(wanted));
      if (asked.peek() !== wanted) return;
      const shown = [...(before?.people ?? []), ...people];
      found.value = { pattern: wanted, people: shown, rooms, next, isLong: before !== undefined };
      error.value = undefined;
    } catch (problem) {
      if (asked.peek() === wanted) error.value = explain(problem);
    }
  };
  useSignalEffect(() => {
    const wanted = asked.value;
    if (wanted === undefined) return;
    const timer = setTimeout(() => void look(wanted), REST_MS);
    // New people appear in a short list. A list that the user has scrolled is not changed.
    const again = setInterval(() => {
      if (!document.hidden && found.peek()?.isLong !== true) void look(wanted);
    }, LOOK_AGAIN_MS);
    return () => {
      clearTimeout(timer);
      clearInterval(again);
    };
  });

  const self = model.login.value?.name;
  const shown = found.value;
  if (pattern === undefined) return null;
  return (
    <section aria-label="People and rooms">
      {shown && shown.rooms.length > 0 && (
        <>
          <h2>Rooms</h2>
          <ul data-testid="rooms">
            {shown.rooms.map((room) => (
              <RoomItem key={room.room} room={room} model={model} onOpen={onOpen} />
            ))}
          </ul>
        </>
      )}
      <h2>People</h2>
      {error.value && <p class="error">{error.value}</p>}
      {shown && (
        <>
          <ul data-testid="people">
            {shown.people.map(({ name, display }) => (
              <li key={name}>
                <button
                  type="button"
                  class="item"
                  data-testid={`person-${name}`}
                  onClick={() => onOpen(() => void model.open(name))}
                >
                  <Avatar name={name} />
                  <span class="item-name" title={name}>
                    {name === self ? `${name} (you)` : name}
                  </span>
                  {display !== '' && <span class="item-preview">{display}</span>}
                </button>
              </li>
            ))}
          </ul>
          {shown.people.length === 0 && shown.next === null && <p class="empty">Nobody by that name.</p>}
          {shown.next !== null && (
            <button type="button" class="quiet wide" onClick={() => void look(shown.pattern, shown)}>
              More people
            </button>
          )}
        </>
      )}
    </section>
  );
}

function RoomItem({
  room: found,
  model,
  onOpen,
}: { room: RoomSummary } & Pick<PeopleProps, 'model' | 'onOpen'>) {
  const { room, topic, members, isMember } = found;
  const id = roomId(room);
  return (
    <li>
      <button
        type="button"
        class="item"
        data-testid={`room-${room}`}
        onClick={() => onOpen(() => void (isMember ? model.open(id) : model.rooms.join(room)))}
      >
        <Avatar name={id} />
        <span class="item-text">
          <span class="item-head">
            <span class="item-name">{id}</span>
            <span class="item-time">
              {members} {members === 1 ? 'member' : 'members'}
              {!isMember && ' · join'}
            </span>
          </span>
          <span class="item-preview">{topic}</span>
        </span>
      </button>
    </li>
  );
}

/**
 * The typed text as a pattern: without wildcards it matches anywhere in a name. Undefined if no
 * name can match.
 */
function patternOf(search: string): string | undefined {
  const typed = canonicalName(search.trim()).replace(/^#/, '');
  if (!isPattern(typed)) return undefined;
  return /[*?]/.test(typed) ? typed : `*${typed}*`.replace('**', '*');
}
