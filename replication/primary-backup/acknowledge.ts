/**
 * What the primary waits for before it commits, and so acknowledges: its degree of replication.
 * A backup that is silent is dropped and holds nobody up; one that has all again rejoins.
 */
import { commitTo } from '../ordering/apply.ts';
import { hasCommittedOwn } from '../ordering/leading.ts';
import { entryAt } from '../ordering/log.ts';
import { query } from '../ordering/requests.ts';
import { answer } from '../ordering/responses.ts';
import type { Follower, LeadingReplica } from '../ordering/state.ts';
import { majority, type PrimaryBackup } from './state.ts';

type Primary = PrimaryBackup & LeadingReplica;

/** Drops backups that are silent, and takes back those that have caught up. */
export function reviewBackups({ state, ctx, settings }: Primary): void {
  const { leading, log } = state;
  for (const follower of Object.values(leading.followers)) {
    const isHeard = ctx.now - follower.heardAt <= settings.silentTicks;
    if (!isHeard) follower.alive = false;
    else if (!follower.alive && (follower.match ?? -1) >= log.commit) follower.alive = true;
  }
}

/** Whether the primary has lost a majority, and must not go on. */
export function hasLostMajority(replica: Primary): boolean {
  const { state, ctx, settings } = replica;
  if (settings.soleSurvivor) return false;
  const heard = Object.values(state.leading.followers).filter(
    ({ heardAt }) => ctx.now - heardAt <= settings.electionTicks[0],
  );
  return 1 + heard.length < majority(replica);
}

/** Commits what enough replicas have on disk, if that is of its own term (Raft, 5.4.2). */
export function advanceCommit(replica: Primary): void {
  const { log, leading } = replica.state;
  const index = acknowledged(replica);
  if (index > log.commit && entryAt(log, index)?.by === leading.by) commitTo(replica, index);
}

/** The highest index that may be acknowledged. */
function acknowledged(replica: Primary): number {
  const { state, settings } = replica;
  const { durable, followers } = state.leading;
  const backups = Object.values(followers);
  if (settings.ack === 'primary') return durable;
  const all = [durable, ...backups.map(counted)].sort((a, b) => b - a);
  const byMajority = all[majority(replica) - 1]!;
  const alive = backups.filter((backup) => backup.alive && backup.recovering === undefined).map(counted);
  if (settings.ack === 'all-alive') {
    const byAll = Math.min(durable, ...alive);
    return settings.soleSurvivor ? byAll : Math.min(byAll, byMajority);
  }
  if (!settings.soleSurvivor) return byMajority;
  const living = [durable, ...alive].sort((a, b) => b - a);
  return living[Math.floor(living.length / 2)]!;
}

/** How far a backup counts: one that has lost something does not. */
function counted({ match, recovering }: Follower): number {
  return recovering === undefined ? (match ?? 0) : 0;
}

/**
 * Answers reads once it is certain that this replica has led until after they were asked: where a
 * majority of backups has answered a question asked since (Raft dissertation, 6.4). Without need
 * of a majority to write there is none to read either: such reads may be stale.
 */
export function answerReads(replica: Primary): void {
  const { state, settings } = replica;
  const { leading } = state;
  if (leading.reads.length === 0 || !hasCommittedOwn(replica)) return;
  leading.round = Math.max(leading.round, ...leading.reads.map(({ round }) => round));
  const isSure = settings.soleSurvivor || settings.ack === 'primary';
  const confirmed = isSure ? leading.round : confirmedRound(replica);
  const ready = leading.reads.filter(({ round }) => round <= confirmed);
  leading.reads = leading.reads.filter(({ round }) => round > confirmed);
  for (const { id, from, query: question } of ready)
    answer(replica, id, from, { ok: true, value: query(replica, question) });
}

function confirmedRound(replica: Primary): number {
  const { leading } = replica.state;
  const rounds = Object.values(leading.followers).map(({ round, recovering }) =>
    recovering === undefined ? round : 0,
  );
  const all = [leading.round, ...rounds].sort((a, b) => b - a);
  return all[majority(replica) - 1]!;
}
