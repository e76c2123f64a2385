/**
 * A leader commits what a majority of its voters holds durably, of a joint configuration a majority
 * of both halves, and entries of its own term only (Raft, 5.3, 5.4.2 and 6); nothing else is
 * applied.
 *
 * The voters are those that the leader counted by at its `commit` row: of the last `config` row of
 * its log, or the machines of `run.json` if there is none (`../run/members.ts`).
 *
 * For a commit, its leader's row names (`by`) the holders of durable copies that it knew of, which
 * covers what no message shows: that its own copy was on its disk, and that replicas which lost
 * theirs did not count. Each copy of another machine is then looked for: it appended this very
 * entry, and a message that it sent afterwards had reached the leader. A row that names nobody
 * (another protocol) is checked by such messages alone. Messages from before an acknowledgement may
 * leave after the append that it acknowledges, so they alone usually, but not always, show too few
 * copies.
 *
 * Of an entry that is applied, a majority had appended it by their Lamport clocks before any
 * machine applied it, which catches followers that apply what no leader committed. Where members
 * change, it is a majority of those by which a leader first committed it.
 *
 * A machine may have had an entry without a row that says so if its log has a gap between the
 * moment at which the entry was proposed and its commit; a leader whose log has a gap there may
 * have heard of any copy.
 */

import { detailSql } from '../../vm/index.ts';
import { plural } from '../output/plural.ts';
import type { Run } from '../run/load.ts';
import { countedBySql, foundersOf, haveMembersChanged, quorumSql } from '../run/members.ts';
import { ask, type Check, type CheckVerdict } from './check.ts';

/** When the entry of a row was proposed: no machine can have it earlier. Null if no row says. */
const PROPOSED = (row: string) => `(
  SELECT min(time_us) FROM appended
  WHERE own AND appended."index" = ${row}."index" AND appended.term = ${row}.term)`;

const COMMITS = `
  SELECT id, node, time_us, lamport, "index", term AS leader_term, ${detailSql('by')} AS named FROM events
  WHERE event = 'commit' AND role = 'leader' AND "index" IS NOT NULL`;

/**
 * The voters of whom a majority must have had an applied entry. They are those of the first leader
 * that committed it; if no row before the first apply shows that, and one may be missing, nobody
 * knows.
 */
const DUE = `
  SELECT entries.*, if(earliest.lamport < entries.lamport OR NOT EXISTS (FROM gaps), voters, NULL) AS voters,
    if(earliest.lamport < entries.lamport OR NOT EXISTS (FROM gaps), outgoing, NULL) AS outgoing
  FROM entries ASOF LEFT JOIN (
    SELECT DISTINCT "index", arg_min(id, lamport) OVER (ORDER BY "index" DESC) AS id, min(lamport) OVER (ORDER BY "index" DESC) AS lamport
    FROM commits WHERE lamport IS NOT NULL
  ) AS earliest ON entries."index" <= earliest."index" LEFT JOIN (SELECT id, voters, outgoing FROM commits) AS by_id ON by_id.id = earliest.id`;

/** Without changes all commits count by the same voters; `founders` is the list of them, in SQL. */
const DUE_TO_ALL = (founders: string) =>
  `SELECT *, ${founders} AS voters, NULL::VARCHAR[] AS outgoing FROM entries`;

