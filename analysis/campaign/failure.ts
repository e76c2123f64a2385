/** The classes of failures of a seed, and their exit codes. */

/**
 * Its class: an invariant was violated; a replica, or the campaign itself, crashed; there was no
 * progress.
 */
export type FailureClass = 'unsafe' | 'crashed' | 'stuck';

/** A failure. */
export interface Failure {
  readonly outcome: FailureClass;
  /** The same for failures of one sort: `leader-completeness`, `no-progress`, ... */
  readonly kind: string;
  /** What was seen: one line, or a few more where operations are told. */
  readonly message: string;
}

/** The failure of a message: its first word is the kind. */
export function failureOf(outcome: FailureClass, message: string): Failure {
  return { outcome, kind: message.split(' ', 1)[0]!.replace(/:$/, ''), message };
}

/** Exit codes by outcome, the worst first. 2 is wrong usage, everywhere. */
export const EXIT_CODES: readonly (readonly [FailureClass, number])[] = [
  ['unsafe', 1],
  ['crashed', 4],
  ['stuck', 3],
];
