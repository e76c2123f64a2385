/**
 * What applying each log entry did in a run: the same on every replica, and once for a command of a
 * session.
 */

import type { SessionLimits } from '../replication.ts';
import { KnownSessions } from './known-sessions.ts';
import type { Report } from './violations.ts';

/** The record of a run, shared by all replicas. */
export class AppliedCommands {
  /** By index: the effects of an entry, as one text. */
  readonly #effects: string[] = [];
  readonly #sessions: KnownSessions;

  constructor(limits: SessionLimits) {
    this.#sessions = new KnownSessions(limits);
  }

  /**
   * A replica has applied the entry at `index`, which has `content`, with these effects: by place,
   * term, command and result as text; none for a command that did not run (a retry).
   */
  compare(index: number, effects: readonly (string | undefined)[], content: unknown, report: Report): void {
    const effect = effects.join('\n');
    const other = this.#effects[index];
    if (other === undefined) {
      this.#effects[index] = effect;
      this.#sessions.applied(index, (place) => effects[place] !== undefined, content, report);
    } else if (other !== effect) {
      const message = `applied ${effect || 'no command'}, another replica ${other || 'no command'}`;
      report('state-machine-safety', index, message);
    }
  }
}
