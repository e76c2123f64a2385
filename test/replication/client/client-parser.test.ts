/** Frames of requests: what is sent arrives as it was, and what is malformed is refused. */
import fc from 'fast-check';
import { type Packet, PacketType } from 'socket.io-parser';
import { clientParser } from '../../../replication/client/client-parser.ts';
import { CLIENT_NAMESPACE, REQUESTS, type WireRequest } from '../../../replication/failover/wire.ts';

const encoder = new clientParser.Encoder();

function event(requests: unknown, id: number | undefined = 7): Packet {
  return { type: PacketType.EVENT, nsp: CLIENT_NAMESPACE, id, data: [REQUESTS, requests] };
}

function decode(received: unknown): Packet {
  const packets: Packet[] = [];
  const decoder = new clientParser.Decoder();
  decoder.on('decoded', (packet) => packets.push(packet));
  decoder.add(received);
  expect(packets).toHaveLength(1);
  return packets[0]!;
}

function submit(commands: string): WireRequest {
  const tag = { session: '4-s', sequence: 1, acknowledged: 1 };
  return { type: 'submit', batch: { commands, count: 1, tag } };
}

/** A frame with this head, however wrong, and this text behind it. */
function frameOf(head: string, text = ''): Buffer {
  const start = Buffer.from([1, 7, 0, 0, 0, 0, 0, 0, 0]);
  start.writeUInt32LE(Buffer.byteLength(head), 5);
  return Buffer.concat([start, Buffer.from(head), Buffer.from(text)]);
}

test('requests arrive as they were sent, with their number', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), fc.nat(), (texts, id) => {
      const sent: WireRequest[] = [
        { type: 'status' },
        ...texts.map((text) => submit(JSON.stringify([text]))),
        { type: 'read', query: texts, consistency: 'stale' },
      ];
      const [frame, ...others] = encoder.encode(event(sent, id));
      expect(others).toEqual([]);
      const { data, ...packet } = decode(frame);
      expect(packet).toEqual({ type: PacketType.EVENT, nsp: CLIENT_NAMESPACE, id });
      expect(data).toMatchObject([REQUESTS, sent]);
    }),
  );
});

test('commands stand in the frame as they are', () => {
  const commands = JSON.stringify(['"\\\u00e9']);
  const [frame] = encoder.encode(event([submit(commands)])) as [Buffer];
  expect(frame.subarray(-Buffer.byteLength(commands)).toString()).toBe(commands);
});

test('replies and other packets are those of Socket.IO', () => {
  const reply: Packet = { type: PacketType.ACK, nsp: CLIENT_NAMESPACE, id: 7, data: [{ outcomes: [] }] };
  const join: Packet = { type: PacketType.CONNECT, nsp: CLIENT_NAMESPACE };
  expect(encoder.encode(reply)).toEqual(['3/client,7[{"outcomes":[]}]']);
  expect(decode(encoder.encode(reply)[0])).toEqual(reply);
  expect(encoder.encode(join)).toEqual(['0/client,']);
  expect(decode('2/client,7["requests",[]]')).toEqual(event([]));
});

test.each([
  ['of another version', Buffer.from([2, 7, 0, 0, 0, 2, 0, 0, 0, 0x5b, 0x5d])],
  ['that is too short', Buffer.from([1, 7])],
  ['without JSON', frameOf('[')],
  ['whose commands are cut off', frameOf('[{"batch":{"bytes":4}}]', 'abc')],
  ['with a length below zero', frameOf('[{"batch":{"bytes":-1}}]', 'abc')],
  ['with a length that is no whole number', frameOf('[{"batch":{"bytes":1.5}}]', 'abc')],
])('a frame %s is refused', (_, frame) => {
  expect(() => decode(frame)).toThrow();
});

test.each(['null', '{}', '[null,1,{"batch":null},{"batch":{"bytes":"1"}}]'])(
  'a frame that holds %s is left to the checks of requests',
  (head) => {
    expect(decode(frameOf(head)).data).toEqual([REQUESTS, JSON.parse(head)]);
  },
);
