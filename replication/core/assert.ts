/** Asserts that hold in production too: a replica that finds itself wrong stops instead of spreading it. */

/** A broken invariant: a bug in the protocol or a damaged disk, never a user's mistake. */
class InvariantViolation extends Error {
  override readonly name = 'InvariantViolation';
}

/** Throws an `InvariantViolation` unless `condition` holds. */
export function invariant(condition: boolean, what: string): asserts condition {
  if (!condition) throw new InvariantViolation(what);
}
