/**
 * What the page shows, as signals, and what its user can do. The views hold no state that matters.
 */
import { computed, signal } from '@preact/signals';
import type { ConnectionState } from '../../replication/failover/index.ts';
import { ChatClient } from '../client/client.ts';
import { ReadMarker } from '../client/read-marker.ts';
import { randomKey } from '../client/requests.ts';
import { ChatError } from '../errors.ts';
import { isRoomMessage, type Message, type RoomEntry } from '../state/views.ts';
import type { Cluster, Login } from '../wire.ts';
import { Drafts } from './drafts.ts';
import { watchHealth } from './health.ts';
import { RoomsModel } from './rooms-model.ts';
import {
  emptyThread,
  folded,
  isRoom,
  type Line,
  type Outgoing,
  roomId,
  roomOf,
  type Thread,
  withChange,
  withHistory,
  withMessage,
  withOutcome,
  withOutgoing,
  withReceipt,
  withSummary,
} from './thread.ts';
import { loadToken, saveToken } from './token.ts';

/** `starting` while the token of an earlier login is being tried. */
export type Phase = 'starting' | 'logged out' | 'logged in';

/** How long a notice stays, in milliseconds. */
const NOTICE_MS = 8_000;

/** How long logging out may take, in milliseconds. */
const LOG_OUT_MS = 4_000;

export class ChatModel {
  readonly phase = signal<Phase>('starting');
  readonly login = signal<Login | undefined>(undefined);
  readonly connection = signal<ConnectionState>({ status: 'connecting' });
  readonly cluster = signal<Cluster>({ replicas: [] });
  readonly health = watchHealth(this.cluster);
  /** A message about what has just happened. */
  readonly notice = signal<string | undefined>(undefined);
  readonly threads = signal<ReadonlyMap<string, Thread>>(new Map());
  /** Where the next page of conversations begins, if there is one. */
  readonly olderThreads = signal<number | undefined>(undefined);
  /** The partner of the open conversation. */
  readonly current = signal<string | undefined>(undefined);
  readonly thread = computed(() => this.threads.value.get(this.current.value ?? ''));
  /** Conversations that have begun, and the current one, latest first. */
  readonly conversations = computed(() =>
    [...this.threads.value.values()]
      .filter(
        ({ with: other, last, outgoing }) =>
          last !== undefined || outgoing.length > 0 || other === this.current.value || isRoom(other),
      )
      .sort((a, b) => newest(b) - newest(a)),
  );
  readonly unread = computed(() => this.conversations.value.reduce((sum, { unread }) => sum + unread, 0));

