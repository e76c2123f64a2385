/** What can be done by keys, and the list of it. */
import { useEffect, useRef } from 'preact/hooks';
import type { ChatModel } from './model.ts';

const KEYS: readonly (readonly [keys: string, what: string])[] = [
  ['Ctrl K', 'find people, rooms and messages'],
  ['Alt ↑ and Alt ↓', 'the conversation before, or after'],
  ['Enter', 'send; with Shift a new line'],
  ['↑ in an empty input', 'change your last message'],
  ['Esc', 'end changing or searching'],
  ['Ctrl /', 'this list'],
];

export function Keys({ model }: { model: ChatModel }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const isCommand = event.ctrlKey || event.metaKey;
      if (isCommand && event.key === 'k') document.querySelector<HTMLInputElement>('.search')?.focus();
      else if (isCommand && event.key === '/') dialog.current?.showModal();
      else if (event.altKey && event.key === 'ArrowUp') model.step(-1);
      else if (event.altKey && event.key === 'ArrowDown') model.step(1);
      else return;
      event.preventDefault();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
  return (
    <>
      <button type="button" class="quiet" data-testid="keys" onClick={() => dialog.current?.showModal()}>
        Keys
      </button>
      <dialog ref={dialog} aria-label="Keys">
        <dl class="keys">
          {KEYS.map(([keys, what]) => (
            <div key={keys}>
              <dt>
                <kbd>{keys}</kbd>
              </dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
        <form method="dialog">
          <button type="submit">Close</button>
        </form>
      </dialog>
    </>
  );
}
