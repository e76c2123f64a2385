/**
 * The part of etcd's v3 client that the benchmark needs: unary Put calls as gRPC over Node's own
 * HTTP/2, all calls of a connection multiplexed on it, as in etcd's own Go client. The message of a
 * call is one byte (not compressed), four bytes of length, and protobuf.
 */
import { type ClientHttp2Session, connect } from 'node:http2';
import type { Connection, MemberState } from './cluster.ts';

const HEADERS = {
  ':method': 'POST',
  ':path': '/etcdserverpb.KV/Put',
  'content-type': 'application/grpc',
  te: 'trailers',
};

/** Connects to the member at `url`. */
export function connectEtcd(url: string): Promise<Connection> {
  const session = connect(url, { settings: { enablePush: false } });
  return new Promise((resolve, reject) => {
    session.once('error', reject);
    session.once('connect', () => {
      session.off('error', reject);
      // Calls in flight notice a lost connection themselves.
      session.on('error', () => {});
      resolve({ put: (key, value) => put(session, key, value), close: () => session.destroy() });
    });
  });
}

function put(session: ClientHttp2Session, key: string, value: string): Promise<void> {
  return new Promise((resolve, reject) => {
    if (session.destroyed) return reject(new Error('etcd: the connection ended'));
    const call = session.request(HEADERS);
    let status: unknown;
    const note = (headers: Record<string, unknown>) => {
      status = headers['grpc-status'] ?? status;
    };
    call.on('response', note);
    call.on('trailers', note);
    call.on('error', reject);
    call.on('close', () => (status === '0' ? resolve() : reject(new Error(`etcd: gRPC status ${status}`))));
    call.resume();
    call.end(frame(putRequest(key, value)));
  });
}

function frame(message: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** etcdserverpb.PutRequest: field 1 is the key, field 2 the value. */
function putRequest(key: string, value: string): Buffer {
  return Buffer.concat([bytesField(1, key), bytesField(2, value)]);
}

function bytesField(number: number, text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...varint(bytes.length)]), bytes]);
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >> 7)];
}

/**
 * What the member at `url` says of itself, through etcd's JSON gateway; undefined while it does not
 * answer.
 */
export async function etcdState(url: string): Promise<MemberState | undefined> {
  try {
    const response = await fetch(`${url}/v3/maintenance/status`, { method: 'POST', body: '{}' });
    const { header, leader, raftIndex } = (await response.json()) as {
      header: { member_id: string };
      leader?: string;
      raftIndex?: string;
    };
    return { leads: leader === header.member_id, leader, lastIndex: Number(raftIndex) };
  } catch {
    return undefined;
  }
}
