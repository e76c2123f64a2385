/** The chat for one machine, written as simply as possible: the model of the state machine. */
import type { ChatCommand, CommandOf } from '../../chat/state/commands.ts';
import { LOGINS_PER_ACCOUNT } from '../../chat/state/limits.ts';
import { skeletonOf } from '../../chat/state/names.ts';
import type { ChatQuery } from '../../chat/state/query-shapes.ts';
import type { MailboxEntry, Message } from '../../chat/state/views.ts';
import { after, ModelRooms, matches } from './model-rooms.ts';

const refused = (code: string) => ({ type: 'refused', code });

interface User {
  name: string;
  password: string;
  mailbox: MailboxEntry[];
  /** For the places of one's own messages in the mailbox: the place in the other's. */
  copies: Map<number, number>;
  read: Map<string, number>;
  /** Places of messages that wait, and up to which none does. */
  waiting: number[];
  delivered: number;
  blocked: Set<string>;
  display: string;
  settings: Record<string, string>;
  state: 'active' | 'disabled' | 'deleted';
}

/** Mailboxes of fewer messages than a page: it knows no pages, and no limits. */
export class ModelChat {
  #users: User[] = [];
  #logins: { name: string; login: string; createdAt: number }[] = [];
  readonly #rooms = new ModelRooms({
    state: (name) => this.#user(name)?.state,
    blocks: (name, other) => this.#user(name)!.blocked.has(other),
    profile: (name) => ({ name, display: this.#user(name)!.display }),
  });

  apply(command: ChatCommand): unknown {
    switch (command.type) {
      case 'account.create':
        return this.#create(command);
      case 'login.create':
        return this.#logIn(command);
      case 'operator.disable': {
        const user = this.#living(command.name);
        if (!user) return refused('UnknownAccount');
        user.state = command.disabled ? 'disabled' : 'active';
        if (command.disabled) this.#endLogins(user.name, () => true);
        return { type: 'account.secured', name: user.name, ended: command.disabled };
      }
      case 'operator.delete': {
        const user = this.#user(command.name);
        if (!user) return refused('UnknownAccount');
        return this.#delete(user, command.at);
      }
      case 'login.end': {
        const name = this.#owner(command.login)?.name ?? null;
        if (name !== null) this.#endLogins(name, (login) => login === command.login);
        return { type: 'login.ended', name };
      }
    }
    const user = this.#owner(command.login);
    if (!user) return refused('NotLoggedIn');
    return this.#byUser(user, command);
  }

