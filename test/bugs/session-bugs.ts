/** Bugs to plant in client sessions, on the side of the replicas and of the client. */
import type { KnownBug } from './known-bug.ts';

/** The latest result that is kept of a session. */
const LATEST = `[...data.range(\`\${key}/\`, prefixEnd(\`\${key}/\`), { limit: 1, reverse: true })][0]`;

export const SESSION_BUGS: readonly KnownBug[] = [
  {
    name: 'runs a command again that has its answer',
    breaks: 'sessions: once (dissertation, 6.3)',
    file: '../core/sessions.ts',
    find: 'if (kept !== undefined) return { ok: true, value: kept[0] };',
    replace: '',
  },
  {
    name: 'gives the answer to another command of the session',
    breaks: 'sessions: the answer to this command (dissertation, 6.3)',
    file: '../core/sessions.ts',
    find: 'pad(sequence)}`;',
    replace: 'pad(sequence >> 1)}`;',
  },
  {
    name: 'runs commands of sessions that are over',
    breaks: 'sessions: refused once expired (dissertation, 6.3)',
    file: '../core/sessions.ts',
    find: `  if (session === undefined)
    return { ok: false,`,
    replace: `  if (session === undefined) return undefined;
  if (session === undefined)
    return { ok: false,`,
  },
  // Several commands of one session in flight.
  {
    name: 'drops a result though the answer to its command may not be known yet',
    breaks: 'sessions: results are kept until they are acknowledged (dissertation, 6.3)',
    file: '../core/sessions.ts',
    find: 'Math.min(Math.max(session.acknowledged, tag.acknowledged), tag.sequence)',
    replace: 'Math.max(session.acknowledged, tag.sequence)',
  },
  {
    name: 'keeps the last result of a session only',
    breaks: 'sessions: results are kept until they are acknowledged (dissertation, 6.3)',
    file: '../core/sessions.ts',
    find: '  if (tag) data.put(resultKey(',
    replace: `  const kept = tag ? [...data.range(\`s/\${tag.session}/\`, prefixEnd(\`s/\${tag.session}/\`))] : [];
  for (const [key] of kept) data.delete(key);
  if (tag) data.put(resultKey(`,
  },
  {
    name: 'takes a lower number that comes late for a repeat',
    breaks: 'sessions: commands come in any order',
    file: '../core/sessions.ts',
    find: 'if (kept !== undefined) return { ok: true, value: kept[0] };',
    replace: `const latest = ${LATEST};
  if (latest !== undefined && latest[0] >= resultKey(tag.session, tag.sequence))
    return { ok: true, value: (latest[1] as readonly Value[])[0] };`,
  },
  {
    name: 'answers every repeat with the latest result of the session',
    breaks: 'sessions: the answer to this command (dissertation, 6.3)',
    file: '../core/sessions.ts',
    find: 'value: kept[0] };',
    replace: `value: (${LATEST}![1] as readonly Value[])[0] };`,
  },
  {
    name: 'knows only the latest command of a session again',
    breaks: 'sessions: once (dissertation, 6.3)',
    file: '../core/sessions.ts',
    find: 'if (kept !== undefined) return',
    replace: `if (kept !== undefined && ${LATEST}![0] === resultKey(tag.session, tag.sequence)) return`,
  },
  {
    name: 'keeps results by number, whatever the session',
    breaks: 'sessions: the answer to this command (dissertation, 6.3)',
    file: '../core/sessions.ts',
    find: `\`s/\${session}/\${pad(sequence)}\``,
    replace: `\`s//\${pad(sequence)}\``,
  },
  {
    name: 'runs a command whose result was acknowledged and dropped',
    breaks: 'sessions: once (dissertation, 6.3)',
    file: '../core/sessions.ts',
    find: 'if (tag.sequence < session.acknowledged) {',
    replace: 'if (false) {',
  },
  {
    name: 'holds a command to what was acknowledged before it',
    breaks: 'sessions: a client that acknowledges may continue',
    file: '../core/sessions.ts',
    find: 'Math.max(session.acknowledged, tag.acknowledged) + limits',
    replace: 'session.acknowledged + limits',
  },
  {
    name: 'a client takes an answer for those to all commands before it',
    breaks: 'sessions: only what is answered is acknowledged',
    file: '../core/session-window.ts',
    find: 'while (this.#lowest < this.#next && !this.#unanswered.has(this.#lowest)) this.#lowest++;',
    replace: 'this.#lowest = Math.max(this.#lowest, sequence + 1);',
  },
  {
    name: 'a client acknowledges all commands before the one that it sends',
    breaks: 'sessions: only what is answered is acknowledged',
    file: '../core/session-window.ts',
    find: 'acknowledged: this.#lowest',
    replace: 'acknowledged: sequence',
  },
  // Sessions that expire.
  {
    name: 'opens a session again for a client that tries once more in it',
    breaks: 'sessions: refused once expired (dissertation, 6.3)',
    file: '../core/sessions.ts',
    find: `tag.session.includes('/') ? undefined : (data.get(key) as Session | undefined);`,
    replace: '(data.get(key) ?? { acknowledged: tag.acknowledged, usedAt: index }) as Session;',
  },
  {
    name: 'says that nothing happened when a session ends between two attempts',
    breaks: 'sessions: an earlier attempt may have happened',
    file: '../core/fate.ts',
    find: '!tried || !refuses(outcome.code)',
    replace: 'true',
  },
  {
    name: 'ends sessions by its own clock',
    breaks: 'sessions: the log decides which expires (dissertation, 6.3)',
    file: 'commit.ts',
    find: '{ index, place: 0, term, data }, settings)',
    replace:
      '{ index, place: 0, term, data }, ctx.now % 100 < 50 ? settings : { ...settings, maxSessions: 1 })',
  },
  {
    name: 'ends the session that was used last',
    breaks: 'sessions: the one unused for longest expires (dissertation, 6.3)',
    file: '../core/sessions.ts',
    find: "data.range('u/', prefixEnd('u/'), { limit: 1 })",
    replace: "[...data.range('u/', prefixEnd('u/'), { limit: 1, reverse: true })]",
  },
  {
    name: 'does not note that a session is in use',
    breaks: 'sessions: the one unused for longest expires (dissertation, 6.3)',
    file: '../core/sessions.ts',
    find: 'if (index - session.usedAt >= grain) {',
    replace: 'if (false) {',
  },
  {
    name: 'leaves the note of an earlier use behind',
    breaks: 'sessions: the one unused for longest expires (dissertation, 6.3)',
    file: '../core/sessions.ts',
    find: '    for (const key of useKeys(tag.session, session)) data.delete(key);\n',
    replace: '',
  },
  {
    name: 'leaves sessions out of a snapshot',
    breaks: "a snapshot is the leader's data, sessions included (Raft, 7; dissertation, 6.3)",
    file: 'snapshot/pages.ts',
    find: '    const [key, value] = pair;\n',
    replace: "    const [key, value] = pair;\n    if (key.startsWith('s/')) continue;\n",
  },
];
