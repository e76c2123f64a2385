/** The page's rooms: which there are, invitations, and what their members can do. */
import { type ReadonlySignal, signal } from '@preact/signals';
import type { ChatClient } from '../client/client.ts';
import type { Invitation, Profile } from '../state/views.ts';
import { isRoom, roomId, roomOf, type Thread, withRoom } from './thread.ts';

/** What it needs of the page's model. */
export interface Conversations {
  readonly client: ChatClient;
  readonly threads: ReadonlySignal<ReadonlyMap<string, Thread>>;
  /** Does something that the user asked for; what goes wrong is shown. */
  try(act: () => Promise<unknown>): Promise<boolean>;
  change(other: string, change: (thread: Thread) => Thread): void;
  drop(other: string): void;
  open(other: string | undefined): Promise<void>;
}

export class RoomsModel {
  readonly invitations = signal<readonly Invitation[]>([]);
  readonly #model: Conversations;
  #asked = 0;

  constructor(model: Conversations) {
    this.#model = model;
  }

  /** Asks for the user's rooms anew. Of several answers only the last one counts. */
  async refresh(): Promise<void> {
    const asked = ++this.#asked;
    await this.#model.try(async () => {
      const { rooms, invitations } = await this.#model.client.rooms.mine();
      if (asked !== this.#asked) return;
      const ids = new Set(rooms.map(({ room }) => roomId(room)));
      for (const id of this.#model.threads.value.keys()) if (isRoom(id) && !ids.has(id)) this.#model.drop(id);
      for (const each of rooms) this.#model.change(roomId(each.room), (thread) => withRoom(thread, each));
      this.invitations.value = invitations;
    });
  }

  forget(): void {
    this.#asked++;
    this.invitations.value = [];
  }

  /** Makes a room and opens it. Returns whether it was made. */
  async create(room: string, topic: string, isPrivate: boolean): Promise<boolean> {
    return this.#model.try(async () => {
      const { room: name } = await this.#model.client.rooms.create(room, { topic, isPrivate });
      await this.#enter(name);
    });
  }

  async join(room: string): Promise<void> {
    await this.#model.try(async () => {
      await this.#model.client.rooms.join(room);
      await this.#enter(room);
    });
  }

  async decline(room: string): Promise<void> {
    await this.#model.try(() => this.#model.client.rooms.decline(room));
    await this.refresh();
  }

  async leave(id: string): Promise<void> {
    await this.#model.try(() => this.#model.client.rooms.leave(roomOf(id)));
    await this.refresh();
  }

  invite(id: string, name: string): Promise<boolean> {
    return this.#model.try(() => this.#model.client.rooms.invite(roomOf(id), name));
  }

  /** One page of the members; nothing if that cannot be said now. */
  async members(id: string): Promise<readonly Profile[]> {
    let members: readonly Profile[] = [];
    await this.#model.try(async () => {
      members = (await this.#model.client.rooms.members(roomOf(id))).members;
    });
    return members;
  }

  async #enter(room: string): Promise<void> {
    await this.refresh();
    await this.#model.open(roomId(room));
  }
}
