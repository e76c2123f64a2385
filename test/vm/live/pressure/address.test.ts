import type { Socket } from 'node:net';
import { clientAddress } from '../../../../vm/live/pressure/address.ts';

const request = (remoteAddress: string, forwarded?: string) => ({
  socket: { remoteAddress } as Socket,
  headers: { 'x-forwarded-for': forwarded },
});

test.each([
  ['is the socket’s', '10.0.0.9', undefined, '10.0.0.9'],
  ['is IPv4 also where it came in over IPv6', '::ffff:10.0.0.9', undefined, '10.0.0.9'],
  ['is not what a stranger says', '10.0.0.9', '1.2.3.4', '10.0.0.9'],
  ['is what a proxy adds, not what came with it', '10.0.0.1', '6.6.6.6, 1.2.3.4', '1.2.3.4'],
  ['is the proxy’s own if it says nothing', '10.0.0.1', undefined, '10.0.0.1'],
])('an address %s', (_, remote, forwarded, address) => {
  expect(clientAddress(request(remote, forwarded), new Set(['10.0.0.1']))).toBe(address);
});
