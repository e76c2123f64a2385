/** What may come of a seed besides success, and how it ends the command. */

/** How bad it is: a promise was broken; a replica, or the campaign itself, broke off; nothing went on. */
export type FailureClass = 'unsafe' | 'crashed' | 'stuck';

/** What broke. */
export interface Failure {
  readonly outcome: FailureClass;
  /** The same for failures of one sort: `leader-completeness`, `no-progress`, ... */
  readonly kind: string;
  /** What was seen: one line, or a few more where operations are told. */
  readonly message: string;
}

/** The failure that a message tells of: its first word is the kind. */
export function failureOf(outcome: FailureClass, message: string): Failure {
  return { outcome, kind: message.split(' ', 1)[0]!.replace(/:$/, ''), message };
}

/** Exit codes by outcome, the worst first. 2 is wrong usage, everywhere. */
export const EXIT_CODES: readonly (readonly [FailureClass, number])[] = [
  ['unsafe', 1],
  ['crashed', 4],
  ['stuck', 3],
];