  /** One's own message that is being changed. */
  readonly editing = signal<Line | undefined>(undefined);
  readonly drafts = new Drafts();
  readonly rooms: RoomsModel;
  readonly client: ChatClient;
  #marker: ReadMarker;
  #noticeTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(origin: string) {
    this.client = new ChatClient({ servers: [origin] });
    this.#marker = new ReadMarker(this.client);
    this.client.on('connection', (state) => this.#connectionChanged(state));
    this.client.on('cluster', (cluster) => {
      this.cluster.value = cluster;
    });
    this.rooms = new RoomsModel(this);
    this.client.on('message', (message) => this.#take(message));
    this.client.on('change', (change) => this.change(change.with, (thread) => withChange(thread, change)));
    this.client.on('room', (entry) => this.#takeFromRoom(entry));
    this.client.on('membership', () => void this.rooms.refresh());
    this.client.on('receipt', (news) => this.#know(news.with, (thread) => withReceipt(thread, news)));
    this.client.on('accountDeleted', ({ name }) =>
      this.#know(name, (thread) => ({ ...thread, deletedAccount: true })),
    );
    this.client.on('read', ({ with: other, unread }) => this.#readElsewhere(other, unread));
    this.client.on('roomRead', ({ room, unread }) => this.#readElsewhere(roomId(room), unread));
    this.client.on('loggedOut', () => this.#leave('You were logged out: this login has ended.'));
    document.addEventListener('visibilitychange', () => this.#seen());
    void this.#resume();
  }

  /** Logs in, to a new account if `create`. Rejects with a `ChatError`. */
  async enter(name: string, password: string, create: boolean): Promise<void> {
    const login = create ? await this.client.signUp(name, password) : await this.client.logIn(name, password);
    await this.#entered(login);
  }

  /** Logs out; if no server can be reached, unsent messages are dropped. */
  async logOut(): Promise<void> {
    saveToken(undefined);
    const heard = this.client.logOut().then(
      () => true,
      () => false,
    );
    const late = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), LOG_OUT_MS));
    if (await Promise.race([heard, late])) this.#leave(undefined);
    else location.reload();
  }

  /** Deletes the user's account, for good. */
  async deleteAccount(password: string): Promise<void> {
    if (await this.try(() => this.client.account.delete(password))) this.#leave('Your account was deleted.');
  }

  /** Opens the conversation with `other`, or none. */
  async open(other: string | undefined): Promise<void> {
    const before = this.current.peek();
    if (before !== undefined && before !== other) this.change(before, folded);
    this.editing.value = undefined;
    this.current.value = other;
    if (other === undefined) return;
    this.change(other, (thread) => ({ ...thread, newAfter: thread.unread > 0 ? thread.read : undefined }));
    this.#seen();
    if (this.threads.value.get(other)!.loaded) return;
    await this.loadEarlier(other);
    // An old conversation may not be in the loaded list with its unread count.
    const last = this.threads.value.get(other)?.messages.at(-1);
    if (last) this.#marker.seen(other, last.sequence);
  }

  /** Loads a page of earlier messages. */
  async loadEarlier(other: string): Promise<void> {
    const before = this.threads.value.get(other)?.messages[0]?.sequence;
    await this.try(async () => {
      const page = isRoom(other)
        ? await this.client.rooms.history(roomOf(other), before)
        : await this.client.history(other, before);
      this.change(other, (thread) => withHistory(thread, page));
    });
  }

  async loadOlderThreads(): Promise<void> {
    await this.try(async () => {
      const page = await this.client.conversations(this.olderThreads.peek());
      for (const each of page.conversations) this.change(each.with, (thread) => withSummary(thread, each));
      this.olderThreads.value = page.next ?? undefined;
    });
  }

  /** Sends a message, or sends one again that failed (under its key). */
  async send(to: string, text: string, key: string = randomKey()): Promise<void> {
    this.change(to, (thread) => withOutgoing(thread, { key, text, state: 'pending' }));
    const outcome = (state: Outgoing['state'], error?: string) =>
      this.change(to, (thread) => withOutcome(thread, { key, text, state, ...(error && { error }) }));
    try {
      if (isRoom(to)) await this.client.rooms.send(roomOf(to), text, key);
      else await this.client.send(to, text, key);
      outcome('sent');
    } catch (error) {
      const doubtful = error instanceof ChatError && error.code === 'Indeterminate';
      outcome(doubtful ? 'doubtful' : 'failed', explain(error));
    }
  }

  /** Begins to change one's own last message, if it is shown. */
  editLast(): void {
    const self = this.login.value?.name;
    this.editing.value = this.thread.value?.messages.findLast(
      ({ from, deletedAt }) => from === self && deletedAt === undefined,
    );
  }

  /** Opens the conversation before (-1) or after (1) the open one in the list. */
  step(by: 1 | -1): void {
    const all = this.conversations.value;
    const at = all.findIndex((thread) => thread.with === this.current.value);
    const next = all[at < 0 ? 0 : at + by];
    if (next) void this.open(next.with);
  }

  /** Changes the message that is being edited. */
  async edit(to: string, { sequence }: Line, text: string): Promise<void> {
    this.editing.value = undefined;
    await this.try(async () => {
      if (isRoom(to)) await this.client.rooms.edit(roomOf(to), sequence, text);
      else await this.client.edit(to, sequence, text);
    });
  }

  /** Takes one's own message back, for all. */
  async remove(to: string, { sequence }: Line): Promise<void> {
    await this.try(async () => {
      if (isRoom(to)) await this.client.rooms.delete(roomOf(to), sequence);
      else await this.client.delete(to, sequence);
    });
  }

  /**
   * Does something that the user asked for; what goes wrong is shown. Returns whether it was done.
   */
  async try(act: () => Promise<unknown>): Promise<boolean> {
    try {
      await act();
      return true;
    } catch (error) {
      this.#say(explain(error));
      return false;
    }
  }

  /** Changes a conversation, or begins one. */
  change(other: string, change: (thread: Thread) => Thread): void {
    const threads = new Map(this.threads.value);
    threads.set(other, change(threads.get(other) ?? emptyThread(other)));
    this.threads.value = threads;
  }

  /** Takes a conversation off the list. */
  drop(other: string): void {
    const threads = new Map(this.threads.value);
    threads.delete(other);
    this.threads.value = threads;
    if (this.current.value === other) this.current.value = undefined;
  }

  async #resume(): Promise<void> {
    const token = loadToken();
    while (token !== undefined) {
      try {
        return await this.#entered(await this.client.resume(token));
      } catch (error) {
        const code = error instanceof ChatError ? error.code : undefined;
        // If no server answers, the token may still be valid.
        if (code === 'Unreachable' || code === 'NoLeader') continue;
        saveToken(undefined);
        break;
      }
    }
    this.phase.value = 'logged out';
  }

  async #entered(login: Login): Promise<void> {
    const { head, conversations, next } = await this.client.conversations();
    this.threads.value = new Map(
      conversations.map((each) => [each.with, withSummary(emptyThread(each.with), each)]),
    );
    this.olderThreads.value = next ?? undefined;
    await this.rooms.refresh();
    await this.client.follow(head);
    saveToken(login.token);
    this.drafts.open(login.name);
    this.login.value = login;
    this.phase.value = 'logged in';
  }

  #leave(reason: string | undefined): void {
    saveToken(undefined);
    this.#marker = new ReadMarker(this.client);
    this.login.value = undefined;
    this.current.value = undefined;
    this.editing.value = undefined;
    this.threads.value = new Map();
    this.rooms.forget();
    this.olderThreads.value = undefined;
    this.phase.value = 'logged out';
    if (reason) this.#say(reason);
  }

  #take(message: Message): void {
    const self = this.login.value?.name;
    this.change(message.from === self ? message.to : message.from, (thread) => withMessage(thread, message));
    this.#seen();
  }

