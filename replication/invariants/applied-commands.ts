/**
 * What applying each log entry did in a run: the same on every replica, and once for a command of a
 * session.
 */

import type { SessionLimits } from '../replication.ts';
import { KnownSessions } from './known-sessions.ts';
import type { Report } from './violations.ts';

/** The record of a run, shared by all replicas. */
export class AppliedCommands {
  /**
   * By index: term, command and result as text, or '' for an entry that ran no command (a no-op, a
   * retry).
   */
  readonly #effects: string[] = [];
  readonly #sessions: KnownSessions;

  constructor(limits: SessionLimits) {
    this.#sessions = new KnownSessions(limits);
  }

  /** A replica has applied the entry at `index`, which has `content`, with this effect. */
  compare(index: number, effect: string, content: unknown, report: Report): void {
    const other = this.#effects[index];
    if (other === undefined) {
      this.#effects[index] = effect;
      this.#sessions.applied(index, effect !== '', content, report);
    } else if (other !== effect) {
      const message = `applied ${effect || 'no command'}, another replica ${other || 'no command'}`;
      report('state-machine-safety', index, message);
    }
  }
}
