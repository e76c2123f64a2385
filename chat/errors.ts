/** The chat's typed errors: what a request may fail with, on a server and at a client. */
import type { ReplicationErrorCode } from '../replication/index.ts';

/** Why the chat refuses a well-formed request. */
export type RefusalCode =
  /** Another account has this name. */
  | 'NameTaken'
  /** No account has this name. */
  | 'UnknownAccount'
  /** Wrong name or password. */
  | 'WrongPassword'
  /**
   * Too many wrong passwords for this account came from this address: wait as long as the message
   * says.
   */
  | 'TooManyTries'
  /** The request needs a login, and there is none or it has ended. */
  | 'NotLoggedIn';

/** Everything that a request may fail with. */
export type ChatErrorCode =
  | ReplicationErrorCode
  | RefusalCode
  /** The request is malformed. */
  | 'BadRequest'
  /** There is no request of this name. */
  | 'UnknownRequest'
  /** The server failed. */
  | 'Internal'
  /** No server answered in time, or each broke the connection on being asked. */
  | 'Unreachable'
  /** The client was closed. */
  | 'Closed';

/** A failed chat request. `code` is for programs, `message` is one line for people. */
export class ChatError extends Error {
  readonly code: ChatErrorCode;

  constructor(code: ChatErrorCode, message: string) {
    super(message);
    this.name = code;
    this.code = code;
  }
}
