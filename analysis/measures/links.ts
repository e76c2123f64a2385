/** Messages by link: how many, how many arrived, and how long they took. */
import { detailSql } from '../../vm/index.ts';
import type { Run } from '../run/load.ts';

/** One direction between two machines. */
export type LinkMeasures = {
  readonly from: string;
  readonly to: string;
  /** Messages sent; one to several machines counts for each. */
  readonly sent: number;
  /** Of those, received at least once. */
  readonly received: number;
  /** Receives of a message that was received before. */
  readonly duplicates: number;
  /** Not received, though one that was sent later was; in per cent of those sent. */
  readonly lost: number;
  readonly lostPercent: number | null;
  /** Not received, and nothing sent later was: on its way when the log ends, or lost. */
  readonly pending: number;
  /** `drop` rows that say that a message of this link was dropped, by either side. */
  readonly dropped: number;
  /** From the send to the first receive, by the clocks of the two machines. */
  readonly meanUs: number | null;
  readonly p50Us: number | null;
  readonly p99Us: number | null;
  readonly maxUs: number | null;
};

/** Every link over which something was sent, by the names of its ends. */
export async function measureLinks({ database }: Run): Promise<LinkMeasures[]> {
  return database.rows<LinkMeasures>(`
    WITH fans AS (
      SELECT id, node AS "from", peer FROM events WHERE event = 'send' AND peer IS NOT NULL
    ), sends AS (
      SELECT id, "from", peer AS "to" FROM fans WHERE peer NOT LIKE '% %'
      UNION ALL SELECT id, "from", unnest(string_split(peer, ' ')) FROM fans WHERE peer LIKE '% %'
    ), firsts AS (
      SELECT "from", "to", send, min(receive_us) - any_value(send_us) AS took, count(*) AS copies
      FROM deliveries WHERE copies = 1 GROUP BY "from", "to", send
    ), arrived AS (
      SELECT "from", "to", count(*) AS received, sum(copies - 1)::BIGINT AS duplicates, max(send) AS latest,
        avg(took) AS mean, quantile_disc(took, [0.5, 0.99]) AS quantiles, max(took) AS most
      FROM firsts GROUP BY ALL
    ), dropped AS (
      SELECT coalesce(${detailSql('from')}, node) AS "from", peer AS "to", count(*) AS n
      FROM events WHERE event = 'drop' GROUP BY ALL
    ), links AS (
      SELECT "from", "to", count(*) AS sent, count(*) FILTER (id <= latest) AS before,
        any_value(COLUMNS(arrived.* EXCLUDE ("from", "to")))
      FROM sends LEFT JOIN arrived USING ("from", "to") GROUP BY ALL
    )
    SELECT "from", "to", sent, coalesce(received, 0) AS received, coalesce(duplicates, 0) AS duplicates,
      before - coalesce(received, 0) AS lost, 100 * (before - coalesce(received, 0)) / sent AS "lostPercent",
      sent - before AS pending, coalesce((SELECT sum(n) FROM dropped WHERE dropped."from" = links."from" AND dropped."to" = links."to"), 0)::BIGINT AS dropped,
      mean AS "meanUs", quantiles[1] AS "p50Us", quantiles[2] AS "p99Us", most AS "maxUs"
    FROM links ORDER BY "from", "to"`);
}
