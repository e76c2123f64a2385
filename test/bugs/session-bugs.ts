/** Bugs to plant in client sessions, on the side of the replicas and of the client. */
import type { KnownBug } from './known-bug.ts';

/** Where a session looks for the result of a command among those it keeps. */
const LOOK = ': this.#earlier(from))[sequence - from];';
/** The highest number of a session whose result is kept. */
const LATEST = '(this.#lastFrom + this.#last.length - 1)';

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
    file: '../core/session.ts',
    find: LOOK,
    replace: ': this.#earlier(from))[sequence - from] ?? this.#last[sequence - from - 1];',
  },
  {
    name: 'runs commands of sessions that are over',
    breaks: 'sessions: refused once expired (dissertation, 6.3)',
    file: '../core/sessions.ts',
    find: `  if (earlier !== undefined) return { outcome: earlier, fresh: undefined };
  const result = machine.apply(command, new MachineStore(data), { index, place, term });
  if (tag) sessions.get(tag.session)!.keep(`,
    replace: `  if (earlier !== undefined && (earlier.ok || earlier.code !== 'SessionExpired'))
    return { outcome: earlier, fresh: undefined };
  const result = machine.apply(command, new MachineStore(data), { index, place, term });
  if (tag) sessions.get(tag.session)?.keep(`,
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
    file: '../core/session.ts',
    find: '    this.#last[sequence - from] = kept;',
    replace: '    this.#last = [];\n    this.#last[sequence - from] = kept;',
  },
  {
    name: 'takes a lower number that comes late for a repeat',
    breaks: 'sessions: commands come in any order',
    file: '../core/session.ts',
    find: LOOK,
    replace: `${LOOK}
    if (sequence < ${LATEST}) return this.#last.at(-1);`,
  },
  {
    name: 'answers every repeat with the latest result of the session',
    breaks: 'sessions: the answer to this command (dissertation, 6.3)',
    file: '../core/session.ts',
    find: LOOK,
    replace: `${LOOK}
    if (kept !== undefined) return this.#last.at(-1);`,
  },
  {
    name: 'knows only the latest command of a session again',
    breaks: 'sessions: once (dissertation, 6.3)',
    file: '../core/session.ts',
    find: LOOK,
    replace: `${LOOK}
    if (sequence !== ${LATEST}) return undefined;`,
  },
  {
    name: 'keeps results by number, whatever the session',
    breaks: 'sessions: the answer to this command (dissertation, 6.3)',
    file: '../core/session.ts',
    find: 'this.#last = resultsOf(record);',
    replace: 'this.#last = (data as { last?: Results }).last ??= resultsOf(record);',
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
    find: '  const session = sessions.get(tag.session);',
    replace: `  if (sessions.get(tag.session) === undefined)
    sessions.open(tag.session, index, undefined, limits.maxSessions);
  const session = sessions.get(tag.session);`,
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
    file: '../core/client-sessions.ts',
    find: 'this.#end(this.#unusedLongest()!)',
    replace: 'this.#end([...this.#sessions.values()].at(-1)!)',
  },
  {
    name: 'does not note that a session is in use',
    breaks: 'sessions: the one unused for longest expires (dissertation, 6.3)',
    file: '../core/sessions.ts',
    find: '  if (index - session.usedAt >= grain) sessions.use(session, index);\n',
    replace: '',
  },
  {
    name: 'a session in use keeps its place among those that may end',
    breaks: 'sessions: the one unused for longest expires (dissertation, 6.3)',
    file: '../core/client-sessions.ts',
    find: '    this.#sessions.delete(session.id);\n    this.#sessions.set(session.id, session);\n',
    replace: '',
  },
  // Sessions in memory.
  {
    name: 'saves what a step has applied, and not its sessions',
    breaks: 'sessions: on disk with what they answer for',
    file: '../core/sessions.ts',
    find: '  sessionsOf(data).save();\n',
    replace: '',
  },
  {
    name: 'goes on with the sessions that it had before a snapshot',
    breaks: "a snapshot is the leader's data, sessions included (Raft, 7; dissertation, 6.3)",
    file: 'snapshot/snapshot.ts',
    find: '  loadSessions(ctx.data);\n',
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
