/**
 * Sessions as they were kept up to data format 4: `s/ID` a session, `s/ID/SEQUENCE` a kept result,
 * `u/INDEX/ID` sessions by last use, `o/OWNER/INDEX/ID` an owner's by last use, `sessions` how many
 * there were.
 */
import { prefixEnd, type Store, type Value } from '../../vm/index.ts';
import { SESSION, Session } from './session.ts';

interface FormerSession {
  readonly acknowledged: number;
  readonly usedAt: number;
  readonly owner?: string;
}

/** There since the first session was opened, and never since. */
const SESSION_COUNT = 'sessions';

/**
 * Converts sessions of the former form, if there are any, all of them at once. What comes of it is
 * what would be there if this version had applied the same entries.
 */
export function convertFormerSessions(data: Store): void {
  if (data.get(SESSION_COUNT) === undefined) return;
  const found = [...data.range(SESSION, prefixEnd(SESSION))];
  for (const prefix of [SESSION, 'u/', 'o/']) {
    for (const [key] of [...data.range(prefix, prefixEnd(prefix))]) data.delete(key);
  }
  data.delete(SESSION_COUNT);
  const sessions = new Map<string, Session>();
  for (const [key, value] of found) {
    if (Array.isArray(value)) continue;
    const id = key.slice(SESSION.length);
    const { acknowledged, usedAt, owner = null } = value as unknown as FormerSession;
    const record = { acknowledged, usedAt, owner, first: acknowledged, results: [] };
    sessions.set(id, new Session(data, id, record));
  }
  // A session's results are in the order of their numbers.
  for (const [key, value] of found) {
    if (!Array.isArray(value)) continue;
    const slash = key.lastIndexOf('/');
    const session = sessions.get(key.slice(SESSION.length, slash));
    session?.keep(Number(key.slice(slash + 1)), (value as readonly Value[])[0]!);
  }
  for (const session of sessions.values()) session.save();
}
