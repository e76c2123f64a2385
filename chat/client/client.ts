/**
 * The chat's client library, for Node and browsers (`tickraft/chat`).
 *
 *     const client = await ChatClient.connect({ servers: ['http://localhost:8081'] });
 *     await client.logIn('ada', 'correct horse');
 *     client.on('message', ({ from, text }) => console.log(from, text));
 *     await client.follow(0);
 *     await client.send('grace', 'hello');   // resolves when a majority has it
 *
 * If its server fails, it connects to another replica, logs in again with its token, retries what
 * was not answered (with the same session tag, so that it applies once) and continues to follow the
 * mailbox. It refuses invalid requests itself, with the server's message. Changes are sent one at
 * a time, so that one client's messages are applied in the order in which they were sent.
 *
 * Errors are `ChatError`s with a `code`. `Indeterminate` is rare: the session ended while a change
 * was in flight, so check before you send it again.
 */
import type { Socket } from 'socket.io-client';
import {
  ClientSession,
  type ConnectionState,
  Failover,
  type Link,
} from '../../replication/failover/index.ts';
import { ChatError } from '../errors.ts';
import { QUEUE_MAX } from '../state/limits.ts';
import { isMessage, type MailboxEntry, type Message } from '../state/views.ts';
import type {
  ChangeName,
  Cluster,
  Login,
  ReadMark,
  RequestName,
  RequestOf,
  ServerEvents,
  Values,
} from '../wire.ts';
import { Account } from './account.ts';
import { type ChatRequest, chatWire } from './chat-wire.ts';
import { Emitter } from './emitter.ts';
import type { ChatClientEvents, ChatClientOptions } from './events.ts';
import { type ChangeOf, check, named, randomKey } from './requests.ts';
import { RoomFollower } from './room-follower.ts';
import { Rooms } from './rooms.ts';

