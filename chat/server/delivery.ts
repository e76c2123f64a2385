/**
 * Delivery to online users: a client that follows a mailbox gets what comes after its cursor, page
 * by page, from what this replica has applied. A page is sent when the one before is acknowledged,
 * so a slow client slows only itself, and reading by cursor can neither skip nor repeat. An applied
 * command only wakes a follower; what it then sends comes from the state.
 */
import type { Consistency, Replication } from '../../replication/index.ts';
import type { ChatAnswer, ChatCommand, ChatQuery, ChatResult, Message } from '../state/commands.ts';
import type { ReadMark } from '../wire.ts';

export type ChatReplication = Replication<ChatCommand, ChatResult, ChatQuery, ChatAnswer>;

/** Reads for a follower, in turn. */
export type FollowerRead = (query: ChatQuery, consistency: Consistency) => Promise<ChatAnswer>;

/** What a follower needs of its client's connection. */
export interface Outlet {
  /** Resolves when the client has acknowledged; rejects if it does not. */
  page(messages: readonly Message[]): Promise<void>;
  read(mark: ReadMark): void;
  /** The login has ended. */
  loggedOut(): void;
  /** The client does not keep up, or this server failed: it should connect again. */
  drop(error: unknown): void;
}

/** One client's cursor in a mailbox. */
export class Follower {
  readonly name: string;
  readonly #login: string;
  readonly #read: FollowerRead;
  readonly #outlet: Outlet;
  /** The place in the mailbox up to which the client has everything. */
  #cursor: number;
  /** Whether it is sending pages, and whether it has been woken since it last looked. */
  #pumping = false;
  #news = false;
  #stopped = false;

  constructor(
    read: FollowerRead,
    who: { readonly name: string; readonly login: string },
    after: number,
    outlet: Outlet,
  ) {
    this.#read = read;
    this.name = who.name;
    this.#login = who.login;
    this.#cursor = after;
    this.#outlet = outlet;
  }

  /** Something may have happened to the mailbox or the login. */
  wake(): void {
    this.#news = true;
    if (!this.#pumping && !this.#stopped) void this.#pump();
  }

  read(mark: ReadMark): void {
    if (!this.#stopped) this.#outlet.read(mark);
  }

  stop(): void {
    this.#stopped = true;
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
      if (!this.#stopped) this.#outlet.drop(error);
      this.#stopped = true;
    }
    this.#pumping = false;
  }

  /**
   * The login has ended, or this replica has not applied it yet: then applying it will wake the
   * follower.
   */
  async #refused(): Promise<void> {
    const owner = await this.#read({ type: 'login.owner', login: this.#login }, 'linearizable');
    if (owner.type === 'login.owner' || this.#stopped) return;
    this.#stopped = true;
    this.#outlet.loggedOut();
  }

  /** Sends page after page until the client has all of the mailbox. */
  async #drain(): Promise<void> {
    for (;;) {
      const query = { type: 'mailbox.page', login: this.#login, after: this.#cursor } as const;
      const answer = await this.#read(query, 'stale');
      if (this.#stopped) return;
      if (answer.type !== 'mailbox.page') return this.#refused();
      const last = answer.messages.at(-1);
      if (!last) return;
      await this.#outlet.page(answer.messages);
      this.#cursor = last.sequence;
    }
  }
}

/** All followers on this replica, by name. */
export class Delivery {
  readonly #followers = new Map<string, Set<Follower>>();

  add(follower: Follower): void {
    const others = this.#followers.get(follower.name) ?? new Set();
    this.#followers.set(follower.name, others.add(follower));
    follower.wake();
  }

  remove(follower: Follower): void {
    follower.stop();
    const others = this.#followers.get(follower.name);
    others?.delete(follower);
    if (others?.size === 0) this.#followers.delete(follower.name);
  }

  /** Wakes the followers affected by a command that has been applied here. */
  applied(result: ChatResult): void {
    switch (result.type) {
      case 'message.sent':
        this.#wake(result.from);
        this.#wake(result.to);
        break;
      case 'login.created': // may have ended the oldest login
      case 'login.ended':
        if (result.name !== null) this.#wake(result.name);
        break;
      case 'mailbox.read': {
        const { name, with: other, read, unread } = result;
        for (const follower of this.#followers.get(name) ?? []) follower.read({ with: other, read, unread });
      }
    }
  }

  /** Wakes all: anything may have happened to any mailbox. */
  installed(): void {
    for (const name of this.#followers.keys()) this.#wake(name);
  }

  #wake(name: string): void {
    for (const follower of this.#followers.get(name) ?? []) follower.wake();
  }
}
