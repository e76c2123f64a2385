/**
 * Members: which configurations held, what became of learners, and how many voters could fail.
 * There are rows only of runs in which members change. A configuration holds while the leader of
 * the highest term counts by it.
 */
import { tolerance, type Voters } from '../../replication/raft/index.ts';
import { detailSql } from '../../vm/index.ts';
import type { Run } from '../run/load.ts';
import { haveMembersChanged } from '../run/members.ts';
import { roleSpansSql } from '../run/role-spans.ts';

/** A configuration while it held. Times are microseconds since the run's first event. */
export type HeldConfiguration = {
  /** Its entry; 0 for what the run began with. */
  readonly index: number;
  /** The leader that began to count by it first, and its term. */
  readonly leader: string;
  readonly term: number | null;
  readonly fromUs: number;
  /** Until a leader counted by another one, or the run ended. */
  readonly toUs: number;
  /** When a machine first knew it to be committed; null if no row says so. */
  readonly committedUs: number | null;
  /** How long it held: of a joint one, the time in joint. */
  readonly lastedUs: number;
  readonly joint: boolean;
  /** Separated by spaces; of a joint configuration those of the incoming half. */
  readonly voters: string;
  /** Of a joint configuration: those of the outgoing half. */
  readonly outgoing: string | null;
  readonly learners: string;
  /** Of these, those that were to vote. */
  readonly wanted: string;
  /** How many of its voters may fail, whichever they are, while all are up. */
  readonly mayFail: number;
};

/** Rows that are kept: of more, the first ones. */
const MOST = 10_000;

/** In order. */
export async function measureConfigurations(run: Run): Promise<HeldConfiguration[]> {
  if (!(await haveMembersChanged(run))) return [];
  const rows = await run.database.rows<Omit<HeldConfiguration, 'mayFail'>>(`
    WITH steps AS (
      SELECT *, max(term) OVER (ORDER BY time_us, id ROWS UNBOUNDED PRECEDING) AS highest FROM in_force
    ), held AS (
      SELECT *, lag((voters, outgoing, learners, wanted, "index")) OVER (ORDER BY time_us, id) AS before
      FROM steps WHERE term IS NOT DISTINCT FROM highest
    ), begun AS (
      SELECT *, lead(time_us) OVER (ORDER BY time_us, id) AS until FROM held
      WHERE before IS DISTINCT FROM (voters, outgoing, learners, wanted, "index")
    ), settled AS (
      SELECT "index", voters, min(time_us) AS us FROM configured WHERE kind = 'commit' GROUP BY ALL
    )
    SELECT begun."index", node AS leader, term, time_us - start_us AS "fromUs", coalesce(until, end_us) - start_us AS "toUs",
      settled.us - start_us AS "committedUs", coalesce(until, end_us) - time_us AS "lastedUs", outgoing IS NOT NULL AS joint,
      coalesce(array_to_string(begun.voters, ' '), '') AS voters, array_to_string(outgoing, ' ') AS outgoing,
      coalesce(array_to_string(learners, ' '), '') AS learners, coalesce(array_to_string(wanted, ' '), '') AS wanted
    FROM begun JOIN span ON true LEFT JOIN settled ON settled."index" = begun."index" AND settled.voters = begun.voters
    ORDER BY time_us, id LIMIT ${MOST}`);
  return rows.map((row) => ({ ...row, mayFail: tolerance(halvesOf(row), () => true) }));
}

/** What a machine did as a learner. Times are microseconds since the run's first event. */
export type LearnerCourse = {
  readonly node: string;
  /** Since when it was a learner, and since when it was to vote. */
  readonly addedUs: number;
  readonly wantedUs: number | null;
  /** When a leader first counted its vote, and when that configuration was committed. */
  readonly promotedUs: number | null;
  readonly committedUs: number | null;
  /** The time to promote: from when it was to vote until it was committed that it does. */
  readonly tookUs: number | null;
  /** Rounds of catching up, checks asked for, and times that its copy differed and was replaced. */
  readonly rounds: number;
  readonly checks: number;
  readonly repairs: number;
  /** Pages of snapshots that it was sent until it had one, and about how many bytes. */
  readonly pages: number;
  readonly bytes: number;
  /** `promoted`, `removed`, or what it was doing when the run ended. */
  readonly outcome: string;
};

/** A row about a learner: what a leader said of it, or sent it. */
type Step = {
  readonly node: string;
  readonly us: number;
  readonly phase: string | null;
  readonly check: number | null;
  readonly pages: number | null;
  readonly bytes: number | null;
};

