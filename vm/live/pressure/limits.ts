/**
 * The limits on what strangers may use of one process. docs/reference/operations.md lists them for
 * operators.
 */

/** Bytes that wait for one socket (answers not yet taken by its reader). */
export const SOCKET_LIMITS = {
  /** Over this, nothing more is read from the socket, and what has been read already is refused. */
  pauseBytes: 2 ** 20,
  /** Over this, it is closed at once. */
  closeBytes: 16 * 2 ** 20,
  /** A socket that is over `pauseBytes` for this long, in milliseconds, is closed. */
  stallMs: 10_000,
  /** For all sockets together. Over this, the address that holds the most loses sockets. */
  totalBytes: 64 * 2 ** 20,
} as const;

/** Connections, and how fast they may come. */
export const CONNECTION_LIMITS = {
  /** WebSockets from one address, and in total. More are refused in the handshake. */
  socketsPerAddress: 500,
  sockets: 2_000,
  /**
   * Plain HTTP connections from one address, and in total. One more ends the oldest of the address
   * that has the most.
   */
  plainPerAddress: 250,
  plain: 900,
  /**
   * Handshakes at once, then a pause in milliseconds: what else the process has to do comes
   * between.
   */
  handshakes: 5,
  handshakePauseMs: 10,
  /** Handshakes that may wait for their turn. */
  waiting: 1_000,
} as const;
