/** What a replica answers to plain HTTP: its health and status, the chat page and the explorer. */
import { existsSync, type ReadStream } from 'node:fs';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import sirv from 'sirv';
import { builtFile } from '../../logs/index.ts';
import type { ReplicaStatus } from '../../replication/index.ts';
import { contentSecurityPolicy } from './origins.ts';

/** Answers `GET /health`, `GET /status` and files; anything else with status 404. */
export function webListener(status: () => ReplicaStatus): RequestListener {
  const page = files('page/');
  const explorer = files('explorer/');
  let headers: Record<string, string> | undefined;
  return (request, response) => {
    headers ??= securityHeaders(status());
    for (const name in headers) response.setHeader(name, headers[name]!);
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return refuse(response, 405, 'method not allowed');
    const path = (request.url ?? '/').split('?', 1)[0]!;
    if (path === '/health') return health(response, status());
    if (path === '/status') return json(response, 200, status());
    if (path === '/explorer') return redirect(response, '/explorer/');
    if (!path.startsWith('/explorer/')) return page(request, response);
    request.url = request.url!.slice('/explorer'.length);
    explorer(request, response);
  };
}

type Files = (request: IncomingMessage, response: ServerResponse) => void;

function files(folder: string): Files {
  const path = fileURLToPath(builtFile(folder));
  const missing = (_: IncomingMessage, response: ServerResponse) => refuse(response, 404, 'not found');
  // Without a build (in tests) there are no pages.
  if (!existsSync(path)) return missing;
  const serve = sirv(path, { etag: true, onNoMatch: missing });
  return (request, response) => {
    // Browsers do not ask for ranges of a page, and a malformed range would throw.
    delete request.headers.range;
    response.once('pipe', (file: ReadStream) => {
      // A page that a new build has replaced, or a caller that has disconnected.
      file.once('error', () => response.destroy());
      response.once('close', () => file.destroy());
    });
    serve(request, response);
  };
}

function health(response: ServerResponse, { id, leader, leaderless, disk }: ReplicaStatus): void {
  if (disk === 'full') json(response, 503, { status: 'disk full', id, leader });
  else if (leader === undefined && !leaderless) json(response, 503, { status: 'no leader', id });
  else json(response, 200, { status: 'ok', id, leader });
}

function json(response: ServerResponse, code: number, body: unknown): void {
  response.writeHead(code, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(`${JSON.stringify(body)}\n`);
}

function refuse(response: ServerResponse, code: number, why: string): void {
  json(response, code, { error: why });
}

function redirect(response: ServerResponse, to: string): void {
  response.writeHead(308, { location: to }).end();
}

function securityHeaders({ replicas }: ReplicaStatus): Record<string, string> {
  return {
    'content-security-policy': contentSecurityPolicy(replicas),
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
  };
}
