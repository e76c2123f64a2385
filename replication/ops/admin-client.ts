/** What commands for operators ask of a replica over HTTP, with the cluster's secret. */
import { reason } from '../../vm/index.ts';
import { greetingHeaders } from '../../vm/live/index.ts';
import { type Answer, fetchStatuses } from './status.ts';

/** It is not known whether it happened. The message is one line; the exit code is 3. */
export class UnknownOutcome extends Error {
  readonly exitCode = 3;
}

/** Codes of errors that say that a request never reached a replica. */
const UNREACHED: readonly unknown[] = [
  'ECONNREFUSED',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
];

/**
 * Asks the replica at `url` for an action. Rejects with an Error that says why it is refused, or
 * with an `UnknownOutcome` if the answer is lost.
 */
export async function postAdmin(
  url: string,
  action: string,
  secret: string | undefined,
  signal?: AbortSignal,
): Promise<Response> {
  const headers = greetingHeaders(secret === undefined ? {} : { secret });
  let response: Response;
  try {
    response = await fetch(`${url}/admin/${action}`, { method: 'POST', headers, signal: signal ?? null });
  } catch (error) {
    const { cause } = error as { cause?: { code?: unknown } };
    if (UNREACHED.includes(cause?.code)) throw new Error(`no replica answers at ${url}`);
    throw new UnknownOutcome(`${url} did not answer (${reason(cause ?? error)}): it may have happened`);
  }
  if (response.status === 200) return response;
  throw new Error(`${url} refused: ${await refusalIn(response)}`);
}

async function refusalIn(response: Response): Promise<string> {
  try {
    const { error } = (await response.json()) as { error?: unknown };
    if (typeof error === 'string') return error;
  } catch {
    // Another program listens there.
  }
  return `HTTP status ${response.status}`;
}

/** What the replica at `server` says of itself and its cluster. */
export async function statusAt(server: string): Promise<NonNullable<Answer['status']>> {
  const [answer] = await fetchStatuses([server]);
  if (answer?.status !== undefined) return answer.status;
  throw new Error(`no replica answers at ${server}; another one may: --server URL`);
}
