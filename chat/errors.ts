/** The chat's typed errors: what a request may fail with, on a server and at a client. */
import type { ReplicationErrorCode } from '../replication/index.ts';

/** Why the chat refuses a well-formed request. */
export type RefusalCode =
  /** Another account or room has this name, or one that looks like it. */
  | 'NameTaken'
  /** No account has this name. */
  | 'UnknownAccount'
  /** The account was deleted: nothing can be sent to it any more. */
  | 'DeletedAccount'
  /** An operator has disabled the account. */
  | 'DisabledAccount'
  /** The recipient takes no messages and invitations from this account. */
  | 'Blocked'
  /** There is no such message of this account, or it was deleted. */
  | 'UnknownMessage'
  /** There is no such room, or it is private and there is no invitation. */
  | 'UnknownRoom'
  /** This account, or the one that the request is about, is not in the room. */
  | 'NotAMember'
  /** Only another may do that, such as the owner of a room. */
  | 'NotAllowed'
  /** A room has all its members, an account all its rooms, or the like. */
  | 'LimitReached'
  /** The account sends faster than it may: send again a little later. */
  | 'TooFast'
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
