/**
 * The message input: Enter sends, Shift+Enter begins a new line. What was typed and not sent is
 * kept. The arrow up in an empty input changes one's own last message.
 */
import { useSignal, useSignalEffect } from '@preact/signals';
import type { TargetedKeyboardEvent } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { TEXT_MAX } from '../state/limits.ts';
import type { ChatModel } from './model.ts';

/** The number of characters left is shown below this many. */
const LITTLE_LEFT = 200;

export function Composer({ to, model }: { to: string; model: ChatModel }) {
  const text = useSignal(model.drafts.of(to));
  const field = useRef<HTMLTextAreaElement>(null);
  const editing = model.editing.value;
  useEffect(() => field.current?.focus(), []);
  useSignalEffect(() => {
    const line = model.editing.value;
    text.value = line?.text ?? model.drafts.of(to);
    if (line) field.current?.focus();
  });
  useEffect(() => {
    const area = field.current!;
    area.style.height = 'auto';
    area.style.height = `${area.scrollHeight}px`;
  }, [text.value]);

  const send = () => {
    if (text.value.trim() === '') return;
    const line = model.editing.peek();
    if (line) void model.edit(to, line, text.value);
    else {
      void model.send(to, text.value);
      model.drafts.keep(to, '');
    }
    text.value = '';
    field.current?.focus();
  };
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLTextAreaElement>) => {
    // While an input method composes a character, the keys belong to it.
    if (event.isComposing) return;
    if (event.key === 'Enter' && !event.shiftKey) send();
    else if (event.key === 'Escape' && model.editing.peek()) model.editing.value = undefined;
    else if (event.key === 'ArrowUp' && text.value === '') model.editLast();
    else return;
    event.preventDefault();
  };
  const left = TEXT_MAX - text.value.length;
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <textarea
        ref={field}
        rows={1}
        maxlength={TEXT_MAX}
        aria-label={editing ? 'Your message, changed' : `Message to ${to}`}
        placeholder={`Message to ${to}`}
        data-testid="composer"
        value={text.value}
        onKeyDown={onKeyDown}
        onInput={(event) => {
          text.value = event.currentTarget.value;
          if (!editing) model.drafts.keep(to, text.value);
        }}
      />
      {left <= LITTLE_LEFT && <span class="left">{left} left</span>}
      {editing && (
        <button
          type="button"
          class="quiet"
          data-testid="cancel-edit"
          onClick={() => {
            model.editing.value = undefined;
          }}
        >
          Cancel
        </button>
      )}
      <button type="submit" class="primary" data-testid="send" disabled={text.value.trim() === ''}>
        {editing ? 'Save' : 'Send'}
      </button>
    </form>
  );
}
