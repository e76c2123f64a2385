import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { GuardedServer } from '../../../../vm/live/server/guarded-server.ts';
import { hostCheck } from '../../../../vm/live/server/known-hosts.ts';
import { printable } from '../../../../vm/printable.ts';

test('an error thrown by the listener is answered, and the next request is served', async () => {
  const server = new GuardedServer();
  server.onPlainRequest((request, response) => {
    if (request.url === '/throws') throw new Error('boo');
    response.end('served');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  expect((await fetch(`${url}/throws`)).status).toBe(500);
  expect(await (await fetch(url)).text()).toBe('served');
  server.emit('error', new Error('a connection could not be accepted'));
  expect(await (await fetch(url)).text()).toBe('served');
  server.close();
  server.closeAllConnections();
});

test('host names match in either case, with a port, and with a trailing dot', () => {
  const isKnown = hostCheck(['Chat.Example']);
  expect(
    ['chat.example', 'CHAT.example.:80', 'localhost:1', '127.0.0.1', '[::1]:2'].map(isKnown),
  ).not.toContain(false);
  expect(['', 'example', 'chat.example.org', 'localhost.org', '1.2.3', ':80'].map(isKnown)).not.toContain(
    true,
  );
});

test.each([
  ['r2 at http://host:8082', 'r2 at http://host:8082'],
  ['\x1b[2Jr1\nforged line\r\x07', '?[2Jr1?forged line??'],
  ['a\u202eb\u2028c\u0085d\u200be', 'a?b?c?d?e'],
  ['\ud800 half a pair', '? half a pair'],
  ['Grüße, 世界', 'Grüße, 世界'],
  ['x'.repeat(500), `${'x'.repeat(200)}…`],
])('%j is shown as %j', (said, shown) => {
  expect(printable(said)).toBe(shown);
});
