/**
 * Connections that no well-behaved client makes: raw bytes, all kinds of endings, frames before the
 * handshake is complete.
 */
import { connect, type Socket } from 'node:net';

/** How a stranger leaves after the last byte. */
export type Ending =
  /** At once, with a reset. */
  | 'reset'
  /** With a reset once the other side has had a moment with what was sent. */
  | 'reset-later'
  /** Ends its own side, and never reads. */
  | 'half-closed'
  /** Says nothing more, until it is thrown out. */
  | 'silent';

/** Every ending. */
export const ENDINGS: readonly Ending[] = ['reset', 'reset-later', 'half-closed', 'silent'];

/**
 * Sends `bytes` and leaves. Resolves once the connection is gone; what became of it does not
 * matter.
 */
export async function intrude(port: number, bytes: string | Uint8Array, ending: Ending): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.on('error', () => {});
  await Promise.race([new Promise((resolve) => socket.once('connect', resolve)), closed]);
  socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  await leave(socket, ending);
  await closed;
}

async function leave(socket: Socket, ending: Ending): Promise<void> {
  if (ending === 'half-closed') {
    socket.end();
    // Read to its end, or the other side's end would not be noticed.
    socket.resume();
  } else if (ending === 'silent') {
    socket.resume();
    socket.once('end', () => socket.end());
  } else {
    if (ending === 'reset-later') await new Promise((resolve) => setTimeout(resolve, 20));
    socket.resetAndDestroy();
  }
}

/**
 * Sends `bytes`, and `then` once there is an answer. Returns all that is answered until the other
 * side closes.
 */
export async function converse(port: number, bytes: string, then = ''): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.setEncoding('utf8').on('data', (chunk) => (answer += chunk));
  socket.on('error', () => {});
  socket.once('data', () => socket.write(then, 'latin1'));
  socket.write(bytes, 'latin1');
  await new Promise((resolve) => socket.once('close', resolve));
  return answer;
}

/** The head of a request, with `headers` besides `Host`. */
export function requestHead(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  host = '127.0.0.1',
): string {
  const lines = Object.entries({ Host: host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

/** The headers that ask for a WebSocket. */
export const WEBSOCKET = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
} as const;

/** The headers of `curl --http2`. */
export const H2C = {
  Connection: 'Upgrade, HTTP2-Settings',
  Upgrade: 'h2c',
  'HTTP2-Settings': 'AAMAAABkAAQAoAAAAAIAAAAA',
} as const;

/**
 * A frame of a WebSocket, as clients send them: masked, with zeros. `opcode` 1 is text, 8 ends the
 * connection.
 */
export function frame(text: string, opcode = 1): string {
  const { length } = text;
  const bytes = Buffer.alloc(length < 126 ? 2 : length < 2 ** 16 ? 4 : 10);
  bytes[0] = 0x80 | opcode;
  bytes[1] = 0x80 | (length < 126 ? length : length < 2 ** 16 ? 126 : 127);
  if (bytes.length === 4) bytes.writeUInt16BE(length, 2);
  if (bytes.length === 10) bytes.writeBigUInt64BE(BigInt(length), 2);
  return `${bytes.toString('latin1')}\0\0\0\0${text}`;
}
