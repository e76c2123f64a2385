/** The typed errors of replication: what happened, and what the caller may do about it. */

/** Why a request failed. */
export type ReplicationErrorCode =
  /**
   * No leader was found in time, or this replica's disk is full; the command was never passed on.
   * Try again, or another replica.
   */
  | 'NoLeader'
  /**
   * The command may or may not have happened. Retrying in the same session is safe; otherwise read
   * first.
   */
  | 'Indeterminate'
  /** The request was understood and refused; nothing happened. The message says why. */
  | 'Rejected'
  /** Too much is in flight already; nothing happened. Try again later. */
  | 'Overloaded'
  /** The session is unknown, it expired or was never opened, and nothing happened. Open another. */
  | 'SessionExpired';

/** A failed request. `code` is for programs, `message` is one line for people. */
export class ReplicationError extends Error {
  readonly code: ReplicationErrorCode;

  constructor(code: ReplicationErrorCode, message: string) {
    super(message);
    this.name = code;
    this.code = code;
  }
}
