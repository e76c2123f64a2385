/**
 * Histories from papers, books, lectures, other checkers and Jepsen's analyses, with the verdicts
 * that are published with them: `published-copied.ts` and `published-described.ts`.
 *
 * Left out is what is not about registers or maps, which `tickraft check` does not know: the queues
 * of Herlihy and Wing 1990, of Wing and Gong 1993 and of Lowe 2017, and Knossos' multi-registers.
 */

/** A history, one operation a line. */
export interface Published {
  readonly name: string;
  readonly verdict: 'holds' | 'violated';
  readonly initial: string | number | null;
  /**
   * `CLIENT [KEY.]write 1 @ 0-10`, `read -> 1`, `cas 1 2 -> ok`, `append "a"`; `-> failed`,
   * `mismatch`, `unknown`; no end: it never returned.
   */
  readonly operations: readonly string[];
}

/** Where histories were published. */
export interface Source {
  readonly source: string;
  readonly histories: readonly Published[];
}

/** A history as it is published. It begins with `initial`. */
export const history = (
  verdict: Published['verdict'],
  name: string,
  operations: readonly string[],
  initial: Published['initial'] = null,
): Published => ({ name, verdict, initial, operations });
