/** The beginnings of connections that no well-behaved client makes, and the paths for them. */
import { H2C, requestHead, WEBSOCKET } from './stranger.ts';

/** Every path at which something is served, and some at which nothing is. */
export const PATHS: readonly string[] = [
  '/',
  '/health',
  '/status',
  '/explorer/',
  '/nothing',
  ...['/peer/', '/client/', '/socket.io/'].flatMap((path) => [path, `${path}?EIO=4&transport=websocket`]),
  '/socket.io/?EIO=3&transport=polling',
  '/socket.io/?EIO=4&transport=websocket&sid=none',
];

/** What is sent, given a path. */
export const OPENINGS: readonly ((path: string) => string)[] = [
  () => '',
  () => '\0\xff\x16\x03\x01garbage\r\n\r\n',
  (path) => requestHead('GET', path).slice(0, -9),
  (path) => requestHead('GET', path),
  (path) => requestHead('GET', path).repeat(20),
  (path) => requestHead('GET', path, H2C),
  (path) => requestHead('GET', path, { Connection: 'Upgrade', Upgrade: 'websocket' }),
  (path) => requestHead('GET', path, WEBSOCKET),
  (path) => requestHead('GET', path, { ...WEBSOCKET, Upgrade: 'websocket, h2c' }),
  (path) => `${requestHead('GET', path, WEBSOCKET)}\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff`,
  (path) => `${requestHead('GET', path, WEBSOCKET)}\xf7\x00`,
  (path) => requestHead('POST', path, { 'Content-Length': '1000000' }),
  (path) => `${requestHead('POST', path, { 'Transfer-Encoding': 'chunked' })}zz\r\n`,
  (path) => requestHead('POST', path, { ...H2C, 'Content-Length': '5' }),
  (path) => requestHead('CONNECT', path),
  (path) => requestHead('GET', path, { Expect: '100-continue' }),
  (path) => requestHead('GET', path, { Range: 'bytes=5-2' }),
  (path) => requestHead('GET', path, { Range: 'bytes=0-99999999999999999999999' }),
  (path) => requestHead('GET', path, { Big: 'x'.repeat(20_000) }),
  (path) => requestHead('GET', `//${path}%`),
  (path) => requestHead('OPTIONS', path, { ...WEBSOCKET, Origin: 'null' }),
];
