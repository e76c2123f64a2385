/** The chat for one machine, written as simply as possible: the model of the state machine. */
import type { ChatCommand, ChatQuery, Message } from '../../chat/state/commands.ts';
import { LOGINS_PER_ACCOUNT } from '../../chat/state/limits.ts';

const NOT_LOGGED_IN = { type: 'refused', code: 'NotLoggedIn' };
const UNKNOWN_ACCOUNT = { type: 'refused', code: 'UnknownAccount' };

interface User {
  name: string;
  password: string;
  mailbox: Message[];
  read: Map<string, number>;
}

/** Mailboxes of fewer messages than a page: it knows no pages. */
export class ModelChat {
  #users: User[] = [];
  #logins: { name: string; login: string; createdAt: number }[] = [];

  isCommand(asked: ChatCommand | ChatQuery): asked is ChatCommand {
    return ['account.create', 'login.create', 'login.end', 'message.send', 'mailbox.read'].includes(
      asked.type,
    );
  }

  apply(command: ChatCommand): unknown {
    switch (command.type) {
      case 'account.create': {
        const { name, password } = command;
        const known = this.#user(name);
        if (known?.password === password) return { type: 'account.created', name };
        if (known) return { type: 'refused', code: 'NameTaken' };
        this.#users.push({ name, password, mailbox: [], read: new Map() });
        return { type: 'account.created', name };
      }
      case 'login.create': {
        const { name, login, createdAt } = command;
        if (!this.#user(name)) return UNKNOWN_ACCOUNT;
        this.#logins = this.#logins.filter((other) => other.login !== login);
        this.#logins.push({ name, login, createdAt });
        const own = this.#logins.filter((other) => other.name === name);
        const ended = own.slice(0, Math.max(0, own.length - LOGINS_PER_ACCOUNT));
        this.#logins = this.#logins.filter((other) => !ended.includes(other));
        return { type: 'login.created', name };
      }
      case 'login.end': {
        const found = this.#logins.find(({ login }) => login === command.login);
        this.#logins = this.#logins.filter((other) => other !== found);
        return { type: 'login.ended', name: found?.name ?? null };
      }
      case 'message.send': {
        const from = this.#owner(command.login);
        if (!from) return NOT_LOGGED_IN;
        const to = this.#user(command.to);
        if (!to) return UNKNOWN_ACCOUNT;
        const { text, key, sentAt } = command;
        for (const user of new Set([from, to])) {
          const sequence = user.mailbox.length + 1;
          user.mailbox.push({ sequence, from: from.name, to: to.name, text, key, sentAt });
        }
        return { type: 'message.sent', from: from.name, to: to.name, sequence: from.mailbox.length, sentAt };
      }
      case 'mailbox.read': {
        const user = this.#owner(command.login);
        if (!user) return NOT_LOGGED_IN;
        const last = this.#talk(user, command.with).at(-1)?.sequence ?? 0;
        const read = Math.max(user.read.get(command.with) ?? 0, Math.min(command.upTo, last));
        user.read.set(command.with, read);
        return {
          type: 'mailbox.read',
          name: user.name,
          with: command.with,
          read,
          unread: this.#unread(user, command.with),
        };
      }
    }
  }

  query(query: ChatQuery): unknown {
    const { type } = query;
    if (type === 'account.password') return { type, password: this.#user(query.name)?.password ?? null };
    const user = this.#owner(query.login);
    if (!user) return NOT_LOGGED_IN;
    switch (type) {
      case 'login.owner': {
        const { name, createdAt } = this.#logins.find(({ login }) => login === query.login)!;
        return { type, name, createdAt };
      }
      case 'account.list': {
        const pattern = new RegExp(
          `^${query.pattern.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.')}$`,
        );
        const names = this.#users.map(({ name }) => name).filter((name) => pattern.test(name));
        return { type, names: names.filter((name) => name > (query.after ?? '')).sort(), next: null };
      }
      case 'mailbox.page':
        return { type, messages: user.mailbox.filter(({ sequence }) => sequence > query.after) };
      case 'conversation.list': {
        const others = [...new Set(user.mailbox.map((message) => otherOf(user, message)))];
        const conversations = others
          .map((other) => ({
            with: other,
            last: this.#talk(user, other).at(-1)!,
            read: user.read.get(other) ?? 0,
            unread: this.#unread(user, other),
          }))
          .filter(({ last }) => last.sequence < (query.before ?? Number.POSITIVE_INFINITY))
          .sort((a, b) => b.last.sequence - a.last.sequence);
        return { type, head: user.mailbox.length, conversations, next: null };
      }
      case 'conversation.history': {
        const before = query.before ?? Number.POSITIVE_INFINITY;
        const messages = this.#talk(user, query.with).filter(({ sequence }) => sequence < before);
        return { type, messages, more: false };
      }
    }
  }

  #user(name: string): User | undefined {
    return this.#users.find((user) => user.name === name);
  }

  #owner(login: string): User | undefined {
    const found = this.#logins.find((other) => other.login === login);
    return found && this.#user(found.name);
  }

  #talk(user: User, other: string): Message[] {
    return user.mailbox.filter((message) => otherOf(user, message) === other);
  }

  #unread(user: User, other: string): number {
    const read = user.read.get(other) ?? 0;
    return this.#talk(user, other).filter(({ from, sequence }) => from !== user.name && sequence > read)
      .length;
  }
}

function otherOf(user: User, message: Message): string {
  return message.from === user.name ? message.to : message.from;
}