export class ChatClient {
  readonly #failover: Failover<ChatRequest>;
  readonly #timeoutMs: number;
  readonly #events = new Emitter<ChatClientEvents>();
  #state: ConnectionState = { status: 'connecting' };
  #cluster: Cluster = { replicas: [] };
  #login: Login | undefined;
  /** The last sequence number seen of the followed mailbox; undefined while none is followed. */
  #cursor: number | undefined;
  #session = new ClientSession();
  #queued = 0;
  #last: Promise<unknown> = Promise.resolve();
  readonly #roomFollower = new RoomFollower({
    page: async (room, after) => (await this.#ask('room.page', { room, after })).entries,
    deliver: (entry) => this.#events.emit('room', entry),
  });
  readonly rooms: Rooms;
  readonly account: Account;

  /**
   * A client that is connected to one of the servers. Rejects with `Unreachable` if none answers.
   */
  static async connect(options: ChatClientOptions): Promise<ChatClient> {
    const client = new ChatClient(options);
    try {
      await client.#ask('cluster', {});
      return client;
    } catch {
      client.close();
      throw new ChatError('Unreachable', `no server answers at ${options.servers.join(', ')}`);
    }
  }

  /** A client that begins to look for a server; requests wait until it has found one. */
  constructor({ servers, timeoutMs = 15_000 }: ChatClientOptions) {
    this.#timeoutMs = timeoutMs;
    const requests = {
      ask: this.#ask.bind(this),
      change: <K extends ChangeName>(name: K, change: ChangeOf<K>, waits?: 'waits') =>
        this.#change(name, change, waits ? Number.POSITIVE_INFINITY : this.#timeoutMs),
    };
    this.rooms = new Rooms(requests);
    this.account = new Account(requests, () => this.#become(undefined));
    this.#failover = new Failover({
      wire: chatWire,
      servers,
      prepare: (link) => this.#prepare(link),
      onState: (state) => {
        this.#state = state;
        this.#events.emit('connection', state);
      },
      onCluster: (cluster) => {
        this.#cluster = cluster;
        this.#events.emit('cluster', cluster);
      },
    });
  }

  get state(): ConnectionState {
    return this.#state;
  }

  get cluster(): Cluster {
    return this.#cluster;
  }

  /** Who is logged in, with the token that `resume` takes. Keep it as you would keep a password. */
  get login(): Login | undefined {
    return this.#login;
  }

  /** Calls `listener` at every such event. Returns a function that unsubscribes it. */
  on<K extends keyof ChatClientEvents>(name: K, listener: (event: ChatClientEvents[K]) => void): () => void {
    return this.#events.on(name, listener);
  }

  /** Creates an account and logs in. */
  async signUp(name: string, password: string): Promise<Login> {
    // Without a session, which only an account may open: sent again, it is known by its key.
    const request = { name: named(name), password, key: randomKey() };
    await this.#inTurn(() => this.#ask('account.create', request));
    return this.logIn(name, password);
  }

  /** Logs in. Sent without a session tag: a retry makes another login, which does no harm. */
  async logIn(typed: string, password: string): Promise<Login> {
    const name = named(typed);
    check('login.create', { name, password });
    return this.#inTurn(async () => this.#become(await this.#ask('login.create', { name, password })));
  }

  /** Logs in with the token of an earlier login. */
  async resume(token: string): Promise<Login> {
    check('login.resume', { token });
    return this.#inTurn(async () => {
      const { name } = await this.#ask('login.resume', { token });
      return this.#become({ name, token });
    });
  }

  /** Ends the login, after what was sent before, so that its token is worth nothing any more. */
  async logOut(): Promise<void> {
    try {
      await this.#change('login.end', {}, this.#timeoutMs);
    } catch (error) {
      if (!(error instanceof ChatError && error.code === 'NotLoggedIn')) throw error;
    }
    this.#become(undefined);
  }

  /**
   * One page of the people whose names match a pattern with `*` and `?`, in order; `next` continues
   * it as `after`.
   */
  accounts(pattern: string, after?: string): Promise<Values['account.list']> {
    return this.#ask('account.list', { pattern: named(pattern), after });
  }

  /**
   * One page of conversations, latest first; `next` continues it as `before`. `head` is where to
   * `follow` from.
   */
  conversations(before?: number): Promise<Values['conversation.list']> {
    return this.#ask('conversation.list', { before });
  }

  /**
   * One page of the messages exchanged with `other` before `before` (default: the latest), oldest
   * first.
   */
  history(other: string, before?: number): Promise<Values['conversation.history']> {
    return this.#ask('conversation.history', { with: named(other), before });
  }

  /**
   * One page of the user's messages that hold `text`, latest first; `next` continues it as
   * `before`. A page looks at so many messages at most, so it may be empty and not the last.
   */
  search(text: string, before?: number): Promise<Values['message.search']> {
    return this.#ask('message.search', { text, before });
  }

  /**
   * Sends a message; resolves once it is committed, however many servers that takes. Rejects with a
   * refusal, `BadRequest` (no server would take it; at once), `Overloaded` (too many unsent),
   * `Indeterminate` (its session ended meanwhile, or every server broke the connection on being
   * sent it: look before sending again) or `Closed`. `key` lets the caller know the message again
   * when it comes along in the mailbox.
   */
  async send(recipient: string, text: string, key: string = randomKey()): Promise<Message> {
    const to = named(recipient);
    const from = this.#login?.name;
    if (from === undefined) throw new ChatError('NotLoggedIn', 'log in first');
    const sent = await this.#change('message.send', { to, text, key }, Number.POSITIVE_INFINITY);
    return { ...sent, from, to, text, key };
  }

  /** Changes one of the user's own messages to `other`, on both sides. */
  async edit(other: string, sequence: number, text: string): Promise<void> {
    await this.#change('message.edit', { with: named(other), sequence, text }, this.#timeoutMs);
  }

  /**
   * Deletes some of the user's own messages to `other`, on both sides; that they stood there can be
   * seen. All of them, or none: with `UnknownMessage` if one of them is not such a message.
   */
  async delete(other: string, ...sequences: readonly number[]): Promise<void> {
    const change = { with: named(other), sequences: [...sequences] };
    await this.#change('message.delete', change, this.#timeoutMs);
  }

  /** The user has read the conversation with `other` up to that sequence number. */
  markRead(other: string, upTo: number): Promise<ReadMark> {
    return this.#change('mailbox.read', { with: named(other), upTo }, this.#timeoutMs);
  }

  /** How many messages to the user were not delivered to any device yet. */
  async waiting(): Promise<number> {
    return (await this.#ask('mailbox.waiting', {})).waiting;
  }

  /**
   * The oldest `count` undelivered messages (50 at most), which count as delivered from then on;
   * and how many still wait. `follow` delivers all by itself.
   */
  take(count: number): Promise<Values['mailbox.take']> {
    return this.#change('mailbox.take', { count }, this.#timeoutMs);
  }

  /**
   * What follows a place in the mailbox: a page of messages and changes to them, oldest first. They
   * do not count as delivered.
   */
  async mailbox(after: number): Promise<readonly MailboxEntry[]> {
    return (await this.#ask('mailbox.page', { after })).entries;
  }

  /**
   * From now on `message` and `change` tell all that follows `after` in the mailbox (0:
   * everything), and `room` what is said in the user's rooms, over all failovers. `rooms`: a place
   * in the log of each room to begin behind; the others begin at their ends.
   */
  async follow(after: number, rooms: Readonly<Record<string, number>> = {}): Promise<void> {
    check('mailbox.follow', { after });
    this.#cursor = after;
    this.#roomFollower.begin(rooms);
    await this.#ask('mailbox.follow', { after });
  }

  /**
   * Disconnects for good. What is unanswered is rejected: with `Indeterminate` if it may have
   * happened, else with `Closed`.
   */
  close(): void {
    this.#failover.close();
  }

  async #ask<K extends RequestName>(name: K, request: RequestOf<K>): Promise<Values[K]> {
    check(name, request);
    return this.#send(name, this.#timeoutMs, () => request);
  }

  async #send<K extends RequestName>(name: K, waitMs: number, body: () => RequestOf<K>): Promise<Values[K]> {
    const request = () => ({ name, body: body() }) as ChatRequest;
    const isChange = 'tag' in body() || name === 'account.create';
    const deadlineMs = performance.now() + waitMs;
    return (await this.#failover.ask({ request, isChange, bytes: 0, deadlineMs })) as Values[K];
  }

  /** A change, after those before it, in the name of the user who is logged in now. */
  async #change<K extends ChangeName>(name: K, change: ChangeOf<K>, waitMs: number): Promise<Values[K]> {
    // Before it is queued: what a server would refuse, or not even read, is to hold nothing up.
    check(name, { ...change, tag: ANY_TAG });
    const login = this.#login;
    return this.#inTurn(() => {
      if (login !== this.#login) throw new ChatError('NotLoggedIn', 'the login ended before this was sent');
      return this.#session.run(
        async () => (await this.#send('session.open', waitMs, () => ({}))).session,
        (tag) => this.#send(name, waitMs, () => ({ ...change, tag: tag() }) as unknown as RequestOf<K>),
      );
    });
  }

  /** Changes and logins go one after the other. */
  async #inTurn<T>(act: () => Promise<T>): Promise<T> {
    if (this.#queued >= QUEUE_MAX) throw new ChatError('Overloaded', 'too many messages wait to be sent');
    this.#queued++;
    const done = this.#last.then(act);
    this.#last = done.catch(() => {});
    return done.finally(() => this.#queued--);
  }

  #become<T extends Login | undefined>(login: T): T {
    // Sessions are their account's.
    if (login?.name !== this.#login?.name) this.#session = new ClientSession();
    this.#login = login;
    this.#cursor = undefined;
    return login;
  }

  #loggedOut(): void {
    this.#become(undefined);
    this.#events.emit('loggedOut', undefined);
  }

  /** Brings a new link to where the last one was. */
  async #prepare(link: Link<ChatRequest>): Promise<void> {
    const socket = link.socket as Socket<ServerEvents>;
    socket.on('mailbox', ({ entries }, acknowledge) => {
      for (const entry of entries) this.#deliver(entry);
      acknowledge();
    });
    socket.on('room', (entry) => this.#roomFollower.pushed(entry));
    socket.on('rooms', (heads) => this.#roomFollower.heads(heads));
    socket.on('read', (mark) => this.#events.emit('read', mark));
    socket.on('roomRead', (mark) => this.#events.emit('roomRead', mark));
    socket.on('receipt', (news) => this.#events.emit('receipt', news));
    socket.on('membership', () => this.#events.emit('membership', undefined));
    socket.on('accountDeleted', (account) => this.#events.emit('accountDeleted', account));
    socket.on('loggedOut', () => this.#loggedOut());
    if (!this.#login) return;
    const ask = async (request: ChatRequest) => (await link.request([request])).outcomes[0]!;
    const resumed = await ask({ name: 'login.resume', body: { token: this.#login.token } });
    if (!resumed.ok && resumed.code === 'NotLoggedIn') return this.#loggedOut();
    const follows = resumed.ok && this.#cursor !== undefined;
    const done = follows ? await ask({ name: 'mailbox.follow', body: { after: this.#cursor! } }) : resumed;
    if (!done.ok) link.drop('could not take over');
  }

  #deliver(entry: MailboxEntry): void {
    if (this.#cursor === undefined || entry.sequence <= this.#cursor) return;
    this.#cursor = entry.sequence;
    if (isMessage(entry)) this.#events.emit('message', entry);
    else this.#events.emit('change', entry);
  }
}

/** A tag that stands for the one which a change gets when its turn comes. */
const ANY_TAG = { session: 'any', sequence: 1, acknowledged: 1 };