  #takeFromRoom(entry: RoomEntry): void {
    const id = roomId(entry.room);
    if (isRoomMessage(entry)) {
      const isIncoming = entry.from !== this.login.value?.name;
      this.change(id, (thread) => withMessage(thread, entry, isIncoming));
      this.#seen();
    } else if (entry.change === 'edit' || entry.change === 'delete') {
      const { change, of = 0, text = '', at } = entry;
      this.change(id, (thread) => withChange(thread, { change, of, text, at }));
    } else void this.rooms.refresh();
  }

  /** Changes a conversation if there is one. */
  #know(other: string, change: (thread: Thread) => Thread): void {
    if (this.threads.value.has(other)) this.change(other, change);
  }

  #readElsewhere(other: string, unread: number): void {
    if (this.threads.value.get(other)?.unread !== unread) void this.#refresh();
  }

  /** Marks what the user sees as read. */
  #seen(): void {
    const thread = this.thread.value;
    if (document.visibilityState !== 'visible' || !thread?.last || thread.unread === 0) return;
    this.#marker.seen(thread.with, thread.last.sequence);
    this.change(thread.with, (before) => ({ ...before, unread: 0 }));
  }

  /** Another device may have read, or read marks were missed while the connection was broken. */
  async #refresh(): Promise<void> {
    if (this.phase.value !== 'logged in') return;
    await this.try(async () => {
      const { conversations } = await this.client.conversations();
      for (const each of conversations) this.change(each.with, (thread) => withSummary(thread, each));
      await this.rooms.refresh();
      this.#seen();
    });
  }

  #connectionChanged(state: ConnectionState): void {
    this.connection.value = state;
    if (state.status !== 'connected' || !state.lost) return;
    this.#say(`${state.lost.server.id} ${state.lost.reason}, now on ${state.server.id}`);
    void this.#refresh();
  }

  #say(text: string): void {
    clearTimeout(this.#noticeTimer);
    this.notice.value = text;
    this.#noticeTimer = setTimeout(() => {
      this.notice.value = undefined;
    }, NOTICE_MS);
  }
}

/** An error as one line for people. */
export function explain(error: unknown): string {
  return error instanceof ChatError ? error.message : 'something went wrong in this page: reload it';
}

/** The position of a conversation in the list; one with a person that has not begun comes first. */
const newest = ({ last, room }: Thread): number => last?.sentAt ?? (room ? 0 : Number.MAX_SAFE_INTEGER);
