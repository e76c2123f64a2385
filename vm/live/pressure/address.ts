/** The address a connection comes from. */
import type { IncomingMessage } from 'node:http';

/**
 * The address that a request is from: the socket's own, unless that is one of `proxies`, which are
 * trusted to say whom they forward for (the last address of `X-Forwarded-For`: all before it is
 * what the client claims).
 */
export function clientAddress(
  { headers, socket }: Pick<IncomingMessage, 'headers' | 'socket'>,
  proxies: ReadonlySet<string>,
): string {
  const address = plainAddress(socket.remoteAddress ?? '');
  if (!proxies.has(address)) return address;
  const forwarded = [headers['x-forwarded-for'] ?? []].flat().join(',');
  return plainAddress(forwarded.split(',').at(-1)!.trim()) || address;
}

/** An IPv4 address in IPv4 form, also where it came in over IPv6. */
function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '').slice(0, 64);
}
