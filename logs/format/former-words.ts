/**
 * Words of earlier schema versions, and what this version calls them. Pure.
 *
 * Version 1 has the same columns. It called a replica's recovery its standing (`blank`, `learning`,
 * `whole`), Raft's message `Recovered` was `Promote`, and a disk that has free space again was a
 * fault of kind `disk-room`.
 */
import type { Manifest } from './manifest.ts';
import type { RowRecord } from './schema.ts';

/**
 * By column: the former word, and the present one. A cell is replaced only if all of it is the
 * former word.
 */
export type FormerWords = Readonly<Record<'kind' | 'detail', Readonly<Record<string, string>>>>;

const DETAILS = {
  'standing=blank': 'recovery=new',
  'standing=learning': 'recovery=recovering',
  'standing=whole': 'recovery=normal',
};

/**
 * The words to be replaced in the logs of a run; undefined if there are none. A run of version 1
 * that a later Tickraft continued has rows of both versions; those of this version stay as they
 * are.
 */
export function formerWords({
  schemaVersion,
  protocol,
}: Pick<Manifest, 'schemaVersion' | 'protocol'>): FormerWords | undefined {
  if (schemaVersion > 1) return undefined;
  const ofHost = { 'disk-room': 'disk-free' };
  return protocol === 'raft'
    ? { kind: { ...ofHost, Promote: 'Recovered' }, detail: DETAILS }
    : { kind: ofHost, detail: {} };
}

/** The row in the words of this version. */
export function translate(row: RowRecord, { kind, detail }: FormerWords): RowRecord {
  return { ...row, kind: present(row.kind, kind), detail: present(row.detail, detail) };
}

function present(cell: string | undefined, words: Readonly<Record<string, string>>): string | undefined {
  return cell !== undefined && Object.hasOwn(words, cell) ? words[cell] : cell;
}
