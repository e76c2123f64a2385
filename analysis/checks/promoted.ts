/**
 * A learner votes only after its copy was compared with the leader's, and found the same: before
 * the leader appends the configuration that makes it a voter, a row of this leadership says that
 * its check agreed (`learner`, phase `ready`); and where both machines say what digest they took
 * of their data for that check, the digests are equal.
 */
import { detailSql } from '../../vm/index.ts';
import { plural } from '../output/plural.ts';
import { ask, type Check, type CheckVerdict, count } from './check.ts';

const SQL = `
  WITH steps AS (
    SELECT *, lag(learners) OVER machine AS learned FROM counting WINDOW machine AS (PARTITION BY node ORDER BY id)
  ), own AS (
    SELECT steps.*, configured.term FROM steps JOIN configured USING (id)
    WHERE configured.kind = 'append' AND configured.role = 'leader'
  ), unnested AS (SELECT id, node, time_us, term, "index", learned, unnest(voters) AS learner FROM own
  ), promotions AS (
    SELECT unnested.*, learned IS NOT NULL AS known, led.id AS led_id, led.time_us AS led_us
    FROM unnested ASOF LEFT JOIN (SELECT id, node, time_us FROM events WHERE event = 'role' AND role = 'leader') AS led
      ON unnested.node = led.node AND unnested.id >= led.id
    WHERE coalesce(list_contains(learned, learner), false)
  ), ready AS (
    SELECT id, node, peer AS learner, ${detailSql('check')} AS checked FROM events
    WHERE event = 'config' AND kind = 'learner' AND ${detailSql('phase')} = 'ready'
  ), agreed AS (
    SELECT promotions.*, ready.id AS ready, checked FROM promotions ASOF LEFT JOIN ready
      ON promotions.node = ready.node AND promotions.learner = ready.learner AND promotions.id > ready.id
  ), digests AS (
    SELECT node, "index", max(id) AS id, arg_max(${detailSql('digest')}, id) AS digest FROM events
    WHERE event = 'config' AND kind = 'check' GROUP BY ALL
  ), compared AS (
    SELECT agreed.*, ready > coalesce(led_id, 0) AS is_ready, mine.id AS mine, theirs.id AS theirs,
      coalesce(mine.digest <> theirs.digest, false) AS differs
    FROM agreed LEFT JOIN digests AS mine ON mine.node = agreed.node AND mine."index" = checked
      LEFT JOIN digests AS theirs ON theirs.node = agreed.learner AND theirs."index" = checked
  ), judged AS (
    SELECT *, CASE WHEN coalesce(is_ready, false) THEN differs
      WHEN EXISTS (FROM gaps WHERE gaps.node = compared.node AND gaps.from_us < compared.time_us
        AND gaps.to_us > coalesce(led_us, gaps.from_us)) THEN NULL
      ELSE true END AS broken
    FROM compared
  )`;

export const promotedAfterCheck: Check = {
  name: 'promoted-after-check',
  claim: "a learner votes only after its copy was found to be the leader's",
  async run(run): Promise<CheckVerdict> {
    const unclear = await count(run, `${SQL} SELECT count(*) AS n FROM judged WHERE broken IS NULL`);
    return ask(run, {
      counts: `${SQL} SELECT count(broken) AS compared, count(*) FILTER (broken) AS broken FROM judged`,
      cases: `${SQL} SELECT id, if(is_ready, ready, NULL), if(is_ready, mine, NULL), if(is_ready, theirs, NULL)
        FROM judged WHERE broken ORDER BY id`,
      thing: 'promotion',
      silent:
        unclear === 0 ? 'no row says that a learner was promoted' : 'of no promotion do the logs say enough',
      notes:
        unclear === 0
          ? []
          : [`${plural(unclear, 'promotion')} left out: the row of its check may be missing from the logs`],
    });
  },
};
