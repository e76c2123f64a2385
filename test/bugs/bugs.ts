/** Bugs to plant in Raft: each a small patch that breaks one rule, and what the rule is for. */
import type { Bug } from '../support/mutant-raft.ts';

/** A bug of the table. */
export interface KnownBug extends Bug {
  /** What it does, in a few words; unique. */
  readonly name: string;
  /** The rule that it breaks. */
  readonly breaks: string;
  /** A story of the golden catalogue that is about it, if there is one. */
  readonly story?: string;
}

export const BUGS: readonly KnownBug[] = [
  // Elections.
  {
    name: 'votes for everyone who asks',
    breaks: 'one vote a term (Raft, 5.2)',
    file: 'election.ts',
    find: '(state.votedFor === undefined || state.votedFor === from)',
    replace: 'true',
  },
  {
    name: 'votes for candidates with a shorter log',
    breaks: 'election restriction (Raft, 5.4.1)',
    file: 'election.ts',
    find: 'const upToDate = isUpToDate(state, request.lastIndex, request.lastTerm);',
    replace: 'const upToDate = isUpToDate(state, request.lastIndex, request.lastTerm) || true;',
  },
  {
    name: 'a vote leaves before it is on disk',
    breaks: 'persist before send (Raft, Figure 2)',
    file: 'election.ts',
    find: "ctx.send(from, { type: 'RequestVoteReply', term, granted: true, preVote });",
    replace: "ctx.send(from, { type: 'RequestVoteReply', term, granted: true, preVote }, { early: true });",
  },
  {
    name: 'forgets its vote when it restarts',
    breaks: 'the vote is durable (Raft, Figure 2)',
    file: 'log.ts',
    find: 'votedFor: state.votedFor ?? null }',
    replace: 'votedFor: null }',
  },
  {
    name: 'forgets a new term when it restarts',
    breaks: 'the term is durable (Raft, Figure 2)',
    file: 'election.ts',
    find: `    state.votedFor = undefined;
    saveHardState(state, ctx.disk);`,
    replace: '    state.votedFor = undefined;',
  },
  {
    name: 'a candidate counts its own vote before it is on disk, and those are sent as early',
    breaks: 'persist before send (Raft, Figure 2)',
    file: 'election.ts',
    find: "  ctx.send(voters, { type: 'RequestVote', term, ...log, preVote, transfer });",
    replace:
      "  state.votes[ctx.self] = true;\n  ctx.send(voters, { type: 'RequestVote', term, ...log, preVote, transfer }, { early: true });",
  },
  {
    name: 'counts refusals as votes',
    breaks: 'a majority of votes (Raft, 5.2)',
    file: 'election.ts',
    find: 'const granted = answers.filter((vote) => vote).length;',
    replace: 'const granted = answers.length;',
  },
  {
    name: 'counts votes of an earlier term',
    breaks: 'votes are for one term (Raft, 5.2)',
    file: 'election.ts',
    find: 'if (!asked || reply.term !== term ||',
    replace: 'if (!asked ||',
  },
  {
    name: 'takes half of the voters for a majority',
    breaks: 'majorities overlap (Raft, 5.2)',
    file: 'quorum.ts',
    find: 'Math.floor(state.voters.length / 2) + 1',
    replace: 'Math.ceil(state.voters.length / 2)',
  },
  {
    name: 'never asks for votes',
    breaks: 'somebody gets elected (Raft, 5.2)',
    file: 'election.ts',
    find: 'ctx.now >= state.electionAt',
    replace: 'false',
  },
  // Appending.
  {
    name: 'takes entries without looking whether the logs agree before them',
    breaks: 'consistency check (Raft, 5.3)',
    file: 'append.ts',
    find: 'if (prevIndex > state.base.index && termAt',
    replace: 'if (false && termAt',
  },
  {
    name: 'acknowledges entries before they are on disk',
    breaks: 'persist before send (Raft, Figure 2)',
    file: 'append.ts',
    find: 'index: proven, hint: undefined });',
    replace: 'index: proven, hint: undefined }, { early: true });',
  },
  {
    name: 'cuts its log where nothing conflicts',
    breaks: 'cut only what conflicts (Raft, 5.3)',
    file: 'append.ts',
    find: '({ index, term }) => index > state.base.index && termAt(state, index) !== term',
    replace: '() => true',
  },
  {
    name: 'keeps entries that conflict',
    breaks: 'cut what conflicts (Raft, 5.3)',
    file: 'append.ts',
    find: 'index > state.base.index && termAt(state, index) !== term',
    replace: 'index > state.base.index && termAt(state, index) === undefined',
  },
  {
    name: 'says of a heartbeat that all of its log agrees',
    breaks: 'answer for what was compared (Raft, Figure 2)',
    file: 'append.ts',
    find: 'Math.max(prevIndex + request.entries.length,',
    replace: 'Math.max(lastIndex(state),',
  },
  {
    name: 'obeys leaders of earlier terms',
    breaks: 'terms (Raft, 5.1)',
    file: 'append.ts',
    find: 'if (request.term < state.term) {',
    replace: 'if (request.term < 0) {',
  },
  {
    name: 'commits more than was compared',
    breaks: 'commit up to the last new entry (Raft, Figure 2)',
    file: 'append.ts',
    find: 'commitTo(replica, Math.min(request.commit, proven));',
    replace: 'commitTo(replica, Math.min(request.commit, lastIndex(state)));',
  },
  {
    name: 'leaves cut entries on disk',
    breaks: 'the log on disk is the log (Raft, Figure 2)',
    file: 'segments.ts',
    find: `    cutAt = state.segments.pop()!;
    ctx.disk.delete(keyOf(cutAt));`,
    replace: '    cutAt = state.segments.pop()!;',
  },
  {
    name: 'a leader takes answers of an earlier term for its own',
    breaks: 'answers belong to a term (Raft, 5.1)',
    file: 'replicate.ts',
    find: 'reply.term !== state.term ||',
    replace: '',
  },
  {
    name: 'a lost probe is never sent again',
    breaks: 'retry indefinitely (Raft, 5.3)',
    file: 'replicate.ts',
    find: 'progress.inFlight.length === 0 || ctx.now - progress.sentAt >= settings.heartbeatTicks',
    replace: 'progress.inFlight.length === 0',
  },
  // Committing.
  {
    name: 'commits entries of earlier terms by counting them',
    breaks: 'commit only of the own term (Raft, 5.4.2)',
    file: 'commit.ts',
    find: 'index > state.commit && termAt(state, index) === state.term',
    replace: 'index > state.commit',
  },
  {
    name: 'a leader counts what is not on its own disk yet',
    breaks: 'a majority holds it durably (dissertation, 10.2.1)',
    file: 'commit.ts',
    find: 'voter === ctx.self ? state.durableIndex',
    replace: 'voter === ctx.self ? lastIndex(state)',
  },
  {
    name: 'one copy besides its own is enough for a leader of four or five',
    breaks: 'commit by a majority (Raft, 5.3)',
    file: 'commit.ts',
    find: 'const index = majorityValue(replica, (voter) =>',
    replace: `const second = (reached: (voter: string) => number) =>
      state.voters.map(reached).sort((a, b) => b - a)[state.voters.length > 3 ? 1 : 0] ?? majorityValue(replica, reached);
    const index = second((voter) =>`,
  },
  {
    name: 'a new leader takes its log for durable',
    breaks: 'a majority holds it durably (dissertation, 10.2.1)',
    file: 'election.ts',
    find: 'state.durableIndex = 0;',
    replace: 'state.durableIndex = lastIndex(state) + 1;',
  },
  // Reads.
  {
    name: 'reads without a round that confirms the leader',
    breaks: 'ReadIndex, step 3 (dissertation, 6.4)',
    file: 'reads.ts',
    find: 'const confirmed = confirmedRound(replica);',
    replace: 'const confirmed = state.round;',
  },
  {
    name: 'a new leader reads before it has committed in its term',
    breaks: 'ReadIndex, step 1 (dissertation, 6.4)',
    file: 'reads.ts',
    find: 'if (termAt(state, state.commit) !== state.term) return;',
    replace: '',
  },
  {
    name: 'any answer confirms the latest round of reads',
    breaks: 'ReadIndex, step 3 (dissertation, 6.4)',
    file: 'replicate.ts',
    find: 'Math.max(progress.round, reply.round)',
    replace: 'state.round',
  },
  {
    name: 'answers linearizable reads from what is there',
    breaks: 'ReadIndex (dissertation, 6.4)',
    file: 'reads.ts',
    find: "if (consistency === 'stale') {",
    replace: 'if (true) {',
  },
  {
    name: 'a follower reads before it has applied the read index',
    breaks: 'ReadIndex, step 4 (dissertation, 6.4)',
    file: 'reads.ts',
    find: '    if (read.index > state.applied) return;\n',
    replace: '',
  },
  // Leases.
  {
    name: 'a lease counts from when the answers came',
    breaks: 'a lease counts from when it was asked for (dissertation, 6.4.1)',
    file: 'lease.ts',
    find: 'until: lease.askedAt + settings.leaseTicks',
    replace: 'until: ctx.now + settings.leaseTicks',
  },
  {
    name: 'a lease lasts for the longest election timeout',
    breaks: 'a lease is over before anyone votes (dissertation, 6.4.1)',
    file: 'lease.ts',
    find: 'until: lease.askedAt + settings.leaseTicks',
    replace: 'until: lease.askedAt + settings.electionTicks[1]',
  },
  {
    name: 'a lease takes any clock for as fast as its own',
    breaks: 'a lease is shorter by as much as clocks differ (dissertation, 6.4.1)',
    file: 'lease.ts',
    find: 'until: lease.askedAt + settings.leaseTicks',
    replace: 'until: lease.askedAt + settings.electionTicks[0] - 1',
  },
  {
    name: 'a lease goes on though nobody has answered',
    breaks: 'a majority grants a lease (dissertation, 6.4.1)',
    file: 'lease.ts',
    find: 'confirmedRound(replica) >= lease.round',
    replace: 'true',
  },
  {
    name: 'any answer extends a lease, also one to an earlier round',
    breaks: 'a lease is extended by answers to its round (dissertation, 6.4.1)',
    file: 'lease.ts',
    find: 'confirmedRound(replica) >= lease.round',
    replace: 'confirmedRound(replica) > 0',
  },
  {
    name: 'a lease goes on when leadership is handed over',
    breaks: 'a transfer ends the lease (dissertation, 6.4.1)',
    file: 'lease.ts',
    find: '{ ...state.lease, over: true }',
    replace: '{ ...state.lease, over: false }',
  },
  {
    name: 'a new leader reads by its lease before it has committed in its term',
    breaks: 'ReadIndex, step 1 (dissertation, 6.4)',
    file: 'lease.ts',
    find: 'return ctx.now < lease.until && termAt(state, state.commit) === state.term;',
    replace: 'return ctx.now < lease.until;',
  },
  {
    name: 'a replica that restarts forgets that it promised to be patient',
    breaks: 'whoever granted a lease does not vote while it lasts (dissertation, 6.4.1)',
    file: 'raft.ts',
    find: 'if (settings.leaseTicks > 0) state.leaderHeardAt = ctx.now;',
    replace: '',
  },
  {
    name: 'a newer term ends the patience that was promised to a leader',
    breaks: 'whoever granted a lease does not vote while it lasts (dissertation, 6.4.1)',
    file: 'election.ts',
    find: '(leased || state.leader !== undefined) && ctx.now',
    replace: 'state.leader !== undefined && ctx.now',
  },
  // Requests that are passed on.
  {
    name: 'passes a request on to a leader once, whatever becomes of it',
    breaks: 'what was lost is sent again (dissertation, 6.3)',
    file: 'forwarding.ts',
    find: 'if (!isNew && ctx.now < forwarded.againAt) return;',
    replace: 'if (!isNew) return;',
  },
  {
    name: 'passes on again what carries no session',
    breaks: 'once only, where nothing makes two one (dissertation, 6.3)',
    file: 'forwarding.ts',
    find: "return body.type === 'submit' ? body.tag !== undefined : body.type !== 'transfer';",
    replace: "return body.type !== 'transfer';",
  },
  // Sessions.
  {
    name: 'runs a command again that has its answer',
    breaks: 'sessions: once (dissertation, 6.3)',
    file: '../sessions.ts',
    find: 'if (kept !== undefined) return { ok: true, value: kept[0] };',
    replace: '',
  },
  {
    name: 'gives the answer to another command of the session',
    breaks: 'sessions: the answer to this command (dissertation, 6.3)',
    file: '../sessions.ts',
    find: 'pad(sequence)}`;',
    replace: 'pad(sequence >> 1)}`;',
  },
  {
    name: 'runs commands of sessions that are over',
    breaks: 'sessions: refused once expired (dissertation, 6.3)',
    file: '../sessions.ts',
    find: `  if (session === undefined)
    return { ok: false,`,
    replace: `  if (session === undefined) return undefined;
  if (session === undefined)
    return { ok: false,`,
  },
  // Snapshots.
  {
    name: 'keeps a log that conflicts with a snapshot',
    breaks: 'discard the log unless it has the entry (Raft, 7)',
    file: 'log.ts',
    find: 'if (entryAt(state, index)?.term === term) {',
    replace: 'if (entryAt(state, index) !== undefined) {',
  },
  {
    name: "gives a snapshot the leader's term",
    breaks: 'the term of its last entry (Raft, 7)',
    file: 'snapshot.ts',
    find: 'const lastTerm = state.view!.term;',
    replace: 'const lastTerm = state.term;',
  },
  {
    name: 'installs a snapshot that is older than its data',
    breaks: 'the commit index never falls (Raft, 7)',
    file: 'snapshot.ts',
    find: 'index <= state.commit ? undefined',
    replace: 'index < 0 ? undefined',
  },
  {
    name: 'says of a page that the follower holds it, without comparing',
    breaks: "a snapshot is the leader's data (Raft, 7)",
    file: 'snapshot.ts',
    find: 'const page = samePage(view, from, same, bytes);',
    replace: 'const page = readPage(view, from, { bytes, last: same.last });',
  },
  {
    name: 'believes that it holds a page, without comparing again',
    breaks: "a snapshot is the leader's data (Raft, 7)",
    file: 'snapshot.ts',
    find: 'const page = samePage(store, from, same, replica.settings.maxBytesPerPage);',
    replace: 'const page = readPage(store, from, { bytes: 2 ** 16, last: same.last });',
  },
  {
    name: 'keeps pairs of a copy that the view does not have any more',
    breaks: "a snapshot is the leader's data (Raft, 7)",
    file: 'pages.ts',
    find: 'if (!missing.has(key)) store.delete(key);',
    replace: 'if (!missing.has(key)) continue;',
  },
  {
    name: 'goes on in the middle of another snapshot',
    breaks: 'pages of one snapshot only (Raft, 7)',
    file: 'snapshot.ts',
    find: "next: isSame ? before.next : ''",
    replace: "next: before?.next ?? ''",
  },
  // Lost disks.
  {
    name: 'a replica that lost its disk votes',
    breaks: 'no vote before it is whole',
    file: 'standing.ts',
    find: "return state.standing === 'whole' || (",
    replace: 'return true || (',
  },
  {
    name: 'a replica is whole before it has learned the log',
    breaks: 'whole once it has all that it may have acknowledged',
    file: 'standing.ts',
    find: 'if (learning === undefined || match < learning.index || state.commit < learning.index) return;',
    replace: 'if (learning === undefined) return;\n  learning.index = 0;',
  },
];
