/**
 * The input of the terminal client: lines that begin with a slash, and text for the current
 * partner.
 */
import pc from 'picocolors';
import type { ChatClient } from '../client/client.ts';
import { ReadMarker } from '../client/read-marker.ts';
import { ChatError } from '../errors.ts';
import { NAME_RULE, NAME_RULE_TEXT, TEXT_MAX } from '../state/limits.ts';
import { clusterLines, conversationLine, errorLine, messageLine } from './format.ts';
import { LINE_MAX } from './line-limit.ts';
import type { Screen } from './screen.ts';

/** The list of commands, as `/help` prints it. */
export const COMMANDS_HELP = `
/signup NAME       make an account and log in
/login NAME        log in; /logout ends the login
/list [PATTERN]    accounts, by a pattern with * and ?
/chats             your conversations, latest first
/to NAME [TEXT]    talk to somebody; then lines without a slash go there
/history [NAME]    the last messages; /older goes further back
/status            your server, and the replicas
/quit              leave (also Ctrl-D)
`.trim();

/** Lines of a script that may be on their way at once: far less than a client lets wait. */
const UNSENT_MAX = 100;

/** How many messages /history and /to show at once. */
const HISTORY_LINES = 20;

/** Runs the lines that are typed. */
export class Prompt {
  readonly #client: ChatClient;
  readonly #screen: Screen;
  #marker: ReadMarker;
  readonly #unsent = new Set<Promise<void>>();
  #partner: string | undefined;
  #older: { readonly with: string; readonly before: number } | undefined;
  /** Whether some line failed. */
  failed = false;

  constructor(client: ChatClient, screen: Screen) {
    this.#client = client;
    this.#screen = screen;
    this.#marker = new ReadMarker(client);
  }

  get prompt(): string {
    const { login } = this.#client;
    if (!login) return '> ';
    return this.#partner ? `${login.name} → ${this.#partner}> ` : `${login.name}> `;
  }

