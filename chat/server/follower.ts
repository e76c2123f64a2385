/**
 * One client that follows: it gets what comes after its cursor in its mailbox, page by page, from
 * what this replica has applied. A page is sent when the one before is acknowledged, so a slow
 * client slows only itself, and reading by cursor can neither skip nor repeat. An applied command
 * only wakes a follower; what it then sends comes from the state.
 *
 * What is said in its rooms is pushed to all members at once (`delivery.ts`); here is kept which
 * rooms those are.
 */
import type { Consistency } from '../../replication/index.ts';
import type { ChatAnswer, ChatQuery } from '../state/query-shapes.ts';
import { isMessage, type MailboxEntry } from '../state/views.ts';
import type { ReadMark, ReceiptNews, RoomMark } from '../wire.ts';
import type { DeliveredMarker } from './delivered-marker.ts';

/** Reads for a follower, in turn. */
export type FollowerRead = (query: ChatQuery, consistency: Consistency) => Promise<ChatAnswer>;

/** What a follower needs of its client's connection. */
export interface Outlet {
  /** Resolves when the client has acknowledged; rejects if it does not. */
  page(entries: readonly MailboxEntry[]): Promise<void>;
  read(mark: ReadMark): void;
  roomRead(mark: RoomMark): void;
  receipt(news: ReceiptNews): void;
  /** From now on it hears what is said in exactly these rooms. */
  inRooms(rooms: readonly string[]): void;
  /** The last places of the rooms that it hears. */
  heads(heads: Readonly<Record<string, number>>): void;
  /** Its rooms or invitations have changed. */
  membership(): void;
  /** The login has ended. */
  loggedOut(): void;
  /** The client does not keep up, or this server failed: it should connect again. */
  drop(error: unknown): void;
}

export interface FollowerOptions {
  readonly read: FollowerRead;
  readonly name: string;
  readonly login: string;
  /** The place in the mailbox up to which the client has everything. */
  readonly after: number;
  readonly outlet: Outlet;
  readonly marker: DeliveredMarker;
}

/** One client's cursor in a mailbox, and its rooms. */
export class Follower {
  readonly name: string;
  readonly outlet: Outlet;
  readonly #options: FollowerOptions;
  #cursor: number;
  /** Whether it is sending pages, and whether it has been woken since it last looked. */
  #pumping = false;
  #news = false;
  #stopped = false;
  /** Counts the changes of its rooms: what was read before the last one is outdated. */
  #membership = 0;
  #rooms: readonly string[] = [];

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.name = options.name;
    this.outlet = options.outlet;
    this.#cursor = options.after;
  }

  get isStopped(): boolean {
    return this.#stopped;
  }

  /** Something may have happened to the mailbox or the login. */
  wake(): void {
    this.#news = true;
    if (!this.#pumping && !this.#stopped) void this.#pump();
  }

  /** Its rooms have changed, or are not known yet. */
  roomsChanged(): void {
    void this.#findRooms(++this.#membership).catch((error) => this.#drop(error));
  }

  /** It has left a room, or was removed: at once, whatever a read on its way says. */
  leaveRoom(room: string): void {
    this.#hear(this.#rooms.filter((other) => other !== room));
    this.roomsChanged();
  }

  stop(): void {
    this.#stopped = true;
    this.outlet.inRooms([]);
  }

  async #findRooms(change: number): Promise<void> {
    const rooms = await this.#myRooms(change);
    if (rooms === undefined) return;
    this.#hear(rooms.map(({ room }) => room));
    // What was said before this is asked for by the client; what comes after is pushed.
    const heads = await this.#myRooms(change);
    if (heads) this.outlet.heads(Object.fromEntries(heads.map(({ room, head }) => [room, head])));
  }

  /** Its rooms, unless they have changed meanwhile. */
  async #myRooms(change: number) {
    const answer = await this.#options.read({ type: 'room.mine', login: this.#options.login }, 'stale');
    const isCurrent = change === this.#membership && !this.#stopped;
    return isCurrent && answer.type === 'room.mine' ? answer.rooms : undefined;
  }

  #hear(rooms: readonly string[]): void {
    if (this.#stopped) return;
    this.#rooms = rooms;
    this.outlet.inRooms(rooms);
  }

  /** Sends what there is, and what comes meanwhile. */
  async #pump(): Promise<void> {
    this.#pumping = true;
    try {
      while (this.#news && !this.#stopped) {
        this.#news = false;
        await this.#drain();
      }
    } catch (error) {
      this.#drop(error);
    }
    this.#pumping = false;
  }

  #drop(error: unknown): void {
    if (!this.#stopped) this.outlet.drop(error);
    this.#stopped = true;
  }

  /**
   * The login has ended, or this replica has not applied it yet: then applying it will wake the
   * follower.
   */
  async #refused(): Promise<void> {
    const { read, login } = this.#options;
    // Until that is known it hears nothing.
    this.outlet.inRooms([]);
    const owner = await read({ type: 'login.owner', login }, 'linearizable');
    if (this.#stopped) return;
    if (owner.type === 'login.owner') return this.roomsChanged();
    this.stop();
    this.outlet.loggedOut();
  }

  /** Sends page after page until the client has all of the mailbox. */
  async #drain(): Promise<void> {
    const { read, login, marker } = this.#options;
    for (;;) {
      const answer = await read({ type: 'mailbox.page', login, after: this.#cursor }, 'stale');
      if (this.#stopped) return;
      if (answer.type !== 'mailbox.page') return this.#refused();
      const last = answer.entries.at(-1);
      if (!last) return;
      await this.outlet.page(answer.entries);
      this.#cursor = last.sequence;
      const isNews = answer.entries.some((entry) => isMessage(entry) && entry.from !== this.name);
      if (isNews) marker.delivered(last.sequence);
    }
  }
}
