/**
 * A hand-written WebSocket (RFC 6455), to do what no client library does: not read, send half a
 * frame, ping without end.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** How a server ended a connection: by a close frame, or without one. */
export interface Ended {
  readonly code?: number;
  readonly reason?: string;
}

const TEXT = 1;
const BINARY = 2;
const CLOSE = 8;
const PING = 9;

export class RawWebSocket {
  readonly socket: Socket;
  /** Resolves when the connection has ended, with what the server said. */
  readonly ended: Promise<Ended>;
  #received: Buffer[] = [];
  /** How many bytes there must be before it is worth a look. */
  #needed = 0;
  #texts: string[] = [];
  #wake = () => {};
  #end: Ended = {};

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('error', () => {});
    this.ended = new Promise((resolve) => socket.once('close', () => resolve(this.#end)));
  }

  /**
   * Connects to a Socket.IO server at `url`, from a loopback address. Rejects if the handshake is
   * refused.
   */
  static async open(
    url: string,
    from = '127.0.0.1',
    { path = '/socket.io', headers = {} }: { path?: string; headers?: Record<string, string> } = {},
  ): Promise<RawWebSocket> {
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port), localAddress: from });
    const raw = new RawWebSocket(socket);
    await once(socket, 'connect');
    socket.write(
      `GET ${path}/?EIO=4&transport=websocket HTTP/1.1\r\nHost: ${hostname}:${port}\r\n` +
        Object.entries(headers)
          .map(([name, value]) => `${name}: ${value}\r\n`)
          .join('') +
        'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
        `Sec-WebSocket-Key: ${Buffer.alloc(16, 7).toString('base64')}\r\n\r\n`,
    );
    const [answer] = (await Promise.race([once(socket, 'data'), raw.ended.then(() => [])])) as [Buffer?];
    const text = answer?.toString('latin1') ?? '';
    if (!text.startsWith('HTTP/1.1 101')) {
      socket.destroy();
      throw new Error(text === '' ? 'closed' : text);
    }
    raw.#take(answer!.subarray(text.indexOf('\r\n\r\n') + 4));
    socket.on('data', (chunk) => raw.#take(chunk));
    return raw;
  }

  /** Joins a namespace, and waits until it is let in. */
  async join(namespace: string): Promise<void> {
    this.text(`40${namespace},`);
    const answer = await this.next((text) => /^4[04]/.test(text));
    if (!answer.startsWith('40')) throw new Error(answer);
  }

  /** Asks for an event's answer: one that the server refuses is an error. */
  async ask<T>(namespace: string, event: string, request: unknown): Promise<T> {
    this.text(`42${namespace},7${JSON.stringify([event, request])}`);
    const prefix = `43${namespace},7`;
    const answer = await this.next((text) => text.startsWith(prefix));
    const [reply] = JSON.parse(answer.slice(prefix.length)) as [{ ok: boolean; value: T }];
    if (!reply.ok) throw new Error(answer);
    return reply.value;
  }

  /** Sends a text frame. False if the connection takes no more for now. */
  text(text: string): boolean {
    return this.socket.write(frame(TEXT, Buffer.from(text)));
  }

  binary(data: Buffer): boolean {
    return this.socket.write(frame(BINARY, data));
  }

  ping(): boolean {
    return this.socket.write(frame(PING, Buffer.alloc(125)));
  }

  /** Sends the beginning of a text frame of `size` bytes, all but the last. */
  half(size: number): void {
    this.socket.write(frame(TEXT, Buffer.alloc(size, 0x20)).subarray(0, -1));
  }

  /** Sends without end, and without reading, until the server ends the connection. */
  async flood(send: (socket: this) => boolean): Promise<void> {
    this.socket.pause();
    while (!this.socket.destroyed) {
      for (let more = true; more && !this.socket.destroyed; ) more = send(this);
      await Promise.race([once(this.socket, 'drain').catch(() => {}), this.ended]);
    }
  }

  /** The next text for which `passes`. */
  async next(passes: (text: string) => boolean): Promise<string> {
    for (;;) {
      const at = this.#texts.findIndex(passes);
      if (at >= 0) return this.#texts.splice(0, at + 1).at(-1)!;
      if (this.socket.destroyed) throw new Error(`the connection ended: ${JSON.stringify(this.#end)}`);
      await Promise.race([new Promise<void>((resolve) => (this.#wake = resolve)), this.ended]);
    }
  }

  #take(chunk: Buffer): void {
    this.#received.push(chunk);
    if (this.#received.reduce((sum, { length }) => sum + length, 0) < this.#needed) return;
    let data: Buffer = Buffer.concat(this.#received);
    for (let size = frameSize(data); size <= data.length; size = frameSize(data)) {
      this.#frame(data[0]! & 0xf, data.subarray(headerSize(data), size));
      data = data.subarray(size);
    }
    this.#received = [data];
    this.#needed = frameSize(data);
    this.#wake();
  }

  #frame(opcode: number, payload: Buffer): void {
    // Engine.IO asks for a sign of life now and then.
    if (opcode === TEXT && payload.toString() === '2') this.text('3');
    else if (opcode === TEXT) this.#texts.push(payload.toString());
    if (opcode !== CLOSE) return;
    if (payload.length >= 2)
      this.#end = { code: payload.readUInt16BE(0), reason: payload.subarray(2).toString() };
    this.socket.end();
  }
}

/** A frame as clients send them, masked (with zeros). */
function frame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  const header = Buffer.alloc(length < 126 ? 6 : length < 2 ** 16 ? 8 : 14);
  header[0] = 0x80 | opcode;
  header[1] = 0x80 | (length < 126 ? length : length < 2 ** 16 ? 126 : 127);
  if (header.length === 8) header.writeUInt16BE(length, 2);
  if (header.length === 14) header.writeUInt32BE(length, 6);
  return Buffer.concat([header, payload]);
}

/** The size of the header of a server's frame, of which two bytes are known. */
function headerSize(data: Buffer): number {
  const short = data[1]!;
  return short < 126 ? 2 : short === 126 ? 4 : 10;
}

/** How many bytes the first frame has, or must have come before that is known. */
function frameSize(data: Buffer): number {
  if (data.length < 2) return 2;
  const header = headerSize(data);
  if (data.length < header) return header;
  if (header === 2) return header + data[1]!;
  return header + (header === 4 ? data.readUInt16BE(2) : data.readUInt32BE(6));
}
