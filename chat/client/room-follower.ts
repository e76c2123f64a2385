/**
 * What is said in the rooms of a user, each once and in order. Servers push entries to all members
 * alike, and one may be missed (while a link was broken): then its place is missing, and what
 * stands there is asked for.
 */
import type { RoomEntry } from '../state/views.ts';

export interface RoomFollowerOptions {
  /** What follows a place in a room's log: a page, or nothing at its end. */
  readonly page: (room: string, after: number) => Promise<readonly RoomEntry[]>;
  readonly deliver: (entry: RoomEntry) => void;
}

export class RoomFollower {
  readonly #options: RoomFollowerOptions;
  /** By room: the last place that was delivered, and the last place that is known of. */
  readonly #cursors = new Map<string, number>();
  readonly #known = new Map<string, number>();
  readonly #asking = new Set<string>();

  constructor(options: RoomFollowerOptions) {
    this.#options = options;
  }

  /** Begins anew: behind these places, and for other rooms at their ends. */
  begin(after: Readonly<Record<string, number>>): void {
    this.#cursors.clear();
    this.#known.clear();
    for (const [room, place] of Object.entries(after)) this.#cursors.set(room, place);
  }

  /** These are the user's rooms now, and the last place of each. */
  heads(heads: Readonly<Record<string, number>>): void {
    for (const room of this.#cursors.keys()) if (!Object.hasOwn(heads, room)) this.#cursors.delete(room);
    for (const [room, head] of Object.entries(heads)) {
      if (!this.#cursors.has(room)) this.#cursors.set(room, head);
      this.#reach(room, head);
    }
  }

  /** An entry was pushed. */
  pushed(entry: RoomEntry): void {
    const { room, sequence } = entry;
    const cursor = this.#cursors.get(room) ?? sequence - 1;
    this.#cursors.set(room, cursor);
    if (sequence === cursor + 1 && !this.#asking.has(room)) this.#deliver(entry);
    else this.#reach(room, sequence);
  }

  #reach(room: string, place: number): void {
    this.#known.set(room, Math.max(place, this.#known.get(room) ?? 0));
    if (!this.#asking.has(room)) void this.#ask(room);
  }

  /** Asks for what is missing. If that fails, the next push or the next link tries again. */
  async #ask(room: string): Promise<void> {
    this.#asking.add(room);
    try {
      while ((this.#cursors.get(room) ?? Number.POSITIVE_INFINITY) < this.#known.get(room)!) {
        const entries = await this.#options.page(room, this.#cursors.get(room)!);
        for (const entry of entries)
          if (entry.sequence === (this.#cursors.get(room) ?? 0) + 1) this.#deliver(entry);
        if (entries.length === 0) break;
      }
    } catch {
      // No server answers, or the user is not in the room any more.
    }
    this.#asking.delete(room);
  }

  #deliver(entry: RoomEntry): void {
    this.#cursors.set(entry.room, entry.sequence);
    this.#options.deliver(entry);
  }
}
