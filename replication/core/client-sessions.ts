/**
 * All client sessions of a replica, in memory while entries are applied, and on disk after `save`.
 *
 * They are a function of the data that they are loaded from. So they are no part of a program's
 * state, which is copied and compared: a copy of a machine loads its own from the copy of its disk.
 * What is applied in one go changes them here only, and `save` writes those that have changed, each
 * once; nobody may read the data, keep a view of it or end the step before that.
 */
import { compareKeys, prefixEnd, type Store } from '../../vm/index.ts';
import type { SessionOwner } from '../replication.ts';
import { convertFormerSessions } from './former-sessions.ts';
import { newSession, SESSION, Session, type StoredSession } from './session.ts';

/** The sessions of one store. */
export class ClientSessions {
  readonly #data: Store;
  /** By id, in the order of their last use. */
  readonly #sessions = new Map<string, Session>();
  readonly #owners = new Map<string, Set<Session>>();
  readonly #changed = new Set<Session>();

  constructor(data: Store) {
    this.#data = data;
    const stored = [...data.range(SESSION, prefixEnd(SESSION))];
    const sessions = stored.map(
      ([key, record]) => new Session(data, key.slice(SESSION.length), record as unknown as StoredSession),
    );
    for (const session of sessions.sort(byLastUse)) this.#add(session);
  }

  /** The session of that id, if it is open. */
  get(id: string): Session | undefined {
    return this.#sessions.get(id);
  }

  /** A session has been changed: `save` will write it. */
  changed(session: Session): void {
    this.#changed.add(session);
  }

  /** Notes that a session is in use at `index` of the log. */
  use(session: Session, index: number): void {
    session.usedAt = index;
    this.#sessions.delete(session.id);
    this.#sessions.set(session.id, session);
  }

  /** Opens a session; ends others if there would be too many. */
  open(id: string, index: number, owner: SessionOwner | undefined, maxSessions: number): void {
    if (owner !== undefined) {
      const own = [...(this.#owners.get(owner.name) ?? [])].sort(byLastUse);
      for (const session of own.slice(0, Math.max(0, own.length + 1 - owner.most))) this.#end(session);
    }
    if (this.#sessions.size >= maxSessions) this.#end(this.#unusedLongest()!);
    const session = new Session(this.#data, id, newSession(index, owner?.name));
    this.#add(session);
    this.#changed.add(session);
  }

  /** Writes what has changed. */
  save(): void {
    for (const session of this.#changed) session.save();
    this.#changed.clear();
  }

  #add(session: Session): void {
    this.#sessions.set(session.id, session);
    if (session.owner === null) return;
    const own = this.#owners.get(session.owner) ?? new Set();
    this.#owners.set(session.owner, own.add(session));
  }

  #end(session: Session): void {
    session.delete();
    this.#sessions.delete(session.id);
    this.#changed.delete(session);
    if (session.owner === null) return;
    const own = this.#owners.get(session.owner)!;
    own.delete(session);
    if (own.size === 0) this.#owners.delete(session.owner);
  }

  /** Of those used at the same index, as commands of one entry may be, the first id. */
  #unusedLongest(): Session | undefined {
    let found: Session | undefined;
    for (const session of this.#sessions.values()) {
      if (found !== undefined && session.usedAt > found.usedAt) break;
      if (found === undefined || byLastUse(session, found) < 0) found = session;
    }
    return found;
  }
}

function byLastUse(a: Session, b: Session): number {
  return a.usedAt - b.usedAt || compareKeys(a.id, b.id);
}

/** The sessions of each store that was asked for them. */
const loaded = new WeakMap<Store, ClientSessions>();

/** The sessions in `data`: loaded when they are asked for first. */
export function sessionsOf(data: Store): ClientSessions {
  return loaded.get(data) ?? loadSessions(data);
}

/**
 * Loads the sessions of data that has been found on disk or was installed. Those that an earlier
 * version has left there are converted.
 */
export function loadSessions(data: Store): ClientSessions {
  convertFormerSessions(data);
  const sessions = new ClientSessions(data);
  loaded.set(data, sessions);
  return sessions;
}