const SQL = (isChanged: boolean, founders: string) => `
  WITH commits AS (${countedBySql(COMMITS, isChanged)}
  ), own AS (
    SELECT commits.id, max(appended.id) AS append, arg_max(appended.term, appended.id) AS term
    FROM commits JOIN appended USING (node, "index") WHERE appended.id < commits.id GROUP BY commits.id
  ), decided AS (
    SELECT commits.*, append, coalesce(own.term, leader_term) AS term, named IS NULL OR list_contains(named, node) AS own_counts
    FROM commits LEFT JOIN own USING (id)
  ), others AS (
    SELECT decided.id AS commit, decided.node AS leader, appended.node, min(appended.id) AS append
    FROM decided JOIN appended USING ("index", term)
    WHERE appended.node <> decided.node AND (named IS NULL OR list_contains(named, appended.node)) GROUP BY ALL
  ), heard AS (
    SELECT "from", "to", send, min(receive) OVER (PARTITION BY "from", "to" ORDER BY send DESC) AS receive
    FROM deliveries WHERE "to" IN (SELECT node FROM commits)
  ), known AS (
    SELECT others.commit, list(others.node) AS nodes
    FROM others ASOF JOIN heard ON others.node = heard."from" AND others.leader = heard."to" AND others.append < heard.send
    WHERE heard.receive < others.commit GROUP BY others.commit
  ), counted AS (
    SELECT decided.*, list_concat(if(own_counts AND append IS NOT NULL, [node], []), coalesce(nodes, [])) AS holders
    FROM decided LEFT JOIN known ON decided.id = known.commit
  ), doubted AS (
    SELECT *, ${PROPOSED('counted')} AS proposed_us FROM counted
    WHERE NOT coalesce(${quorumSql('holders')}, false) OR term < leader_term
  ), suspects AS (
    SELECT *, coalesce(named IS NOT NULL AND NOT ${quorumSql('named')}, false) OR coalesce(term < leader_term, false) AS wrong, (
      SELECT if(bool_or(gaps.node = doubted.node), list_concat(voters, coalesce(outgoing, [])), list(DISTINCT gaps.node)) FROM gaps
      WHERE gaps.from_us < doubted.time_us AND gaps.to_us > coalesce(proposed_us, gaps.from_us)
        AND (gaps.node = doubted.node
          OR (NOT list_contains(holders, gaps.node) AND (named IS NULL OR list_contains(named, gaps.node))))
    ) AS perhaps FROM doubted
  ), entries AS (
    SELECT "index", term, what, min(lamport) AS lamport, arg_min(id, lamport) AS apply, min(time_us) AS applied_us
    FROM applied WHERE term IS NOT NULL AND lamport IS NOT NULL GROUP BY ALL
  ), due AS (${isChanged ? DUE : DUE_TO_ALL(founders)}
  ), spread AS (
    SELECT due.*, list_slice(copies.holders, 1, len(list_filter(clocks, lambda clock: clock < due.lamport))) AS holders
    FROM due JOIN copies USING ("index", term)
  ), sparse AS (
    SELECT *, ${PROPOSED('spread')} AS proposed_us FROM spread WHERE NOT coalesce(${quorumSql('holders')}, false)
  ), lacking AS (
    SELECT *, (
      SELECT list(DISTINCT node) FROM gaps
      WHERE gaps.from_us < applied_us AND gaps.to_us > coalesce(proposed_us, gaps.from_us) AND NOT list_contains(holders, gaps.node)
    ) AS perhaps FROM sparse
  ), cases AS (
    SELECT id, "index", term, wrong OR coalesce(NOT ${quorumSql(MOST_HOLDERS)}, false) AS broken FROM suspects UNION ALL
    SELECT apply, "index", term, coalesce(NOT ${quorumSql(MOST_HOLDERS)}, false) FROM lacking
  )`;

/** Those that had an entry, or may have had it. */
const MOST_HOLDERS = 'list_concat(holders, coalesce(perhaps, []))';

export const committedByMajority: Check = {
  name: 'committed-by-majority',
  claim:
    'a leader commits only what a majority of its voters holds, of its own term; nothing else is applied',
  async run(run): Promise<CheckVerdict> {
    const sql = SQL(await haveMembersChanged(run), foundersOf(run.manifest.machines));
    const found = await run.database.row<Found>(`${sql} SELECT
      (SELECT count(*) FROM commits) AS commits, (SELECT count(*) FROM entries) AS entries,
      count(*) FILTER (broken) AS broken, count(*) FILTER (NOT broken) AS unclear FROM cases`);
    const { commits, entries, broken, unclear } = found;
    return ask(run, {
      counts: `SELECT ${commits + entries - unclear} AS compared, ${broken} AS broken`,
      cases: `${sql} SELECT id, (
          SELECT string_agg(id, ' ' ORDER BY id) FROM appended
          WHERE appended."index" = cases."index" AND appended.term = cases.term
        ) FROM cases WHERE broken ORDER BY id`,
      thing: 'commit or applied entry',
      things: 'commits and applied entries',
      silent: 'no row says which entries were committed or applied',
      notes: await notes(run, found),
    });
  },
};

/**
 * Commits of leaders and entries applied, how many of both are not as claimed, and of how many
 * nobody can tell.
 */
interface Found {
  readonly commits: number;
  readonly entries: number;
  readonly broken: number;
  readonly unclear: number;
}

async function notes({ database }: Run, { commits, entries, unclear }: Found): Promise<string[]> {
  const said: string[] = [];
  if (unclear > 0)
    said.push(
      `${plural(unclear, 'commit or applied entry', 'commits and applied entries')} left out: rows that show a majority may be missing from the logs`,
    );
  const { n: nameless } = await database.row<{ n: number }>(
    'SELECT count(DISTINCT "index") AS n FROM applied WHERE term IS NULL',
  );
  if (nameless > 0)
    said.push(
      `${plural(nameless, 'entry', 'entries')} left out where they were applied by a machine that no row says appended them`,
    );
  if (commits === 0 && entries > 0)
    said.push('no row says what a leader committed: only the order of Lamport clocks could be used');
  return said;
}
