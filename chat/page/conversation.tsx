/** One conversation: its messages, loaded as the user scrolls back, and the input. */
import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import type { Message } from '../state/commands.ts';
import { Composer } from './composer.tsx';
import type { ChatModel } from './model.ts';
import { Avatar, dayName, timeOfDay } from './theme.tsx';
import type { Outgoing, Thread } from './thread.ts';

/** Nearer to an edge than this, in pixels, counts as at the edge. */
const NEAR_PX = 80;

export function ConversationView({ model }: { model: ChatModel }) {
  const thread = model.thread.value;
  if (!thread) {
    return (
      <main class="conversation nobody">
        <p class="empty">Choose a conversation, or find somebody to talk to.</p>
      </main>
    );
  }
  return (
    <main class="conversation" aria-label={`Conversation with ${thread.with}`}>
      <div class="conversation-head">
        <button
          type="button"
          class="quiet back"
          data-testid="back"
          aria-label="Back to the conversations"
          onClick={() => void model.open(undefined)}
        >
          ←
        </button>
        <Avatar name={thread.with} />
        <h1 data-testid="partner">{thread.with}</h1>
      </div>
      <Messages key={thread.with} model={model} thread={thread} />
      <Composer
        key={`to ${thread.with}`}
        onSend={(text) => void model.send(thread.with, text)}
        to={thread.with}
      />
    </main>
  );
}

function Messages({ model, thread }: { model: ChatModel; thread: Thread }) {
  const { with: other, messages, more, loaded, outgoing } = thread;
  const list = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const before = useRef({ first: 0, height: 0 });
  const loading = useRef(false);

  const loadEarlier = async () => {
    if (loading.current || !more) return;
    loading.current = true;
    await model.loadEarlier(other);
    loading.current = false;
  };

  // Stay at the end if the user was there; when earlier messages are added above, keep the scroll
  // position.
  useLayoutEffect(() => {
    const element = list.current!;
    const first = messages[0]?.sequence ?? 0;
    const grewAbove = before.current.first > first && first > 0;
    if (atEnd.current) element.scrollTop = element.scrollHeight;
    else if (grewAbove) element.scrollTop += element.scrollHeight - before.current.height;
    before.current = { first, height: element.scrollHeight };
  }, [messages, outgoing]);

  // A wider bar or a taller input leaves less space: stay at the end then too.
  useEffect(() => {
    const element = list.current!;
    const observer = new ResizeObserver(() => {
      if (atEnd.current) element.scrollTop = element.scrollHeight;
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  const onScroll = () => {
    const { scrollTop, scrollHeight, clientHeight } = list.current!;
    atEnd.current = scrollHeight - scrollTop - clientHeight < NEAR_PX;
    if (scrollTop < NEAR_PX && scrollHeight > clientHeight) void loadEarlier();
  };

  return (
    <div
      class="messages"
      ref={list}
      onScroll={onScroll}
      role="log"
      aria-label={`Messages with ${other}`}
      data-testid="messages"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
    >
      {more && (
        <button type="button" class="quiet earlier" data-testid="earlier" onClick={() => void loadEarlier()}>
          Earlier messages
        </button>
      )}
      {loaded && messages.length === 0 && outgoing.length === 0 && (
        <p class="empty">Nothing yet. Say hello to {other}.</p>
      )}
      {messages.map((message, i) => (
        <Bubble key={message.sequence} message={message} previous={messages[i - 1]} other={other} />
      ))}
      {outgoing.map((each) => (
        <OutgoingBubble
          key={each.key}
          outgoing={each}
          onRetry={() => void model.send(other, each.text, each.key)}
        />
      ))}
    </div>
  );
}

interface BubbleProps {
  readonly message: Message;
  readonly previous: Message | undefined;
  readonly other: string;
}

function Bubble({ message, previous, other }: BubbleProps): JSX.Element {
  const mine = message.to === other;
  const newDay =
    !previous || new Date(previous.sentAt).toDateString() !== new Date(message.sentAt).toDateString();
  const follows = !newDay && previous?.from === message.from && message.sentAt - previous.sentAt < 120_000;
  return (
    <>
      {newDay && <p class="day">{dayName(message.sentAt)}</p>}
      <div
        class={`bubble ${mine ? 'mine' : 'theirs'} ${follows ? 'follows' : ''}`}
        data-testid="message"
        data-state="sent"
        data-from={message.from}
        data-sequence={message.sequence}
      >
        <span class="for-readers">{mine ? 'You' : message.from}: </span>
        <span class="text">{message.text}</span>
        <span class="meta">
          <time dateTime={new Date(message.sentAt).toISOString()}>{timeOfDay(message.sentAt)}</time>
          {mine && <Tick />}
        </span>
      </div>
    </>
  );
}

const STATE_TEXT = {
  pending: 'sending …',
  sent: '',
  failed: 'not sent',
  doubtful: 'may or may not have been sent',
} as const;

function OutgoingBubble({ outgoing, onRetry }: { outgoing: Outgoing; onRetry: () => void }) {
  const { text, state, error } = outgoing;
  const stuck = state === 'failed' || state === 'doubtful';
  return (
    <div class="bubble mine" data-testid="message" data-state={state}>
      <span class="for-readers">You: </span>
      <span class="text">{text}</span>
      <span class="meta" title={error}>
        {stuck ? <span class="error">{STATE_TEXT[state]}</span> : STATE_TEXT[state]}
        {state === 'sent' && <Tick />}
        {stuck && (
          <button type="button" class="quiet" onClick={onRetry} data-testid="retry">
            Send again
          </button>
        )}
      </span>
    </div>
  );
}

/** A majority of the replicas has it. */
function Tick() {
  return (
    <span class="tick" role="img" aria-label="sent" title="kept by a majority of the replicas">
      ✓
    </span>
  );
}
