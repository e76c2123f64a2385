/** The user, their conversations and rooms, invitations, and finding people and messages. */
import { useSignal } from '@preact/signals';
import { AccountButton } from './account.tsx';
import { FoundMessages } from './found-messages.tsx';
import { Keys } from './keys.tsx';
import type { ChatModel } from './model.ts';
import { NewRoom } from './new-room.tsx';
import { People } from './people.tsx';
import { Avatar, shortTime } from './theme.tsx';
import { isRoom, type Thread } from './thread.ts';

export function Sidebar({ model }: { model: ChatModel }) {
  const search = useSignal('');
  const conversations = model.conversations.value;
  const searching = search.value.trim() !== '';
  return (
    <nav class="sidebar" aria-label="People and conversations">
      {model.current.value === undefined && <h1 class="for-readers">Conversations</h1>}
      <div class="me">
        <AccountButton model={model} />
        <Keys model={model} />
        <button type="button" class="quiet" data-testid="log-out" onClick={() => void model.logOut()}>
          Log out
        </button>
      </div>
      <input
        class="search"
        type="search"
        placeholder="Find people, rooms, messages"
        aria-label="Find people and rooms by name, where * stands for any characters and ? for one; and words in your messages"
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
        {!searching && <Invitations model={model} />}
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
        {!searching && <NewRoom model={model} />}
        {(searching || conversations.length === 0) && (
          <People
            model={model}
            search={search.value}
            onOpen={(open) => {
              search.value = '';
              open();
            }}
          />
        )}
        {searching && (
          <FoundMessages
            model={model}
            search={search.value}
            onOpen={(other) => {
              search.value = '';
              void model.open(other);
            }}
          />
        )}
      </div>
    </nav>
  );
}

function Invitations({ model }: { model: ChatModel }) {
  const invitations = model.rooms.invitations.value;
  if (invitations.length === 0) return null;
  return (
    <section aria-label="Invitations">
      <h2>Invitations</h2>
      <ul>
        {invitations.map(({ room, by }) => (
          <li key={room} class="invitation" data-testid={`invitation-${room}`}>
            <span>
              <strong>#{room}</strong> <span class="item-preview">by {by}</span>
            </span>
            <button
              type="button"
              class="primary"
              data-testid="accept"
              onClick={() => void model.rooms.join(room)}
            >
              Join
            </button>
            <button type="button" class="quiet" onClick={() => void model.rooms.decline(room)}>
              Decline
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function ConversationItem({ model, thread }: { model: ChatModel; thread: Thread }) {
  const { with: other, last, unread, outgoing, deletedAccount } = thread;
  const draft = model.current.value === other ? '' : model.drafts.of(other);
  const said = last?.deletedAt === undefined ? (last?.text ?? '') : 'message deleted';
  const preview = outgoing.at(-1)?.text ?? said;
  const mine = outgoing.length > 0 || last?.from === model.login.value?.name;
  const author = isRoom(other) && last ? `${last.from}: ` : '';
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
              {deletedAccount ? 'deleted account' : other}
            </span>
            {last && <time class="item-time">{shortTime(last.sentAt)}</time>}
          </span>
          <span class="item-head">
            <span class="item-preview">
              {draft === '' ? (
                <>
                  {mine ? <span class="item-you">You: </span> : author}
                  {preview}
                </>
              ) : (
                <>
                  <span class="draft">Draft: </span>
                  {draft}
                </>
              )}
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
