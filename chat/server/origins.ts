/**
 * Which pages may talk to a replica. Browsers let any page open a WebSocket to any server, so
 * without this a page from elsewhere could connect to replicas on its visitor's computer. That the
 * name in `Host` is one of the replicas' own is checked before (`vm/live/server/known-hosts.ts`).
 */
import type { IncomingMessage } from 'node:http';
import type { ReplicaAddress } from '../../replication/index.ts';

const LOCAL_NAMES = ['localhost', '127.0.0.1', '[::1]'];

/**
 * The origins of pages that this cluster serves: under the names of its replicas, and all names of
 * this computer.
 */
function clusterOrigins(replicas: readonly ReplicaAddress[]): Set<string> {
  const origins = new Set<string>();
  for (const { url } of replicas) {
    const { protocol, hostname, port } = new URL(url);
    const names = LOCAL_NAMES.includes(hostname) ? LOCAL_NAMES : [hostname];
    for (const name of names) origins.add(new URL(`${protocol}//${name}:${port}`).origin);
  }
  return origins;
}

/** Checks requests: programs other than browsers send no origin and are admitted. */
export function originCheck(
  replicas: () => readonly ReplicaAddress[],
): (request: IncomingMessage) => boolean {
  return ({ headers: { origin, host } }) =>
    origin === undefined ||
    origin === `http://${host}` ||
    origin === `https://${host}` ||
    clusterOrigins(replicas()).has(origin);
}

/**
 * The Content-Security-Policy of the pages: nothing from elsewhere, and connections to this cluster
 * only. It has no form for IPv6 addresses (CSP 3, 2.3.1): browsers pass over them, with an error in
 * their console.
 */
export function contentSecurityPolicy(replicas: readonly ReplicaAddress[]): string {
  const origins = [...clusterOrigins(replicas)].filter((origin) => !origin.includes('['));
  const sockets = origins.map((origin) => origin.replace(/^http/, 'ws'));
  return [
    "default-src 'self'",
    `connect-src 'self' ${[...origins, ...sockets].join(' ')}`,
    "img-src 'self' data:",
    // Charts and animations set styles on elements.
    "style-src 'self' 'unsafe-inline'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
}
