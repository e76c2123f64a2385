/** One conversation: its messages, loaded as the user scrolls back, and the input. */
import { useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { Bubble, OutgoingBubble } from './bubble.tsx';
import { Composer } from './composer.tsx';
import type { ChatModel } from './model.ts';
import { RoomPanel } from './room-panel.tsx';
import { Avatar } from './theme.tsx';
import { isRoom, type Thread } from './thread.ts';

/** Nearer to an edge than this, in pixels, counts as at the edge. */
const NEAR_PX = 80;

export function ConversationView({ model }: { model: ChatModel }) {
  const thread = model.thread.value;
  const aside = useSignal(false);
  if (!thread) {
    return (
      <section class="conversation nobody" aria-label="No conversation">
        <p class="empty">Choose a conversation, or find somebody to talk to.</p>
      </section>
    );
  }
  return (
    <section class="conversation" aria-label={`Conversation with ${thread.with}`}>
      <Head model={model} thread={thread} aside={aside} />
      {aside.value && isRoom(thread.with) && <RoomPanel key={thread.with} model={model} thread={thread} />}
      <Messages key={thread.with} model={model} thread={thread} />
      {thread.deletedAccount ? (
        <p class="empty">This account was deleted: nothing can be sent to it any more.</p>
      ) : (
        <Composer key={`to ${thread.with}`} to={thread.with} model={model} />
      )}
    </section>
  );
}

interface HeadProps {
  readonly model: ChatModel;
  readonly thread: Thread;
  readonly aside: { value: boolean };
}

function Head({ model, thread, aside }: HeadProps) {
  const { room } = thread;
  return (
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
      <div class="titles">
        <h1 data-testid="partner">{thread.deletedAccount ? 'deleted account' : thread.with}</h1>
        {room && room.topic !== '' && (
          <p class="topic" data-testid="topic" title={room.topic}>
            {room.topic}
          </p>
        )}
      </div>
      {room && (
        <button
          type="button"
          class="quiet"
          data-testid="members"
          aria-expanded={aside.value}
          onClick={() => {
            aside.value = !aside.value;
          }}
        >
          {room.members} {room.members === 1 ? 'member' : 'members'}
        </button>
      )}
    </div>
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
        <Bubble
          key={message.sequence}
          model={model}
          thread={thread}
          message={message}
          previous={messages[i - 1]}
        />
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
