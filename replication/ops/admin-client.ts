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
  { signal, body }: { readonly signal?: AbortSignal; readonly body?: object } = {},
): Promise<Response> {
  const headers = greetingHeaders(secret === undefined ? {} : { secret });
  let response: Response;
  try {
    response = await fetch(`${url}/admin/${action}`, {
      ...{ method: 'POST', headers, signal: signal ?? null },
      body: body === undefined ? null : JSON.stringify(body),
    });
  } catch (error) {
    const { cause } = error as { cause?: { code?: unknown } };
    if (UNREACHED.includes(cause?.code)) throw new Error(`no replica answers at ${url}`);
    throw new UnknownOutcome(`${url} did not answer (${reason(cause ?? error)}): it may have happened`);
  }
  if (response.status === 200) return response;
  const { error, code } = await refusalIn(response);
  if (code === 'Indeterminate') throw new UnknownOutcome(`${url}: ${error}`);
  throw new Error(`${url} refused: ${error}`);
}

async function refusalIn(response: Response): Promise<{ readonly error: string; readonly code?: unknown }> {
  try {
    const { error, code } = (await response.json()) as { error?: unknown; code?: unknown };
    if (typeof error === 'string') return { error, code };
  } catch {
    // Another program listens there.
  }
  return { error: `HTTP status ${response.status}` };
}

/** What the replica at `server` says of itself and its cluster. */
export async function statusAt(server: string): Promise<NonNullable<Answer['status']>> {
  const [answer] = await fetchStatuses([server]);
  if (answer?.status !== undefined) return answer.status;
  throw new Error(`no replica answers at ${server}; another one may: --server URL`);
}

/** What the leader says; what the replica at `server` says, if none leads. */
export async function leaderStatus(server: string): Promise<NonNullable<Answer['status']>> {
  const asked = await statusAt(server);
  const leader = asked.replicas.find(({ id }) => id === asked.leader);
  if (leader === undefined || asked.id === asked.leader) return asked;
  const [answer] = await fetchStatuses([leader.url]);
  return answer?.status ?? asked;
}
