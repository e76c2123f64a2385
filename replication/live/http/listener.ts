/**
 * The paths that every replica serves over plain HTTP, before those of its application: `/metrics`,
 * `/livez` and `/readyz`, which whoever reaches the port may read (docs/reference/security.md), and
 * `/admin/...`, for those who have the secret.
 */
import type { RequestListener, ServerResponse } from 'node:http';
import { ADMIN_PATH, type Admin, answerAdmin } from './admin.ts';
import type { Exporter } from './exporter.ts';
import { readiness } from './readiness.ts';
import type { Vitals } from './vitals.ts';

/** What is served. */
export interface OperatorPages {
  readonly vitals: () => Vitals;
  readonly exporter: Exporter;
  readonly admin: Admin;
  /** Answers all other requests. Default: status 404. */
  readonly others?: RequestListener | undefined;
}

/** The listener of a replica's port. */
export function operatorListener({ vitals, exporter, admin, others }: OperatorPages): RequestListener {
  const pages: Readonly<Record<string, (response: ServerResponse, query: string) => void>> = {
    '/metrics': (response) => void sendMetrics(response, exporter),
    '/livez': (response) => send(response, 200, 'ok\n'),
    '/readyz': (response, query) => sendReadiness(response, vitals(), query),
  };
  return (request, response) => {
    const [path = '', query = ''] = (request.url ?? '').split('?', 2);
    const page = Object.hasOwn(pages, path) ? pages[path] : undefined;
    if (path.startsWith(ADMIN_PATH)) answerAdmin(path, request, response, admin);
    else if (page === undefined) {
      if (others !== undefined) others(request, response);
      else send(response, 404, 'not found\n');
    } else if (request.method !== 'GET' && request.method !== 'HEAD') {
      send(response, 405, 'method not allowed\n', { allow: 'GET, HEAD' });
    } else page(response, query);
  };
}

async function sendMetrics(response: ServerResponse, exporter: Exporter): Promise<void> {
  try {
    send(response, 200, await exporter.text(), { 'content-type': exporter.contentType });
  } catch {
    send(response, 500, 'internal error\n');
  }
}

function sendReadiness(response: ServerResponse, vitals: Vitals, query: string): void {
  const { isReady, lines } = readiness(vitals);
  const isVerbose = new URLSearchParams(query).has('verbose');
  send(response, isReady ? 200 : 503, `${(isVerbose ? lines : lines.slice(-1)).join('\n')}\n`);
}

function send(response: ServerResponse, code: number, text: string, headers: object = {}): void {
  response.writeHead(code, {
    'content-type': 'text/plain; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...headers,
  });
  response.end(text);
}
