/** Requests about direct messages and the mailbox. */
import type { RequestName } from '../wire.ts';
import { DeliveredMarker } from './delivered-marker.ts';
import { Follower } from './follower.ts';
import { type Backend, type HandlerOptions, type HandlersOf, unfollow, userOf } from './handlers.ts';

type MessageRequest = Extract<
  RequestName,
  `message.${string}` | `conversation.${string}` | `mailbox.${string}`
>;

/** The handlers of these requests. */
export function messageHandlers(backend: Backend, { delivery }: HandlerOptions): HandlersOf<MessageRequest> {
  return {
    'message.send': async ({ to, text, key, tag }, caller) => {
      const { login } = userOf(caller);
      const message = { login, to, text, key, sentAt: Date.now(), version: 2 } as const;
      const { sequence, sentAt, nth } = await backend.submit(
        'message.sent',
        { type: 'message.send', ...message },
        tag,
      );
      return { sequence, sentAt, ...(nth !== undefined && { nth }) };
    },

    'message.edit': async ({ tag, ...edit }, caller) => {
      const { login } = userOf(caller);
      const command = { type: 'message.edit', login, ...edit, at: Date.now() } as const;
      return { sequence: (await backend.submit('message.changed', command, tag)).sequence };
    },

    'message.delete': async ({ tag, ...which }, caller) => {
      const { login } = userOf(caller);
      const command = { type: 'message.delete', login, ...which, at: Date.now() } as const;
      return { sequence: (await backend.submit('message.changed', command, tag)).sequence };
    },

    'message.search': (asked, caller) => backend.page(caller, { type: 'message.search', ...asked }),
    'conversation.list': (asked, caller) => backend.page(caller, { type: 'conversation.list', ...asked }),
    'conversation.history': (asked, caller) =>
      backend.page(caller, { type: 'conversation.history', ...asked }),

    'mailbox.read': async ({ with: other, upTo, tag }, caller) => {
      const { login } = userOf(caller);
      const command = { type: 'mailbox.read', login, with: other, upTo } as const;
      const { read, unread } = await backend.submit('mailbox.read', command, tag);
      return { with: other, read, unread };
    },

    'mailbox.waiting': (_, caller) => backend.page(caller, { type: 'mailbox.waiting' }),

    'mailbox.take': async ({ count, tag }, caller) => {
      const { login } = userOf(caller);
      const done = await backend.submit('mailbox.delivered', { type: 'mailbox.take', login, count }, tag);
      const places = [...done.taken];
      const { messages } = await backend.page(caller, { type: 'mailbox.messages', places });
      return { messages, waiting: done.waiting };
    },

    'mailbox.page': (asked, caller) => backend.page(caller, { type: 'mailbox.page', ...asked }),

    'mailbox.follow': async ({ after }, caller) => {
      const { name, login } = userOf(caller);
      unfollow(caller, delivery);
      const read = backend.followerRead(caller, name);
      const marker = new DeliveredMarker({
        login,
        submit: (command) => backend.replication.submit(command),
        waiting: async () => {
          const answer = await read({ type: 'mailbox.waiting', login }, 'stale');
          return answer.type === 'mailbox.waiting' ? answer.waiting : 0;
        },
      });
      caller.follower = new Follower({ read, name, login, after, outlet: caller.outlet, marker });
      delivery.add(caller.follower);
      return {};
    },
  };
}