  /** A message was delivered: shows it, unless it was typed right here. */
  incoming(message: Parameters<typeof messageLine>[0]): void {
    const self = this.#client.login?.name;
    if (self === undefined || message.key.startsWith(this.#keyPrefix)) return;
    this.#screen.print(messageLine(message, self));
    if (message.from !== self) this.#marker.seen(message.from, message.sequence);
  }

  /** The keys of messages typed here, by which they are recognised in the mailbox. */
  readonly #keyPrefix = `${crypto.randomUUID().slice(0, 13)}-`;
  #sent = 0;

  /** Runs a typed line; errors are printed. Returns false if it was the last one. */
  async run(line: string): Promise<boolean> {
    const [, word = '', argument = '', text = ''] = /^\s*(\S*)\s*(\S*)\s*(.*)$/s.exec(line)!;
    try {
      if (line.length > LINE_MAX) {
        throw usage(`a line that is too long was left out: a message has at most ${TEXT_MAX} characters`);
      }
      if (word === '') return true;
      if (word === '/quit') return false;
      if (word.startsWith('/')) {
        // In a script, a command sees the effects of the lines before it.
        if (!this.#screen.interactive) await this.flush();
        await this.#command(word, argument, text);
      } else {
        if (!this.#screen.interactive && this.#unsent.size >= UNSENT_MAX) await this.flush();
        this.#say(this.#current(), line);
      }
    } catch (error) {
      this.#fail(error);
    }
    return true;
  }

  /** Resolves when all messages have been sent or have failed. */
  async flush(): Promise<void> {
    const { size } = this.#unsent;
    if (size > 0 && this.#screen.interactive && this.#client.state.status === 'connecting') {
      this.#screen.print(pc.yellow(`waiting for a server to send ${size} more (Ctrl-C gives them up)`));
    }
    await Promise.all(this.#unsent);
  }

  async #command(word: string, argument: string, text: string): Promise<void> {
    switch (word) {
      case '/help':
        return this.#screen.print(COMMANDS_HELP);
      case '/signup':
      case '/login':
        return this.#enter(word, nameIn(argument, word));
      case '/logout':
        await this.#client.logOut();
        return this.#screen.print('logged out');
      case '/list':
        return this.#list(argument || '*');
      case '/chats':
        return this.#chats();
      case '/to':
        return this.#to(nameIn(argument, word), text);
      case '/history':
        return this.#history(argument ? nameIn(argument, word) : this.#current());
      case '/older':
        if (!this.#older) throw usage('nothing older: see /history first');
        return this.#history(this.#older.with, this.#older.before);
      case '/status':
        for (const each of clusterLines(this.#client.state, this.#client.cluster)) this.#screen.print(each);
        return;
      default:
        throw usage(`there is no ${word}; see /help`);
    }
  }

  async #enter(word: '/signup' | '/login', name: string): Promise<void> {
    const password = await this.#screen.secret('password: ');
    if (password === undefined) throw usage('no password given');
    if (word === '/signup') await this.#client.signUp(name, password);
    else await this.#client.logIn(name, password);
    this.#marker = new ReadMarker(this.#client);
    this.#partner = undefined;
    this.#older = undefined;
    this.#screen.print(pc.green(`logged in as ${name}`));
    await this.#catchUp(name);
  }

  /** Shows what came while the user was away, and follows the mailbox from there on. */
  async #catchUp(self: string): Promise<void> {
    const { head, conversations } = await this.#client.conversations();
    for (const { with: other, read, unread } of conversations.filter(({ unread }) => unread > 0).reverse()) {
      const { messages } = await this.#client.history(other);
      const missed = messages.filter(({ sequence, from }) => sequence > read && from !== self);
      const hidden = unread - missed.length;
      if (hidden > 0) this.#screen.print(pc.dim(`(${hidden} more from ${other}: /history ${other})`));
      for (const message of missed) this.#screen.print(messageLine(message, self));
      this.#marker.seen(other, messages.at(-1)!.sequence);
    }
    await this.#client.follow(head);
  }

  async #list(pattern: string): Promise<void> {
    const lower = pattern.toLowerCase();
    let count = 0;
    let after: string | undefined;
    do {
      const { names, next } = await this.#client.accounts(lower, after);
      for (const name of names) this.#screen.print(name);
      count += names.length;
      after = next ?? undefined;
    } while (after !== undefined);
    if (count === 0) this.#screen.print(pc.dim('nobody'));
  }

  async #chats(): Promise<void> {
    const { conversations } = await this.#client.conversations();
    const self = this.#client.login?.name ?? '';
    for (const each of conversations) this.#screen.print(conversationLine(each, self));
    if (conversations.length === 0) this.#screen.print(pc.dim('no conversations yet: /list, then /to NAME'));
  }

  async #to(name: string, text: string): Promise<void> {
    const { names } = await this.#client.accounts(name);
    if (names.length === 0) throw new ChatError('UnknownAccount', `there is no account ${name}`);
    this.#partner = name;
    if (text) this.#say(name, text);
    else if (this.#screen.interactive) await this.#history(name);
  }

  async #history(other: string, before?: number): Promise<void> {
    const self = this.#client.login?.name ?? '';
    const { messages, more } = await this.#client.history(other, before);
    const shown = messages.slice(-HISTORY_LINES);
    for (const message of shown) this.#screen.print(messageLine(message, self));
    const first = shown[0];
    const older = more || shown.length < messages.length;
    this.#older = first && older ? { with: other, before: first.sequence } : undefined;
    if (older && this.#screen.interactive) this.#screen.print(pc.dim('(/older for earlier messages)'));
    if (!first) this.#screen.print(pc.dim(`no messages with ${other}`));
    const last = shown.at(-1);
    if (last) this.#marker.seen(other, last.sequence);
  }

  /** Does not wait for the answer: while no server answers, the user can still type, and quit. */
  #say(to: string, text: string): void {
    const key = `${this.#keyPrefix}${++this.#sent}`;
    const sending = this.#client.send(to, text, key).then(
      () => {},
      (error: unknown) => this.#fail(error, `not sent to ${to}: `),
    );
    this.#unsent.add(sending);
    void sending.finally(() => this.#unsent.delete(sending));
  }

  #current(): string {
    if (!this.#client.login) throw usage('log in first: /login NAME or /signup NAME');
    if (this.#partner === undefined) throw usage('to whom? /to NAME');
    return this.#partner;
  }

  #fail(error: unknown, what = ''): void {
    this.failed = true;
    this.#screen.notice(`${what}${errorLine(error)}`);
  }
}

function nameIn(argument: string, word: string): string {
  const name = argument.toLowerCase();
  if (name === '') throw usage(`${word} whom? ${word} NAME`);
  if (!NAME_RULE.test(name)) throw usage(`a name is ${NAME_RULE_TEXT}`);
  return name;
}

const usage = (message: string) => new ChatError('BadRequest', message);
