/**
 * Client sessions as a run's log has them: a command of a session runs once, and none is refused
 * while its session is open.
 *
 * A model of `../core/sessions.ts` that knows indexes only. As a session's last use is recorded to
 * within some entries, it allows for all of them, so that it never reports what the limits permit.
 */

import { commandsIn } from '../core/batch.ts';
import { sessionId } from '../core/sessions.ts';
import type { SessionLimits, SessionOwner, SessionTag } from '../replication.ts';
import type { Report } from './violations.ts';

interface KnownSession {
  /** The index of its last command that ran, or at which it was opened. */
  usedAt: number;
  acknowledged: number;
  /** Its owner, and the lowest limit of sessions that the owner was ever given. */
  owner: SessionOwner | undefined;
  /** At which index each of its commands ran, by its number. */
  readonly ran: Map<number, number>;
}

/** The record of a run, shared by all replicas. */
export class KnownSessions {
  readonly #limits: SessionLimits;
  readonly #sessions = new Map<string, KnownSession>();

  constructor(limits: SessionLimits) {
    this.#limits = limits;
  }

  /**
   * The entry at `index`, which has `content`, was applied for the first time; `ran` says whether
   * the command at a place of it ran.
   */
  applied(index: number, ran: (place: number) => boolean, content: unknown, report: Report): void {
    // Entries of any protocol that applies through `../core/sessions.ts` carry batches of commands,
    // or what opens a session.
    const { nonce, owner } = (content ?? {}) as { nonce?: string; owner?: SessionOwner };
    if (nonce !== undefined) this.#open(sessionId(index, nonce), index, owner);
    for (const [place, { tag }] of commandsIn(content).entries()) {
      if (tag === undefined) continue;
      if (ran(place)) this.#ran(index, tag, report);
      else if (!this.#mayRefuse(tag)) {
        const message = `command ${tag.sequence} of session ${tag.session} did not run, though its session lives`;
        report('session-lives', index, message);
      }
    }
  }

  #open(id: string, index: number, owner: SessionOwner | undefined): void {
    this.#find(id, index).owner = owner;
    for (const other of this.#sessions.values()) {
      if (owner !== undefined && other.owner?.name === owner.name)
        other.owner = { ...owner, most: Math.min(owner.most, other.owner.most) };
    }
  }

  #find(id: string, index: number): KnownSession {
    const fresh = { usedAt: index, acknowledged: 1, owner: undefined, ran: new Map<number, number>() };
    const found = this.#sessions.get(id) ?? fresh;
    this.#sessions.set(id, found);
    return found;
  }

  #ran(index: number, { session: id, sequence, acknowledged }: SessionTag, report: Report): void {
    const session = this.#find(id, index);
    const earlier = session.ran.get(sequence);
    if (earlier !== undefined) {
      report('exactly-once', index, `command ${sequence} of session ${id} was applied at ${earlier} already`);
    }
    session.ran.set(sequence, index);
    session.usedAt = index;
    session.acknowledged = Math.max(session.acknowledged, Math.min(acknowledged, sequence));
  }

  /**
   * Whether there is a reason not to run it: it ran before, its client has given it up, or its
   * session may be over.
   */
  #mayRefuse({ session: id, sequence, acknowledged }: SessionTag): boolean {
    const session = this.#sessions.get(id);
    if (session === undefined || session.ran.has(sequence) || sequence < session.acknowledged) return true;
    const { maxSessions, maxKeptResults, sessionUseGrain } = this.#limits;
    if (sequence >= Math.max(session.acknowledged, acknowledged) + maxKeptResults) return true;
    const used = [...this.#sessions.values()].filter(
      (other) => other !== session && other.usedAt > session.usedAt - sessionUseGrain,
    );
    const own = used.filter(({ owner }) => session.owner !== undefined && owner?.name === session.owner.name);
    return used.length >= maxSessions || own.length >= (session.owner?.most ?? Number.POSITIVE_INFINITY);
  }
}