/** Each time that a machine was a learner, in order. */
export async function measureLearners(run: Run): Promise<LearnerCourse[]> {
  const held = await measureConfigurations(run);
  const steps = await run.database.rows<Step>(`
    SELECT peer AS node, time_us - (SELECT start_us FROM span) AS us, ${detailSql('phase')} AS phase,
      ${detailSql('check')} AS check, ${detailSql('pages')} AS pages, ${detailSql('bytes')} AS bytes
    FROM events WHERE peer IS NOT NULL AND ((event = 'config' AND kind = 'learner') OR event = 'snapshot')
    ORDER BY time_us, id LIMIT ${MOST}`);
  const courses: LearnerCourse[] = [];
  for (const [i, { learners, fromUs }] of held.entries()) {
    for (const node of idsOf(learners)) {
      if (i === 0 || !idsOf(held[i - 1]!.learners).includes(node))
        courses.push(course(node, fromUs, held.slice(i), steps));
    }
  }
  return courses;
}

/** What `node` did from when it was added, with the first of `held`. */
function course(
  node: string,
  addedUs: number,
  held: readonly HeldConfiguration[],
  steps: readonly Step[],
): LearnerCourse {
  const end = held.find(({ learners }) => !idsOf(learners).includes(node));
  const wantedUs = held.find(({ wanted }) => idsOf(wanted).includes(node))?.fromUs ?? null;
  const untilUs = end?.fromUs ?? Number.POSITIVE_INFINITY;
  const own = steps.filter((step) => step.node === node && step.us >= addedUs && step.us <= untilUs);
  const isPromoted = end !== undefined && idsOf(end.voters).includes(node);
  const committedUs = isPromoted ? end.committedUs : null;
  const sum = (values: readonly (number | null)[]) =>
    values.reduce<number>((all, value) => all + (value ?? 0), 0);
  const times = (phase: string) => own.filter((step) => step.phase === phase).length;
  const last = own.findLast(({ phase }) => phase !== null)?.phase ?? 'learner';
  const isWanted = wantedUs !== null && wantedUs < untilUs;
  return {
    node,
    addedUs,
    wantedUs: isWanted ? wantedUs : null,
    promotedUs: isPromoted ? end.fromUs : null,
    committedUs,
    tookUs: isWanted && committedUs !== null ? committedUs - wantedUs : null,
    rounds: times('catching-up'),
    checks: own.filter(({ phase, check }) => phase === 'checking' && check !== null).length,
    repairs: times('repairing'),
    pages: sum(own.map(({ pages }) => pages)),
    bytes: sum(own.map(({ bytes }) => bytes)),
    outcome: isPromoted ? 'promoted' : end === undefined ? last : 'removed',
  };
}

/** The failure tolerance from a moment on, in microseconds since the run's first event. */
export type Tolerance = {
  readonly atUs: number;
  /** The entry of the configuration that holds. */
  readonly index: number;
  /** Voters, of either half, and how many of them run. */
  readonly voters: number;
  readonly up: number;
  /** How many more may fail, whichever they are, before there is no quorum; -1: there is none. */
  readonly mayFail: number;
};

/** A row for each change, in order. */
export async function measureTolerance(run: Run): Promise<Tolerance[]> {
  const held = await measureConfigurations(run);
  if (held.length === 0) return [];
  const off = await run.database.rows<{ node: string; fromUs: number; toUs: number }>(`
    ${roleSpansSql(run)}, off AS (
      SELECT node, from_us, to_us, start_us FROM spans WHERE state = 'down'
      UNION ALL SELECT node, start_us, min(from_us), start_us FROM spans GROUP BY node, start_us
    )
    SELECT node, from_us - start_us AS "fromUs", to_us - start_us AS "toUs" FROM off
    WHERE to_us > from_us ORDER BY from_us LIMIT ${MOST}`);
  const moments = [...held.map(({ fromUs }) => fromUs), ...off.flatMap(({ fromUs, toUs }) => [fromUs, toUs])];
  const rows: Tolerance[] = [];
  for (const atUs of [...new Set(moments)].sort((a, b) => a - b)) {
    const now = held.findLast(({ fromUs }) => fromUs <= atUs);
    if (now === undefined) continue;
    const isUp = (voter: string) =>
      !off.some(({ node, fromUs, toUs }) => node === voter && fromUs <= atUs && atUs < toUs);
    const halves = halvesOf(now);
    const voters = [...new Set(halves.flat())];
    const row = {
      index: now.index,
      voters: voters.length,
      up: voters.filter(isUp).length,
      mayFail: tolerance(halves, isUp),
    };
    const before = rows.at(-1);
    const isSame =
      before !== undefined &&
      Object.entries(row).every(([key, value]) => before[key as keyof Tolerance] === value);
    if (!isSame) rows.push({ atUs, ...row });
  }
  return rows;
}

function halvesOf({ voters, outgoing }: Pick<HeldConfiguration, 'voters' | 'outgoing'>): Voters {
  return outgoing === null ? [idsOf(voters)] : [idsOf(voters), idsOf(outgoing)];
}

function idsOf(text: string): string[] {
  return text.split(' ').filter(Boolean);
}
