/** One message: who, what, when, what became of it, and what its author can do with it. */
import type { JSX } from 'preact';
import type { ChatModel } from './model.ts';
import { RichText } from './rich-text.tsx';
import { dayName, timeOfDay } from './theme.tsx';
import { type Fate, fateOf, firstNew, isRoom, type Line, type Outgoing, type Thread } from './thread.ts';

/** Messages of one person within this time are shown as one piece, in milliseconds. */
const TOGETHER_MS = 120_000;

interface BubbleProps {
  readonly model: ChatModel;
  readonly thread: Thread;
  readonly message: Line;
  readonly previous: Line | undefined;
}

export function Bubble({ model, thread, message, previous }: BubbleProps): JSX.Element {
  const { from, sentAt, sequence } = message;
  const self = model.login.value?.name;
  const mine = from === self;
  const newDay = !previous || new Date(previous.sentAt).toDateString() !== new Date(sentAt).toDateString();
  const isFirstNew = message === firstNew(thread, self);
  const follows = !newDay && !isFirstNew && previous?.from === from && sentAt - previous.sentAt < TOGETHER_MS;
  return (
    <>
      {newDay && <p class="day">{dayName(sentAt)}</p>}
      {isFirstNew && (
        <p class="new" data-testid="new">
          New
        </p>
      )}
      <div
        class={`bubble ${mine ? 'mine' : 'theirs'} ${follows ? 'follows' : ''}`}
        data-testid="message"
        data-state="sent"
        data-from={from}
        data-sequence={sequence}
      >
        <Sender thread={thread} from={from} mine={mine} follows={follows} />
        {message.deletedAt === undefined ? (
          <RichText text={message.text} self={self} />
        ) : (
          <em class="text deleted">message deleted</em>
        )}
        <span class="meta">
          {message.editedAt !== undefined && message.deletedAt === undefined && <span>edited</span>}
          <time dateTime={new Date(sentAt).toISOString()}>{timeOfDay(sentAt)}</time>
          {mine && <Tick fate={fateOf(thread, message) ?? 'stored'} />}
        </span>
        {mine && message.deletedAt === undefined && (
          <Actions model={model} thread={thread} message={message} />
        )}
      </div>
    </>
  );
}

function Sender({
  thread,
  from,
  mine,
  follows,
}: {
  thread: Thread;
  from: string;
  mine: boolean;
  follows: boolean;
}) {
  const isGone = thread.deletedAccount || thread.deletedAccounts.includes(from);
  const name = isGone ? 'deleted account' : from;
  if (mine || follows || !isRoom(thread.with))
    return <span class="for-readers">{mine ? 'You' : name}: </span>;
  return <span class={`sender ${isGone ? 'gone' : ''}`}>{name}</span>;
}

function Actions({ model, thread, message }: Pick<BubbleProps, 'model' | 'thread' | 'message'>) {
  return (
    <span class="actions">
      <button
        type="button"
        class="quiet"
        data-testid="edit"
        aria-label={`Edit: ${message.text.slice(0, 30)}`}
        onClick={() => {
          model.editing.value = message;
        }}
      >
        Edit
      </button>
      <button
        type="button"
        class="quiet"
        data-testid="delete"
        aria-label={`Delete for all: ${message.text.slice(0, 30)}`}
        onClick={() => {
          if (confirm('Delete this message for all? That it stood here can be seen.'))
            void model.remove(thread.with, message);
        }}
      >
        Delete
      </button>
    </span>
  );
}

const STATE_TEXT = {
  pending: 'sending …',
  sent: '',
  failed: 'not sent',
  doubtful: 'may or may not have been sent',
} as const;

export function OutgoingBubble({ outgoing, onRetry }: { outgoing: Outgoing; onRetry: () => void }) {
  const { text, state, error } = outgoing;
  const stuck = state === 'failed' || state === 'doubtful';
  return (
    <div class="bubble mine" data-testid="message" data-state={state}>
      <span class="for-readers">You: </span>
      <span class="text">{text}</span>
      <span class="meta" title={error}>
        {stuck ? <span class="error">{STATE_TEXT[state]}</span> : STATE_TEXT[state]}
        {stuck && error && <span class="error">: {error}</span>}
        {state === 'sent' && <Tick fate="stored" />}
        {stuck && (
          <button type="button" class="quiet" onClick={onRetry} data-testid="retry">
            Send again
          </button>
        )}
      </span>
    </div>
  );
}

const FATES: Readonly<Record<Fate, readonly [sign: string, label: string, title: string]>> = {
  stored: ['✓', 'sent', 'kept by a majority of the replicas'],
  delivered: ['✓✓', 'delivered', 'delivered to one of their devices'],
  read: ['✓✓', 'read', 'they have read it'],
  refused: ['✕', 'never delivered', 'the account was deleted before it was delivered'],
};

function Tick({ fate }: { fate: Fate }) {
  const [sign, label, title] = FATES[fate];
  return (
    <span
      class={`tick ${fate}`}
      role="img"
      aria-label={label}
      title={title}
      data-testid="fate"
      data-fate={fate}
    >
      {sign}
    </span>
  );
}
