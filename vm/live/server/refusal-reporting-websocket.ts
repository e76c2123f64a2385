/**
 * A WebSocket client for Node that reports why it was refused: the answer to its upgrade request
 * says so.
 */
import type { ClientRequest, IncomingMessage } from 'node:http';
import { NodeWebSocket } from 'socket.io-client';
import { printable } from '../../printable.ts';

/** Bytes of an answer that are read. */
const MAX_ANSWER_BYTES = 8_192;
/** Characters of a reason that are shown: it may name all members of two clusters. */
const SHOWN = 4_000;

/** The server answered with this HTTP status, and did not admit this client. */
export class Refused extends Error {
  readonly status: number | undefined;

  constructor(message: string, status: number | undefined) {
    super(message);
    this.status = status;
  }
}

/**
 * A transport for Socket.IO's option `transports`. A refusal is a `connect_error` with a `Refused`
 * as its `description`.
 */
export class RefusalReportingWebSocket extends NodeWebSocket {
  override createSocket(
    uri: string,
    protocols: string | string[] | undefined,
    options: object,
  ): WebSocketOfNode {
    const unmasked = { ...options, generateMask: noMask };
    const socket = super.createSocket(uri, protocols, unmasked) as WebSocketOfNode;
    socket.on('unexpected-response', (_, response) => {
      void reasonIn(response).then((reason) =>
        this.onError(reason, new Refused(reason, response.statusCode)),
      );
    });
    return socket;
  }
}

/**
 * A key of zeros, with which neither side has anything to do. The standard asks for a random one
 * (RFC 6455, 5.3), against scripts in pages that would have a proxy take their frames for HTTP
 * requests (10.3). Between replicas and programs that hold the secret there is no such script.
 */
function noMask(key: Buffer): void {
  key.fill(0);
}

/** What is used of the package `ws`. */
interface WebSocketOfNode {
  on(event: 'unexpected-response', listener: (_: ClientRequest, response: IncomingMessage) => void): void;
}

async function reasonIn(response: IncomingMessage): Promise<string> {
  let text = '';
  try {
    for await (const chunk of response.setEncoding('utf8')) {
      text += chunk;
      if (text.length > MAX_ANSWER_BYTES) break;
    }
    return printable(String((JSON.parse(text) as { error?: unknown }).error), SHOWN);
  } catch {
    return `HTTP status ${response.statusCode}`;
  }
}
