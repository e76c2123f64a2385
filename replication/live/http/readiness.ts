/**
 * Whether a replica is ready for clients, check by check. A replica that is not ready still answers
 * those that ask it; a balancer should send clients to others.
 */
import type { Vitals } from './vitals.ts';

/** Entries in the log that are not applied yet, at most. */
const MOST_UNAPPLIED = 1_000;

/** A check: why it fails, in a few words; undefined if it does not. */
interface Check {
  readonly name: string;
  readonly why: (vitals: Vitals) => string | undefined;
}

/** All checks. docs/reference/operations.md lists them. */
const CHECKS: readonly Check[] = [
  {
    name: 'leader',
    why: ({ status: { leader, leaderless } }) =>
      leader === undefined && !leaderless ? 'no leader is known' : undefined,
  },
  { name: 'applied', why: unapplied },
  {
    name: 'recovered',
    why: ({ status }) => (status.recovery === 'normal' ? undefined : `it is ${status.recovery}`),
  },
  { name: 'not-learning', why: learning },
  { name: 'disk', why: ({ status }) => (status.disk === 'ok' ? undefined : `it is ${status.disk}`) },
  { name: 'not-draining', why: ({ status }) => (status.draining ? 'it is drained' : undefined) },
];

/** The result of all checks. */
export interface Readiness {
  readonly isReady: boolean;
  /** A line for each check, and one for all. */
  readonly lines: readonly string[];
}

/** Makes all checks. */
export function readiness(vitals: Vitals): Readiness {
  const results = CHECKS.map(({ name, why }) => ({ name, failed: why(vitals) }));
  const isReady = results.every(({ failed }) => failed === undefined);
  const lines = results.map(({ name, failed }) =>
    failed === undefined ? `[+]${name} ok` : `[-]${name} failed: ${failed}`,
  );
  return { isReady, lines: [...lines, isReady ? 'ready' : 'not ready'] };
}

/** Learners that stay learners are there for clients; one that is to vote is not ready yet. */
function learning({ status, configuration }: Vitals): string | undefined {
  const { role, want } = configuration?.members[status.id] ?? {};
  return role === 'learner' && want === 'voter' ? 'it is learning, to become a voter' : undefined;
}

function unapplied({ status, isReceiving }: Vitals): string | undefined {
  if (isReceiving) return "it is receiving another replica's data";
  const count = status.lastIndex - status.applied;
  return count > MOST_UNAPPLIED ? `${count} entries are not applied yet` : undefined;
}
