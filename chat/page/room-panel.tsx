/** Who is in a room, inviting others, and leaving it. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Profile } from '../state/views.ts';
import type { ChatModel } from './model.ts';
import { Avatar } from './theme.tsx';
import type { Thread } from './thread.ts';

export function RoomPanel({ model, thread }: { model: ChatModel; thread: Thread }) {
  const members = useSignal<readonly Profile[]>([]);
  const invited = useSignal('');
  const { with: id, room } = thread;
  const count = room?.members;
  useEffect(() => {
    let isShown = true;
    void model.rooms.members(id).then((found) => {
      if (isShown) members.value = found;
    });
    return () => {
      isShown = false;
    };
  }, [id, count]);

  return (
    <section class="panel" aria-label={`Members of ${id}`}>
      <ul data-testid="member-list">
        {members.value.map(({ name, display }) => (
          <li key={name}>
            <Avatar name={name} />
            <span class="item-name">{name}</span>
            {display !== '' && <span class="item-preview">{display}</span>}
            {name === room?.owner && <span class="member">owner</span>}
          </li>
        ))}
        {count !== undefined && count > members.value.length && members.value.length > 0 && (
          <li class="item-preview">and {count - members.value.length} more</li>
        )}
      </ul>
      <form
        class="row"
        onSubmit={async (event) => {
          event.preventDefault();
          if (await model.rooms.invite(id, invited.value.trim())) invited.value = '';
        }}
      >
        <input
          aria-label="Invite somebody by name"
          placeholder="Invite by name"
          data-testid="invite-name"
          maxlength={32}
          autocapitalize="none"
          spellcheck={false}
          value={invited.value}
          onInput={(event) => {
            invited.value = event.currentTarget.value;
          }}
        />
        <button type="submit" data-testid="invite" disabled={invited.value.trim() === ''}>
          Invite
        </button>
        <button
          type="button"
          class="quiet"
          data-testid="leave-room"
          onClick={() => void model.rooms.leave(id)}
        >
          Leave
        </button>
      </form>
    </section>
  );
}
