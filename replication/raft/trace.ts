/**
 * What the event rows of entries say, so that analysis can tell them apart: an `append` row names
 * the term of the entry before and, of each entry, its term and whose command it is; a leader's
 * `commit` row names the holders of a durable copy; an `apply` row names those entries that did not
 * run. A command is named by its session and number, never by its contents; of the session only by
 * the index that opened it, for the rest of its id is the client's secret.
 *
 * Nothing here changes the state or returns anything: without it Raft would do the same.
 */
import { type NodeId, writeDetail } from '../../vm/index.ts';
import type { Batch, SessionTag } from '../replication.ts';
import { effective, entryAt, type Log, lastIndex, termAt } from './log.ts';
import type { Entry } from './messages.ts';
import type { Learning } from './progress.ts';
import { counted } from './recovery.ts';
import type { Check, RaftReplica } from './state.ts';

/** The index of the entry that opened a session, in base 36: how its id begins. */
const SESSION_INDEX = /^[0-9a-z]{1,11}(?=-)/;

/**
 * `3:noop`, `3:open` (a session), `3:1z.17` (command 17 of the session that entry `1z` opened),
 * `3:1z.17-80` (its commands 17 to 80), `3:command` and `3:command*5` (of no session). Batches in
 * one entry are joined by `+`. `3:config` says who the members are, `3:check` asks for a digest,
 * `3:policy` changes what operators want.
 */
function entryText({ term, data }: Entry): string {
  if (data.type === 'noop') return `${term}:noop`;
  if (data.type === 'session') return `${term}:open`;
  if (data.type !== 'commands') return `${term}:${data.type}`;
  return `${term}:${data.batches.map(batchText).join('+')}`;
}

function batchText({ tag, count }: Batch): string {
  const first = tagText(tag);
  if (first === undefined) return count === 1 ? 'command' : `command*${count}`;
  return count === 1 ? first : `${first}-${tag!.sequence + count - 1}`;
}

function tagText(tag: SessionTag | undefined): string | undefined {
  const session = tag && SESSION_INDEX.exec(tag.session)?.[0];
  return session === undefined ? undefined : `${session}.${tag!.sequence}`;
}

/** How rows name a command that did not run: `40:1z.17` in entry 40. */
export function skippedText(index: number, tag: SessionTag | undefined): string {
  return `${index}:${tagText(tag) ?? 'command'}`;
}

/**
 * Notes that the entries from `first` to the log's end were appended: `from` the leader, or as this
 * leader's own. `cut`: others were cut.
 */
export function noteAppended(
  replica: RaftReplica,
  first: number,
  from: NodeId | undefined = undefined,
  cut = false,
): void {
  const { state, ctx } = replica;
  ctx.note('append', () => {
    const { log } = state;
    const last = lastIndex(log);
    const entries: string[] = [];
    for (let index = first; index <= last; index++) entries.push(entryText(entryAt(log, index)!));
    const prev = termAt(log, first - 1);
    const detail = writeDetail({ first, cut: cut || undefined, prev, entries });
    return { peer: from, index: last, detail };
  });
  if (effective(state.log).index >= first) noteConfiguration(replica, 'append');
}

/**
 * Notes the members that this replica counts by from here on, of a configuration that it found when
 * it started, whose entry was appended, brought back because a later one was cut (`rollback`), or
 * came with a snapshot; or that a configuration is committed.
 */
export function noteConfiguration(
  { state, ctx }: RaftReplica,
  kind: 'start' | 'append' | 'rollback' | 'install' | 'commit',
  { index, view, configuration: { members } } = effective(state.log),
): void {
  ctx.note('config', () => {
    const { voters, learners, outgoing } = view;
    const promoting = learners.filter((id) => members[id]!.want === 'voter');
    const wanted = promoting.length === 0 ? undefined : promoting;
    const detail = writeDetail({ voters, outgoing, learners, wanted, ...cause(state.log, kind, index) });
    return { kind, index, detail };
  });
}

/** Who asked for the change to the configuration of the entry at `index`. */
function cause(log: Log, kind: string, index: number): { readonly origin?: string; readonly plan?: string } {
  const data = kind === 'append' || kind === 'commit' ? entryAt(log, index)?.data : undefined;
  if (data?.type !== 'config') return {};
  return { origin: data.by, ...(data.plan !== '' && { plan: data.plan }) };
}

/**
 * Notes once, after the row that says that this replica has started, the members that it begins
 * with. Founders need no row where the cluster has no id (a simulated one): they are the machines
 * of the run.
 */
export function noteStart(replica: RaftReplica): void {
  const { cluster, log } = replica.state;
  if (cluster.isNoted) return;
  cluster.isNoted = true;
  const isFounded = effective(log).index > 0 || replica.settings.newClusterId !== undefined;
  if (isFounded) noteConfiguration(replica, 'start');
}

/** So many characters of a digest tell copies apart. */
const DIGEST_LENGTH = 12;

/** Notes the digest that this replica has taken of its data for a check. */
export function noteDigest({ ctx }: RaftReplica, { index, digest }: Check): void {
  ctx.note('config', () => {
    const detail = writeDetail({ digest: digest.slice(0, DIGEST_LENGTH) });
    return { kind: 'check', index, detail };
  });
}

/**
 * Notes what a learner that is to vote does from here on (`check`: the entry that asks for the
 * check, or by which it was made).
 */
export function noteLearning({ ctx }: RaftReplica, peer: NodeId, learning: Learning): void {
  const { phase, round, check } = learning;
  ctx.note('config', () => ({ kind: 'learner', peer, detail: writeDetail({ phase, round, check }) }));
}

/**
 * Notes the new commit index; a leader names the holders it knew of. They are looked up here, not
 * taken from what decided to commit: so a leader that counts wrongly shows.
 */
export function noteCommitted({ state, ctx }: RaftReplica): void {
  ctx.note('commit', () => {
    const { log, leadership } = state;
    const { commit } = log;
    if (leadership === undefined) return { index: commit };
    const { durableIndex, progress } = leadership;
    const reached = (voter: NodeId) =>
      voter === ctx.self ? durableIndex : counted(progress[voter], ({ match }) => match);
    const by = effective(log).voters.filter((voter) => reached(voter) >= commit);
    return { index: commit, detail: writeDetail({ by }) };
  });
}

/**
 * Notes that the entries from `first` on were applied. `skipped`: commands that did not run, for
 * their session had them, or is gone.
 */
export function noteApplied({ state, ctx }: RaftReplica, first: number, skipped: readonly string[]): void {
  ctx.note('apply', () => {
    const detail = writeDetail({ first, skipped: skipped.length === 0 ? undefined : skipped });
    return { index: state.log.applied, detail };
  });
}
