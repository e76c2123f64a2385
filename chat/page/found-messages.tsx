/** Searching in one's own messages. */
import { useSignal, useSignalEffect } from '@preact/signals';
import { SEARCH_MAX } from '../state/limits.ts';
import type { Message } from '../state/views.ts';
import { type ChatModel, explain } from './model.ts';
import { REST_MS } from './people.tsx';
import { Avatar, shortTime } from './theme.tsx';

/** Fewer characters find nearly everything. */
const SHORTEST = 2;

interface Found {
  readonly text: string;
  readonly messages: readonly Message[];
  readonly next: number | null;
}

interface FoundMessagesProps {
  readonly model: ChatModel;
  readonly search: string;
  readonly onOpen: (other: string) => void;
}

export function FoundMessages({ model, search, onOpen }: FoundMessagesProps) {
  const asked = useSignal(search);
  asked.value = search.trim().slice(0, SEARCH_MAX);
  const found = useSignal<Found | undefined>(undefined);
  const error = useSignal<string | undefined>(undefined);

  const look = async (text: string, before?: Found) => {
    try {
      const { messages, next } = await model.client.search(text, before?.next ?? undefined);
      if (asked.peek() !== text) return;
      found.value = { text, messages: [...(before?.messages ?? []), ...messages], next };
      error.value = undefined;
    } catch (problem) {
      if (asked.peek() === text) error.value = explain(problem);
    }
  };
  useSignalEffect(() => {
    const text = asked.value;
    if (text.length < SHORTEST) return;
    const timer = setTimeout(() => void look(text), REST_MS);
    return () => clearTimeout(timer);
  });

  const shown = found.value;
  if (asked.value.length < SHORTEST) return null;
  const self = model.login.value?.name;
  return (
    <section aria-label="Messages">
      <h2>Your messages</h2>
      {error.value && <p class="error">{error.value}</p>}
      <ul data-testid="found-messages">
        {shown?.messages.map(({ sequence, from, to, text, sentAt }) => {
          const other = from === self ? to : from;
          return (
            <li key={sequence}>
              <button type="button" class="item" onClick={() => onOpen(other)}>
                <Avatar name={other} />
                <span class="item-text">
                  <span class="item-head">
                    <span class="item-name">{other}</span>
                    <time class="item-time">{shortTime(sentAt)}</time>
                  </span>
                  <span class="item-preview">{text}</span>
                </span>
              </button>
            </li>
          );
        })}
      </ul>
      {shown && shown.messages.length === 0 && shown.next === null && (
        <p class="empty">No message says that.</p>
      )}
      {shown && shown.next !== null && (
        <button type="button" class="quiet wide" onClick={() => void look(shown.text, shown)}>
          Earlier messages
        </button>
      )}
    </section>
  );
}
