/** Who a connection is from. */
import type { IncomingMessage } from 'node:http';

/**
 * The address that a request is from: the socket's own, unless that is one of `proxies`, whose word is taken for whom
 * they speak for (the last address of `X-Forwarded-For`: all before it is what the client says).
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

/** IPv4 as such, also where it came in over IPv6. */
function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '').slice(0, 64);
}
