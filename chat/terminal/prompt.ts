/**
 * The input of the terminal client: lines that begin with a slash, and text for the current
 * partner.
 */
import pc from 'picocolors';
import type { ChatClient } from '../client/client.ts';
import { ReadMarker, ROOM_SIGN } from '../client/read-marker.ts';
import { ChatError } from '../errors.ts';
import { TEXT_MAX } from '../state/limits.ts';
import { canonicalName, isName, NAME_RULE_TEXT } from '../state/names.ts';
import type { Message, RoomMessage } from '../state/views.ts';
import {
  clusterLines,
  conversationLine,
  errorLine,
  invitationLine,
  messageLine,
  personLine,
  roomLine,
  roomMessageLine,
} from './format.ts';
import { LINE_MAX } from './line-limit.ts';
import type { Screen } from './screen.ts';

/** The list of commands, as `/help` prints it. */
export const COMMANDS_HELP = `
/signup NAME       make an account and log in
/login NAME        log in; /logout ends the login
/list [PATTERN]    accounts, by a pattern with * and ?
/chats             your conversations, latest first
/to NAME [TEXT]    talk to somebody, or in a room (/to #room); then lines without a slash go there
/history [NAME]    the last messages; /older goes further back
/edit TEXT         change your last message there; /delete takes it back
/rooms [PATTERN]   rooms that you may enter; your own have what is unread
/create ROOM       make a room; /join and /leave enter one and leave it
/invite NAME       ask somebody into the room that you talk in; /members lists who is there
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
  incoming(message: Message | RoomMessage): void {
    const self = this.#client.login?.name;
    if (self === undefined || message.key.startsWith(this.#keyPrefix)) return;
    this.#screen.print(lineOf(message, self));
    if (message.from !== self)
      this.#marker.seen('room' in message ? `${ROOM_SIGN}${message.room}` : message.from, message.sequence);
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
        return this.#to(placeIn(argument, word), text);
      case '/history':
        return this.#history(argument ? placeIn(argument, word) : this.#current());
      case '/edit':
        if (argument === '') throw usage('what is it to say? /edit TEXT');
        return this.#editLast(text === '' ? argument : `${argument} ${text}`);
      case '/delete':
        return this.#deleteLast();
      case '/rooms':
        return this.#rooms(argument || '*');
      case '/create':
        await this.#client.rooms.create(nameIn(argument, word), { topic: text });
        return this.#to(`${ROOM_SIGN}${nameIn(argument, word)}`, '');
      case '/join':
        await this.#client.rooms.join(nameIn(argument, word));
        return this.#to(`${ROOM_SIGN}${nameIn(argument, word)}`, '');
      case '/leave':
        await this.#client.rooms.leave(nameIn(argument, word));
        if (this.#partner === `${ROOM_SIGN}${nameIn(argument, word)}`) this.#partner = undefined;
        return;
      case '/invite':
        await this.#client.rooms.invite(this.#room(), nameIn(argument, word));
        return;
      case '/members':
        for (const person of (await this.#client.rooms.members(this.#room())).members)
          this.#screen.print(personLine(person));
        return;
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
    let count = 0;
    let after: string | undefined;
    do {
      const { people, next } = await this.#client.accounts(pattern, after);
      for (const person of people) this.#screen.print(personLine(person));
      count += people.length;
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

  /** Rooms that may be entered, with what is unread in one's own; and invitations. */
  async #rooms(pattern: string): Promise<void> {
    const [{ rooms }, mine] = await Promise.all([
      this.#client.rooms.list(pattern),
      this.#client.rooms.mine(),
    ]);
    const unread = new Map(mine.rooms.map((room) => [room.room, room.unread]));
    for (const room of rooms) this.#screen.print(roomLine(room, unread.get(room.room) ?? 0));
    for (const each of mine.invitations) this.#screen.print(invitationLine(each));
    if (rooms.length === 0) this.#screen.print(pc.dim('no rooms: /create ROOM makes one'));
  }

  /** The user's last message to whom they talk to. */
  async #lastOwn(): Promise<number> {
    const { messages } = await this.#pageOf(this.#current());
    const self = this.#client.login?.name;
    const last = messages.findLast(({ from, deletedAt }) => from === self && deletedAt === undefined);
    if (!last) throw usage('none of the last messages there is yours');
    return last.sequence;
  }

  async #editLast(text: string): Promise<void> {
    const [to, sequence] = [this.#current(), await this.#lastOwn()];
    if (isRoom(to)) await this.#client.rooms.edit(roomOf(to), sequence, text);
    else await this.#client.edit(to, sequence, text);
  }

  async #deleteLast(): Promise<void> {
    const [to, sequence] = [this.#current(), await this.#lastOwn()];
    if (isRoom(to)) await this.#client.rooms.delete(roomOf(to), sequence);
    else await this.#client.delete(to, sequence);
  }

  #pageOf(
    other: string,
    before?: number,
  ): Promise<{ readonly messages: readonly (Message | RoomMessage)[]; readonly more: boolean }> {
    return isRoom(other)
      ? this.#client.rooms.history(roomOf(other), before)
      : this.#client.history(other, before);
  }

  async #to(name: string, text: string): Promise<void> {
    if (isRoom(name)) {
      const { rooms } = await this.#client.rooms.mine();
      if (!rooms.some(({ room }) => room === roomOf(name)))
        throw usage(`you are not in ${name}: /join it first`);
    } else await this.#known(name);
    this.#partner = name;
    if (text) this.#say(name, text);
    else if (this.#screen.interactive) await this.#history(name);
  }

  async #known(name: string): Promise<void> {
    const { people } = await this.#client.accounts(name);
    if (people.length === 0) throw new ChatError('UnknownAccount', `there is no account ${name}`);
  }

  async #history(other: string, before?: number): Promise<void> {
    const self = this.#client.login?.name ?? '';
    const { messages, more } = await this.#pageOf(other, before);
    const shown = messages.slice(-HISTORY_LINES);
    for (const message of shown) this.#screen.print(lineOf(message, self));
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
    const sent = isRoom(to)
      ? this.#client.rooms.send(roomOf(to), text, key)
      : this.#client.send(to, text, key);
    const sending = sent.then(
      () => {},
      (error: unknown) => this.#fail(error, `not sent to ${to}: `),
    );
    this.#unsent.add(sending);
    void sending.finally(() => this.#unsent.delete(sending));
  }

  /** The room that the user talks in. */
  #room(): string {
    const current = this.#current();
    if (!isRoom(current)) throw usage('which room? /to #room first');
    return roomOf(current);
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

const isRoom = (name: string): boolean => name.startsWith(ROOM_SIGN);
const roomOf = (name: string): string => name.slice(ROOM_SIGN.length);

function lineOf(message: Message | RoomMessage, self: string): string {
  return 'room' in message ? roomMessageLine(message, self) : messageLine(message, self);
}

/** The name of somebody, or of a room with its sign. */
function placeIn(argument: string, word: string): string {
  if (!isRoom(argument)) return nameIn(argument, word);
  return `${ROOM_SIGN}${nameIn(roomOf(argument), word)}`;
}

function nameIn(argument: string, word: string): string {
  const name = canonicalName(argument);
  if (name === '') throw usage(`${word} whom? ${word} NAME`);
  if (!isName(name)) throw usage(`a name is ${NAME_RULE_TEXT}`);
  return name;
}

const usage = (message: string) => new ChatError('BadRequest', message);
