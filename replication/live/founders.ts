/**
 * The id of a cluster whose members never change: it is made of their names and of the name of the
 * run, so every replica knows it from the beginning, and data of other members is noticed.
 *
 * Left out: two clusters of the same names are not told apart, as those are that choose an id.
 */
import { createHash } from 'node:crypto';
import { LiveError } from '../../vm/index.ts';
import { belongingIn, type DataOwner } from '../../vm/live/disk/index.ts';

/** As long as that of other clusters. */
const LENGTH = 32;

/** The id of the cluster `run` of these replicas, in any order. */
export function foundersId(run: string, replicas: readonly { readonly id: string }[]): string {
  const ids = replicas.map(({ id }) => id).sort();
  return createHash('sha256')
    .update(JSON.stringify([run, ids]))
    .digest('hex')
    .slice(0, LENGTH);
}

/**
 * Checks that the data in `directory`, if there is any, is that of the cluster `id`. Throws a
 * `LiveError` if not.
 */
export function checkFounders(directory: string, owner: DataOwner, id: string): void {
  const stored = belongingIn(directory, owner)?.clusterId;
  if (stored === undefined || stored === id) return;
  throw new LiveError(
    'DataForeign',
    `${directory} is the data of ${owner.id} in a cluster of other members, and they cannot change: start it with those, or with an empty directory`,
  );
}
