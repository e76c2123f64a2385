/**
 * The typed errors of the live host: each message is one line for a person and names what it is
 * about.
 */

/** Why the live host refused or stopped. */
export type LiveErrorCode =
  /** Too many requests wait already; nothing happened. */
  | 'Overloaded'
  /** The disk filled up before the host answered. The request may or may not be carried out. */
  | 'Interrupted'
  /** The host was stopped before it answered. The request may or may not have been carried out. */
  | 'Stopped'
  /** The program threw. The host has stopped. */
  | 'ProgramFailed'
  /** The secret is empty, so anybody could guess it. */
  | 'SecretEmpty'
  /** A stop has ended, but some of its steps failed. */
  | 'StopIncomplete'
  /** A port that another program listens on. */
  | 'PortInUse'
  /** A port or interface that cannot be listened on. */
  | 'PortUnusable'
  /** A data directory that belongs to another machine or to something else. */
  | 'DataForeign'
  /** The machine was removed from its cluster for good: it has stopped, or does not start. */
  | 'Removed'
  /** A data directory that a living process has locked. */
  | 'DataInUse'
  /** A data directory that cannot be created, read or written. */
  | 'DataUnwritable'
  /** Stored data that is not what was written. */
  | 'DataCorrupt'
  /** No space is left for data. Until there is, nothing is carried out or acknowledged. */
  | 'DiskFull'
  /** A write could not be made durable. The host has stopped. */
  | 'DiskFailed';

/** A failure of the live host. `code` is for programs, `message` is one line for people. */
export class LiveError extends Error {
  readonly code: LiveErrorCode;

  constructor(code: LiveErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = code;
    this.code = code;
  }
}

/** The first line of whatever was thrown, for use inside a one-line message. */
export function reason(thrown: unknown): string {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return message.split('\n', 1)[0]!;
}
