/**
 * The host names that a server answers to.
 *
 * A page may make its own name lead to this computer (DNS rebinding). Its requests are then "same
 * origin" to the browser, but still carry that name in `Host`. So only known names are answered. An
 * IP address needs no such check: a browser sends one only if the user typed it.
 */
import { isIP } from 'node:net';

/**
 * A check of `Host` headers. `names`: known besides IP addresses and `localhost`; a port in `Host`
 * does not count.
 */
export function hostCheck(names: Iterable<string>): (host: string) => boolean {
  const known = new Set([...names].map(normalized));
  return (host) => {
    const name = normalized(host.replace(/:\d*$/, ''));
    return isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0 || isLocal(name) || known.has(name);
  };
}

function isLocal(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost');
}

/** Names are the same in either case, and with the dot of the root. */
function normalized(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}
