/** Asserts, in production too: a replica with a wrong state stops instead of spreading it. */

/** A failed assert: a bug in the protocol or a damaged disk, never a user's mistake. */
class AssertionFailure extends Error {
  override readonly name = 'AssertionFailure';
}

/** Throws an `AssertionFailure` unless `condition` holds. */
export function assert(condition: boolean, what: string): asserts condition {
  if (!condition) throw new AssertionFailure(what);
}
