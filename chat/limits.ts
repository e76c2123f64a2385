/** The sizes that keep the chat's state, requests and answers bounded. Servers and clients both read them. */

/** A name: 1 to 32 of a-z, 0-9, underscore, dot, hyphen. */
export const NAME_RULE = /^[a-z0-9_.-]{1,32}$/;

/** The rule in words, for people. */
export const NAME_RULE_TEXT = '1 to 32 characters of a-z, 0-9, _ . -';

/** A pattern of names: a name with `*` (any run of characters) and `?` (any one character). */
export const PATTERN_RULE = /^[a-z0-9_.*?-]{0,32}$/;

/** Characters (UTF-16 units) in a message. */
export const TEXT_MAX = 4_000;

/** Characters in a password. */
export const PASSWORD_MIN = 8;
export const PASSWORD_MAX = 256;

/** Logins an account may have at once; one more ends the oldest. */
export const LOGINS_PER_ACCOUNT = 10;

/** How long a login lasts, in milliseconds: 30 days. */
export const LOGIN_LIFETIME_MS = 30 * 24 * 60 * 60 * 1000;

/** Items in one page of accounts, of conversations, and of messages. */
export const ACCOUNTS_PAGE = 50;
export const CONVERSATIONS_PAGE = 50;
export const MESSAGES_PAGE = 50;

/** Accounts that one query looks at; a pattern that matches few of many takes more pages. */
export const ACCOUNTS_SCAN = 5_000;

/** Requests that one socket may have in flight. */
export const IN_FLIGHT_MAX = 32;

/** Bytes of one request of a client: a text of escapes only (six bytes a character), and as much again as all else can be. */
export const MAX_REQUEST_BYTES = 6 * TEXT_MAX + 8_192;

/** Connections of clients and watchers that a server serves at once. */
export const MAX_VISITORS = 5_000;

/** Client sessions that one socket may open. */
export const SESSIONS_PER_SOCKET = 16;

/** Changes (messages above all) that a client holds unanswered. */
export const QUEUE_MAX = 1_000;
