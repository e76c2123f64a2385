/**
 * What operators do with a replica: `POST /admin/...`, with the cluster's secret in the greeting
 * that clients of the replication show, too. Pages are refused: they cannot set that header, and
 * name their origin.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { reason } from '../../../vm/index.ts';
import { ReplicationError } from '../../errors.ts';

/** What can be done. */
export interface Admin {
  /** Why a caller is refused, in one line; undefined if it is not. */
  readonly refusal: (request: IncomingMessage) => string | undefined;
  /** Called with a request that was not refused. */
  readonly admitted: (request: IncomingMessage) => void;
  /** Actions that are answered with one JSON document, by name. `body`: what was sent along. */
  readonly actions: Readonly<Record<string, (body: unknown) => Promise<object>>>;
  /** The pieces of a backup. Throws a `ReplicationError`, or fails with one, if there is none. */
  readonly backup: () => AsyncGenerator<Buffer>;
}

/** The most bytes that may be sent along: a change of a hundred members. */
const MAX_BODY_BYTES = 64 * 1024;

/** Before the name of every action. */
export const ADMIN_PATH = '/admin/';

/** Answers a request for a path that begins with `ADMIN_PATH`. */
export function answerAdmin(
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
  admin: Admin,
): void {
  const name = path.slice(ADMIN_PATH.length);
  const action = Object.hasOwn(admin.actions, name) ? admin.actions[name] : undefined;
  const refused = request.method === 'POST' ? admin.refusal(request) : undefined;
  if (request.method !== 'POST') refuse(request, response, 405, 'method not allowed');
  else if (refused !== undefined) refuse(request, response, 403, refused);
  else if (name !== 'backup' && action === undefined) refuse(request, response, 404, 'not found');
  else {
    admin.admitted(request);
    if (action !== undefined) void sendResult(request, response, action);
    else {
      request.resume();
      void sendBackup(response, admin.backup);
    }
  }
}

/** Nothing that is sent along is read. */
function refuse(request: IncomingMessage, response: ServerResponse, code: number, error: string): void {
  request.resume();
  sendJson(response, code, { error });
}

async function sendResult(
  request: IncomingMessage,
  response: ServerResponse,
  act: (body: unknown) => Promise<object>,
): Promise<void> {
  try {
    sendJson(response, 200, await act(await readBody(request)));
  } catch (error) {
    const code = error instanceof ReplicationError ? error.code : undefined;
    sendJson(response, 503, { error: reason(error), code });
  }
}

/** What was sent along as JSON; undefined if nothing was. */
async function readBody(request: IncomingMessage): Promise<unknown> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    size += piece.length;
    // Leaving the loop would end the connection, and the answer with it.
    if (size <= MAX_BODY_BYTES) pieces.push(piece);
  }
  if (size > MAX_BODY_BYTES) throw new Error(`more than ${MAX_BODY_BYTES} bytes were sent along`);
  return size === 0 ? undefined : JSON.parse(Buffer.concat(pieces).toString());
}

/** Sends a backup as fast as the caller reads it. One that ends early has no last line. */
async function sendBackup(response: ServerResponse, begin: Admin['backup']): Promise<void> {
  let pieces: AsyncGenerator<Buffer> | undefined;
  try {
    // It is refused, if at all, before the first piece.
    pieces = begin();
    const { value } = await pieces.next();
    response.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' });
    response.write(value);
    await pipeline(pieces, response);
  } catch (error) {
    if (response.headersSent) response.destroy();
    else sendJson(response, 503, { error: reason(error) });
  } finally {
    await pieces?.return(undefined);
  }
}

function sendJson(response: ServerResponse, code: number, body: object): void {
  response.writeHead(code, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(`${JSON.stringify(body)}\n`);
}
