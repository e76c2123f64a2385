/**
 * What the answer to one attempt says of the request. Attempts of one request share a session tag,
 * so at most one of them happens (Raft dissertation, 6.3); one that was not answered may be that
 * one.
 */
import type { Outcome } from '../../vm/index.ts';

/** Refusals of one attempt: it did nothing and never will. Of other attempts they say nothing. */
const REFUSALS: readonly string[] = ['NoLeader', 'Overloaded', 'SessionExpired'];

/** Whether an error with that code says of the attempt, and of no other, that it did nothing. */
export function refusesAttempt(code: string): boolean {
  return REFUSALS.includes(code);
}

/**
 * The answer to a request, of whose last attempt `outcome` is the answer. `tried`: an earlier
 * attempt may have happened. `refuses` says which errors speak of one attempt only.
 */
export function fateOf(outcome: Outcome, tried: boolean, refuses = refusesAttempt): Outcome {
  if (outcome.ok || !tried || !refuses(outcome.code)) return outcome;
  const why =
    outcome.code === 'SessionExpired' ? 'its session expired between two attempts' : outcome.message;
  return { ok: false, code: 'Indeterminate', message: `${why}; an earlier attempt may have happened` };
}
