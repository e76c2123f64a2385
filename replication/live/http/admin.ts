/**
 * What operators do with a replica: `POST /admin/...`, with the cluster's secret in the greeting
 * that clients of the replication show, too. Pages are refused: they cannot set that header, and
 * name their origin.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { reason } from '../../../vm/index.ts';

/** What can be done. */
export interface Admin {
  /** Why a caller is refused, in one line; undefined if it is not. */
  readonly refusal: (request: IncomingMessage) => string | undefined;
  /** Called with a request that was not refused. */
  readonly admitted: (request: IncomingMessage) => void;
  /** Actions that are answered with one JSON document, by name. */
  readonly actions: Readonly<Record<string, () => Promise<object>>>;
  /** The pieces of a backup. */
  readonly backup: () => AsyncGenerator<Buffer>;
}

/** Before the name of every action. */
export const ADMIN_PATH = '/admin/';

/** Answers a request for a path that begins with `ADMIN_PATH`. */
export function answerAdmin(
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
  admin: Admin,
): void {
  // Nothing that is sent along is read.
  request.resume();
  if (request.method !== 'POST') {
    sendJson(response, 405, { error: 'method not allowed' });
    return;
  }
  const refused = admin.refusal(request);
  if (refused !== undefined) {
    sendJson(response, 403, { error: refused });
    return;
  }
  admin.admitted(request);
  const name = path.slice(ADMIN_PATH.length);
  if (name === 'backup') void sendBackup(response, admin.backup());
  else if (Object.hasOwn(admin.actions, name)) void sendResult(response, admin.actions[name]!);
  else sendJson(response, 404, { error: 'not found' });
}

async function sendResult(response: ServerResponse, act: () => Promise<object>): Promise<void> {
  try {
    sendJson(response, 200, await act());
  } catch (error) {
    sendJson(response, 503, { error: reason(error) });
  }
}

/** Sends a backup as fast as the caller reads it. One that ends early has no last line. */
async function sendBackup(response: ServerResponse, pieces: AsyncGenerator<Buffer>): Promise<void> {
  try {
    // It is refused, if at all, before the first piece.
    const { value } = await pieces.next();
    response.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' });
    response.write(value);
    await pipeline(pieces, response);
  } catch (error) {
    if (response.headersSent) response.destroy();
    else sendJson(response, 503, { error: reason(error) });
  } finally {
    await pieces.return(undefined);
  }
}

function sendJson(response: ServerResponse, code: number, body: object): void {
  response.writeHead(code, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(`${JSON.stringify(body)}\n`);
}
