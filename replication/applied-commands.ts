/** What applying each log entry did in a run: the same on every replica, and once for a command of a session. */
import type { SessionTag } from './replication.ts';
import type { Report } from './violations.ts';

/** The record of a run, shared by all replicas. */
export class AppliedCommands {
  /** By index: term, command and result as text, or '' for an entry that ran no command (a no-op, a retry). */
  readonly #effects: string[] = [];
  /** At which index each command of a session ran. */
  readonly #sessionCommands = new Map<string, number>();

  /** A replica has applied the entry at `index`, which has `content`, with this effect. */
  compare(index: number, effect: string, content: unknown, report: Report): void {
    const other = this.#effects[index];
    if (other === undefined) {
      this.#effects[index] = effect;
      if (effect !== '') this.#checkOnce(index, content, report);
    } else if (other !== effect) {
      const message = `applied ${effect || 'no command'}, another replica ${other || 'no command'}`;
      report('state-machine-safety', index, message);
    }
  }

  /** Entries of any protocol that applies through `sessions.ts` carry their session tag. */
  #checkOnce(index: number, content: unknown, report: Report): void {
    const { tag } = (content ?? {}) as { tag?: SessionTag };
    if (tag === undefined) return;
    const command = `${tag.session}/${tag.sequence}`;
    const earlier = this.#sessionCommands.get(command);
    if (earlier !== undefined) {
      const message = `command ${tag.sequence} of session ${tag.session} was applied at ${earlier} already`;
      report('exactly-once', index, message);
    }
    this.#sessionCommands.set(command, index);
  }
}
