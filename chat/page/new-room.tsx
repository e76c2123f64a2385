/** The form that makes a room. */
import { useSignal } from '@preact/signals';
import { TOPIC_MAX } from '../state/limits.ts';
import { NAME_MAX } from '../state/names.ts';
import type { ChatModel } from './model.ts';

export function NewRoom({ model }: { model: ChatModel }) {
  const isOpen = useSignal(false);
  const name = useSignal('');
  const topic = useSignal('');
  const isPrivate = useSignal(false);

  const create = async () => {
    if (!(await model.rooms.create(name.value.trim().replace(/^#/, ''), topic.value.trim(), isPrivate.value)))
      return;
    name.value = '';
    topic.value = '';
    isOpen.value = false;
  };

  if (!isOpen.value) {
    return (
      <button
        type="button"
        class="quiet wide"
        data-testid="new-room"
        onClick={() => {
          isOpen.value = true;
        }}
      >
        New room
      </button>
    );
  }
  return (
    <form
      class="panel"
      aria-label="New room"
      onSubmit={(event) => {
        event.preventDefault();
        void create();
      }}
    >
      <input
        aria-label="Name of the room"
        placeholder="Name of the room"
        data-testid="room-name"
        maxlength={NAME_MAX}
        autocapitalize="none"
        spellcheck={false}
        autofocus
        required
        value={name.value}
        onInput={(event) => {
          name.value = event.currentTarget.value;
        }}
      />
      <input
        aria-label="What it is about"
        placeholder="What it is about"
        data-testid="room-topic"
        maxlength={TOPIC_MAX}
        value={topic.value}
        onInput={(event) => {
          topic.value = event.currentTarget.value;
        }}
      />
      <label class="check">
        <input
          type="checkbox"
          data-testid="room-private"
          checked={isPrivate.value}
          onChange={(event) => {
            isPrivate.value = event.currentTarget.checked;
          }}
        />
        By invitation only
      </label>
      <div class="row">
        <button type="submit" class="primary" data-testid="create-room">
          Create
        </button>
        <button
          type="button"
          class="quiet"
          onClick={() => {
            isOpen.value = false;
          }}
        >
          Cancel
        </button>
      </div>
    </form>
  );
}