  #byUser(user: User, command: Exclude<ChatCommand, { name: string; password: string }>): unknown {
    const { name } = user;
    switch (command.type) {
      case 'login.revoke':
        this.#endLogins(name, (login) => login.startsWith(command.id));
        return { type: 'login.ended', name };
      case 'account.password':
        user.password = command.password;
        this.#endLogins(name, (login) => login !== command.login);
        return { type: 'account.secured', name, ended: true };
      case 'account.change':
        user.display = command.display ?? user.display;
        user.settings = command.settings ?? user.settings;
        return { type: 'account.changed', name };
      case 'account.block': {
        const { name: other, blocked } = command;
        if (!this.#user(other)) return refused('UnknownAccount');
        if (other === name) return refused('NotAllowed');
        if (blocked) user.blocked.add(other);
        else user.blocked.delete(other);
        return { type: 'account.blocked', name, other, blocked };
      }
      case 'account.delete':
        return this.#delete(user, command.at);
      case 'message.send':
        return this.#send(user, command);
      case 'message.edit':
      case 'message.delete':
        return this.#change(user, command);
      case 'mailbox.read': {
        const other = command.with;
        const talk = this.#talk(user, other);
        const read = Math.max(user.read.get(other) ?? 0, Math.min(command.upTo, talk.at(-1)?.sequence ?? 0));
        if (talk.length > 0) user.read.set(other, read);
        const seen = talk.filter(({ from, sequence }) => from !== name && sequence <= read).length;
        return { type: 'mailbox.read', name, with: other, read, unread: this.#unread(user, other), seen };
      }
      case 'mailbox.delivered':
        return this.#deliver(user, user.waiting.filter((place) => place <= command.upTo).slice(0, 50));
      case 'mailbox.take':
        return this.#deliver(user, user.waiting.slice(0, command.count));
      default:
        return this.#rooms.apply(name, command as never);
    }
  }

  query(query: ChatQuery): unknown {
    const { type } = query;
    if (type === 'account.password') return { type, password: this.#living(query.name)?.password ?? null };
    if (type === 'operator.accounts')
      return {
        type,
        accounts: this.#users.map(({ name, state }) => ({ name, createdAt: 0, state })),
        next: null,
      };
    const user = this.#owner(query.login);
    if (!user) return refused('NotLoggedIn');
    const { name } = user;
    switch (type) {
      case 'login.owner': {
        const { createdAt } = this.#logins.find(({ login }) => login === query.login)!;
        return { type, name, createdAt };
      }
      case 'login.list': {
        const logins = this.#logins.filter((login) => login.name === name);
        const views = logins.map(({ login, createdAt }) => ({
          ...{ id: login.slice(0, 16), createdAt, current: login === query.login },
        }));
        return { type, logins: views };
      }
      case 'account.self':
        return { type, profile: { name, display: user.display }, settings: user.settings };
      case 'account.profile': {
        const other = this.#user(query.name);
        return other
          ? { type, profile: { name: other.name, display: other.display } }
          : refused('UnknownAccount');
      }
      case 'account.list': {
        const found = this.#users.filter(
          (other) => other.state !== 'deleted' && matches(query.pattern, other.name),
        );
        const people = found.map((other) => ({ name: other.name, display: other.display }));
        return { type, people: after(people, query.after, (person) => person.name), next: null };
      }
      case 'account.blocks':
        return { type, names: after([...user.blocked], query.after, (other) => other), next: null };
      case 'mailbox.page':
        return { type, entries: user.mailbox.filter(({ sequence }) => sequence > query.after) };
      case 'mailbox.waiting':
        return { type, waiting: user.waiting.length };
      case 'mailbox.messages':
        return { type, messages: messagesOf(user).filter(({ sequence }) => query.places.includes(sequence)) };
      case 'conversation.list': {
        const others = [...new Set(messagesOf(user).map((message) => otherOf(user, message)))];
        const conversations = others
          .map((other) => ({
            with: other,
            last: this.#talk(user, other).at(-1)!,
            read: user.read.get(other) ?? 0,
            unread: this.#unread(user, other),
            receipt: this.#receipt(user, other),
            ...(this.#user(other)!.state === 'deleted' && { deletedAccount: true }),
          }))
          .filter(({ last }) => last.sequence < (query.before ?? Number.POSITIVE_INFINITY))
          .sort((a, b) => b.last.sequence - a.last.sequence);
        return { type, head: user.mailbox.length, conversations, next: null };
      }
      case 'conversation.history': {
        const before = query.before ?? Number.POSITIVE_INFINITY;
        const messages = this.#talk(user, query.with).filter(({ sequence }) => sequence < before);
        const receipt = this.#receipt(user, query.with);
        const deletedAccount = this.#user(query.with)?.state === 'deleted';
        return { type, messages, more: false, receipt, deletedAccount };
      }
      case 'message.search': {
        const found = messagesOf(user).filter(({ text, deletedAt, sequence }) => {
          const isEarlier = sequence < (query.before ?? Number.POSITIVE_INFINITY);
          return isEarlier && deletedAt === undefined && text.includes(query.text);
        });
        return { type, messages: found.reverse(), next: null };
      }
      default:
        return this.#rooms.query(name, query);
    }
  }

  #create({ name, password }: CommandOf<'account.create'>): unknown {
    const known = this.#user(name);
    if (known?.password === password && known.state !== 'deleted') return { type: 'account.created', name };
    if (this.#users.some((user) => skeletonOf(user.name) === skeletonOf(name))) return refused('NameTaken');
    const empty = { mailbox: [], copies: new Map(), read: new Map(), waiting: [], delivered: 0 };
    const open = { blocked: new Set<string>(), display: '', settings: {}, state: 'active' as const };
    this.#users.push({ name, password, ...empty, ...open });
    return { type: 'account.created', name };
  }

  #logIn({ name, login, createdAt }: CommandOf<'login.create'>): unknown {
    const user = this.#living(name);
    if (!user) return refused('UnknownAccount');
    if (user.state === 'disabled') return refused('DisabledAccount');
    this.#logins = this.#logins.filter((other) => other.login !== login);
    this.#logins.push({ name, login, createdAt });
    const own = this.#logins.filter((other) => other.name === name);
    const ended = own.slice(0, Math.max(0, own.length - LOGINS_PER_ACCOUNT));
    this.#logins = this.#logins.filter((other) => !ended.includes(other));
    return { type: 'login.created', name };
  }

  #delete(user: User, at: number): unknown {
    const { name } = user;
    if (user.state === 'deleted') return { type: 'account.deleted', name, entries: [] };
    this.#endLogins(name, () => true);
    user.state = 'deleted';
    user.display = '';
    return { type: 'account.deleted', name, entries: this.#rooms.leaveAll(name, at) };
  }

  #send(user: User, { to: name, text, key, sentAt }: CommandOf<'message.send'>): unknown {
    const to = this.#user(name);
    if (!to) return refused('UnknownAccount');
    if (to.state === 'deleted') return refused('DeletedAccount');
    if (to.blocked.has(user.name)) return refused('Blocked');
    const message = { from: user.name, to: name, text, key, sentAt };
    const sequence = user.mailbox.length + 1;
    const sent = { type: 'message.sent', from: user.name, to: name, sequence, sentAt };
    if (to === user) {
      user.mailbox.push({ sequence, ...message });
      return sent;
    }
    const nth = this.#talk(to, user.name).filter(({ from }) => from === user.name).length + 1;
    const copy = to.mailbox.length + 1;
    user.mailbox.push({ sequence, ...message, nth });
    to.mailbox.push({ sequence: copy, ...message, nth });
    user.copies.set(sequence, copy);
    to.waiting.push(copy);
    return { ...sent, nth };
  }

