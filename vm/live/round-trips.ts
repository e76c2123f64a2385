/** Round trips to the other end of a connection, by the pings that Engine.IO sends. */
import type { Socket } from 'socket.io';

/** Calls `onRoundTrip` with how long each ping of this side took to be answered, in seconds. */
export function timePings(connection: Socket['conn'], onRoundTrip: (seconds: number) => void): void {
  let sentAt: number | undefined;
  connection.on('packetCreate', ({ type }: { readonly type: string }) => {
    if (type === 'ping') sentAt = performance.now();
  });
  connection.on('heartbeat', () => {
    if (sentAt !== undefined) onRoundTrip((performance.now() - sentAt) / 1_000);
    sentAt = undefined;
  });
}
