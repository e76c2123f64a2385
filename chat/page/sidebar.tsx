/** The user, their conversations, and finding people. */
import { useSignal, useSignalEffect } from '@preact/signals';
import { PATTERN_RULE } from '../state/limits.ts';
import { type ChatModel, explain } from './model.ts';
import { Avatar, shortTime } from './theme.tsx';
import type { Thread } from './thread.ts';

/** How long after the last key press the search starts, in milliseconds. */
const REST_MS = 200;
/** How often the people shown are looked up again, in milliseconds. */
const LOOK_AGAIN_MS = 3_000;

export function Sidebar({ model }: { model: ChatModel }) {
  const search = useSignal('');
  const conversations = model.conversations.value;
  const searching = search.value.trim() !== '';
  return (
    <nav class="sidebar" aria-label="People and conversations">
      <div class="me">
        <Avatar name={model.login.value?.name ?? ''} />
        <span class="me-name" data-testid="me">
          {model.login.value?.name}
        </span>
        <button type="button" class="quiet" data-testid="log-out" onClick={() => void model.logOut()}>
          Log out
        </button>
      </div>
      <input
        class="search"
        type="search"
        placeholder="Find people: bob, b*, ?ob"
        aria-label="Find people by name; * stands for any characters, ? for one"
        data-testid="search"
        maxlength={30}
        autocapitalize="none"
        spellcheck={false}
        value={search.value}
        onInput={(event) => {
          search.value = event.currentTarget.value;
        }}
        onKeyDown={(event) => {
          if (event.key === 'Escape') search.value = '';
        }}
      />
      <div class="lists">
        {!searching && conversations.length > 0 && (
          <section aria-label="Conversations">
            <ul>
              {conversations.map((thread) => (
                <ConversationItem key={thread.with} model={model} thread={thread} />
              ))}
            </ul>
            {model.olderThreads.value !== undefined && (
              <button type="button" class="quiet wide" onClick={() => void model.loadOlderThreads()}>
                Older conversations
              </button>
            )}
          </section>
        )}
        {(searching || conversations.length === 0) && (
          <People
            model={model}
            search={search.value}
            onOpen={(name) => {
              search.value = '';
              void model.open(name);
            }}
          />
        )}
      </div>
    </nav>
  );
}

function ConversationItem({ model, thread }: { model: ChatModel; thread: Thread }) {
  const { with: other, last, unread, outgoing } = thread;
  const preview = outgoing.at(-1)?.text ?? last?.text ?? '';
  const mine = outgoing.length > 0 || last?.from === model.login.value?.name;
  return (
    <li>
      <button
        type="button"
        class="item"
        data-testid={`conversation-${other}`}
        aria-current={model.current.value === other ? 'true' : undefined}
        onClick={() => void model.open(other)}
      >
        <Avatar name={other} />
        <span class="item-text">
          <span class="item-head">
            <span class="item-name" title={other}>
              {other}
            </span>
            {last && <time class="item-time">{shortTime(last.sentAt)}</time>}
          </span>
          <span class="item-head">
            <span class="item-preview">
              {mine && <span class="item-you">You: </span>}
              {preview}
            </span>
            {unread > 0 && (
              <span class="badge" data-testid={`unread-${other}`}>
                {unread}
                <span class="for-readers"> unread</span>
              </span>
            )}
          </span>
        </span>
      </button>
    </li>
  );
}

interface Found {
  readonly pattern: string;
  readonly names: readonly string[];
  readonly next: string | null;
  /** Whether more than the first page is shown. */
  readonly isLong: boolean;
}

interface PeopleProps {
  readonly model: ChatModel;
  readonly search: string;
  readonly onOpen: (name: string) => void;
}

function People({ model, search, onOpen }: PeopleProps) {
  const pattern = patternOf(search);
  const asked = useSignal(pattern);
  asked.value = pattern;
  const found = useSignal<Found | undefined>(undefined);
  const error = useSignal<string | undefined>(undefined);

  const look = async (wanted: string, before?: Found) => {
    try {
      const { names, next } = await model.client.accounts(wanted, before?.next ?? undefined);
      if (asked.peek() !== wanted) return;
      const shown = [...(before?.names ?? []), ...names];
      found.value = { pattern: wanted, names: shown, next, isLong: before !== undefined };
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
  return (
    <section aria-label="People">
      <h2>People</h2>
      {pattern === undefined && <p class="empty">Names have only a-z, 0-9, _ . - and here also * and ?</p>}
      {error.value && <p class="error">{error.value}</p>}
      {pattern !== undefined && shown && (
        <>
          <ul data-testid="people">
            {shown.names.map((name) => (
              <li key={name}>
                <button
                  type="button"
                  class="item"
                  data-testid={`person-${name}`}
                  onClick={() => onOpen(name)}
                >
                  <Avatar name={name} />
                  <span class="item-name" title={name}>
                    {name === self ? `${name} (you)` : name}
                  </span>
                </button>
              </li>
            ))}
          </ul>
          {shown.names.length === 0 && shown.next === null && <p class="empty">Nobody by that name.</p>}
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

/**
 * The typed text as a pattern: without wildcards it matches anywhere in a name. Undefined if no
 * name can match.
 */
function patternOf(search: string): string | undefined {
  const typed = search.trim().toLowerCase();
  if (!PATTERN_RULE.test(typed)) return undefined;
  return /[*?]/.test(typed) ? typed : `*${typed}*`.replace('**', '*');
}
