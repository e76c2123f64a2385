/** The message input: Enter sends, Shift+Enter begins a new line. */
import { useSignal } from '@preact/signals';
import type { TargetedKeyboardEvent } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { TEXT_MAX } from '../state/limits.ts';

/** The number of characters left is shown below this many. */
const LITTLE_LEFT = 200;

export function Composer({ to, onSend }: { to: string; onSend: (text: string) => void }) {
  const text = useSignal('');
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => field.current?.focus(), []);

  const send = () => {
    if (text.value.trim() === '') return;
    onSend(text.value);
    text.value = '';
    if (field.current) field.current.style.height = '';
    field.current?.focus();
  };
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLTextAreaElement>) => {
    // While an input method composes a character, Enter belongs to it.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    send();
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
        aria-label={`Message to ${to}`}
        placeholder={`Message to ${to}`}
        data-testid="composer"
        value={text.value}
        onKeyDown={onKeyDown}
        onInput={(event) => {
          const area = event.currentTarget;
          text.value = area.value;
          area.style.height = 'auto';
          area.style.height = `${area.scrollHeight}px`;
        }}
      />
      {left <= LITTLE_LEFT && <span class="left">{left} left</span>}
      <button type="submit" class="primary" data-testid="send" disabled={text.value.trim() === ''}>
        Send
      </button>
    </form>
  );
}
