/**
 * Socket.IO's parser for links between machines: a frame of messages is one WebSocket message by
 * itself. By default, binary data follows a text that announces it, and what does not leave at once
 * (this process is syncing its disk) holds up what a peer could do meanwhile.
 */
import { Decoder, Encoder, type Packet, PacketType } from 'socket.io-parser';

/** The namespace of links, and the event that carries a frame. */
export const PEER_NAMESPACE = '/peer';
export const MESSAGES = 'messages';

class FrameAlone extends Encoder {
  override encode(packet: Packet): unknown[] {
    const [event, frame] = packet.type === PacketType.EVENT ? (packet.data as unknown[]) : [];
    if (event === MESSAGES && Buffer.isBuffer(frame)) return [frame];
    return super.encode(packet);
  }
}

class FrameDecoder extends Decoder {
  /** Throws for a text that is no packet; the connection is then closed. */
  override add(received: unknown): void {
    if (Buffer.isBuffer(received)) {
      const data = [MESSAGES, received];
      this.emitReserved('decoded', { type: PacketType.EVENT, nsp: PEER_NAMESPACE, data });
    } else super.add(received);
  }
}

/** For the option `parser` of both sides. */
export const peerParser = { Encoder: FrameAlone, Decoder: FrameDecoder };