  #change(user: User, command: CommandOf<'message.edit' | 'message.delete'>): unknown {
    const { with: other, at } = command;
    const places = command.type === 'message.edit' ? [command.sequence] : command.sequences;
    const own = this.#talk(user, other).filter(
      ({ from, deletedAt }) => from === user.name && deletedAt === undefined,
    );
    if (!places.every((place) => own.some(({ sequence }) => sequence === place)))
      return refused('UnknownMessage');
    const to = this.#user(other)!;
    const isEdit = command.type === 'message.edit';
    if (isEdit && to.blocked.has(user.name)) return refused('Blocked');
    const text = isEdit ? command.text : '';
    const mark = isEdit ? { editedAt: at } : { deletedAt: at };
    for (const place of places) {
      const sides: [User, User, number][] = [[user, to, place]];
      if (to !== user) sides.push([to, user, user.copies.get(place)!]);
      for (const [side, partner, of] of sides) {
        side.mailbox[of - 1] = { ...(side.mailbox[of - 1] as Message), text, ...mark };
        const change = isEdit ? ('edit' as const) : ('delete' as const);
        side.mailbox.push({ sequence: side.mailbox.length + 1, with: partner.name, of, change, text, at });
      }
    }
    return { type: 'message.changed', from: user.name, to: other, sequence: user.mailbox.length };
  }

  #deliver(user: User, taken: number[]): unknown {
    user.waiting = user.waiting.slice(taken.length);
    user.delivered = taken.at(-1) ?? user.delivered;
    const from = new Set(taken.map((place) => (user.mailbox[place - 1] as Message).from));
    const senders = [...from].map((name) => ({ name, delivered: this.#had(user, name, user.delivered) }));
    return {
      ...{ type: 'mailbox.delivered', name: user.name, place: user.delivered, taken },
      ...{ waiting: user.waiting.length, senders },
    };
  }

  #receipt(user: User, name: string) {
    const other = this.#user(name);
    if (!other || other === user) return { delivered: 0, read: 0 };
    const read = this.#had(other, user.name, other.read.get(user.name) ?? 0);
    return { read, delivered: Math.max(read, this.#had(other, user.name, other.delivered)) };
  }

  /** How many messages a user has from somebody up to a place. */
  #had(user: User, from: string, upTo: number): number {
    return messagesOf(user).filter((message) => message.from === from && message.sequence <= upTo).length;
  }

  #endLogins(name: string, which: (login: string) => boolean): void {
    this.#logins = this.#logins.filter((login) => login.name !== name || !which(login.login));
  }

  #user(name: string): User | undefined {
    return this.#users.find((user) => user.name === name);
  }

  #living(name: string): User | undefined {
    const user = this.#user(name);
    return user?.state === 'deleted' ? undefined : user;
  }

  #owner(login: string): User | undefined {
    const found = this.#logins.find((other) => other.login === login);
    return found && this.#user(found.name);
  }

  #talk(user: User, other: string): Message[] {
    return messagesOf(user).filter((message) => otherOf(user, message) === other);
  }

  #unread(user: User, other: string): number {
    const read = user.read.get(other) ?? 0;
    return this.#talk(user, other).filter(({ from, sequence }) => from !== user.name && sequence > read)
      .length;
  }
}

const messagesOf = (user: User): Message[] =>
  user.mailbox.filter((entry): entry is Message => !('change' in entry));

const otherOf = (user: User, message: Message): string =>
  message.from === user.name ? message.to : message.from;
