/**
 * The sizes that keep the chat's state, requests and answers bounded. Servers and clients both read
 * them.
 */

/** Characters (UTF-16 units) in a message. */
export const TEXT_MAX = 4_000;

/** Characters in a password. */
export const PASSWORD_MIN = 8;
export const PASSWORD_MAX = 256;

/** Logins an account may have at once; one more ends the oldest. */
export const LOGINS_PER_ACCOUNT = 10;

/** Characters of a display name, of a room's topic, and of the name and the value of a setting. */
export const DISPLAY_MAX = 64;
export const TOPIC_MAX = 250;
export const SETTING_NAME_MAX = 32;
export const SETTING_VALUE_MAX = 100;

/** Settings of an account, accounts that it blocks, and rooms that it is in or invited to. */
export const SETTINGS_PER_ACCOUNT = 32;
export const BLOCKS_PER_ACCOUNT = 1_000;
export const ROOMS_PER_ACCOUNT = 100;
export const INVITATIONS_PER_ACCOUNT = 100;

/** Members of a room. */
export const MEMBERS_PER_ROOM = 1_000;

/** Messages that one request deletes, or takes from the queue of undelivered ones. */
export const MESSAGES_AT_ONCE = 50;

/**
 * Messages, edits and deletions of one account, in all its conversations and rooms: so many at
 * once, and so many more each second, by the clocks of the servers that take them.
 */
export const MESSAGE_RATE = { burst: 2_000, perSecond: 200 } as const;

/** The most messages that one page of a search looks at. */
export const SEARCH_SCAN = 2_000;

/** Characters of the text that is searched for. */
export const SEARCH_MAX = 100;

/** How long a login lasts, in milliseconds: 30 days. */
export const LOGIN_LIFETIME_MS = 30 * 24 * 60 * 60 * 1000;

/** Items in one page of accounts, of conversations, and of messages. */
export const ACCOUNTS_PAGE = 50;
export const CONVERSATIONS_PAGE = 50;
export const MESSAGES_PAGE = 50;

/** The most accounts that one query reads; a pattern that matches few of many takes more pages. */
export const ACCOUNTS_SCAN = 5_000;

/** Requests that one socket may have in flight. */
export const IN_FLIGHT_MAX = 32;

/**
 * Bytes of one request of a client: a text of escapes only (six bytes a character), and the most
 * that everything else can take.
 */
export const MAX_REQUEST_BYTES = 6 * TEXT_MAX + 8_192;

/**
 * Client sessions that one socket may open, and that one account may have; an account that opens
 * more ends its own.
 */
export const SESSIONS_PER_SOCKET = 16;
export const SESSIONS_PER_ACCOUNT = 32;

/** Sessions that one address may open at once on a replica, and how many more each second. */
export const SESSION_OPENINGS = { burst: 500, perSecond: 20 } as const;

/** Password hashes at once on a replica, and how many may wait for their turn. */
export const HASHES = { places: 1, waiting: 48 } as const;

/**
 * Pages (of messages, conversations, accounts) read at once on a replica, and how many may wait for
 * their turn.
 */
export const PAGE_READS = { places: 8, waiting: 4_000 } as const;

/**
 * Wrong passwords. After this many free ones for an account from an address, each makes the next
 * wait, twice as long each time; the count is forgotten after a while without one. Addresses that
 * never logged in to the account also share a number of tries, so that many of them guess no faster
 * than a few.
 */
export const PASSWORD_TRIES = {
  free: 10,
  firstWaitMs: 1_000,
  longestWaitMs: 60_000,
  forgottenAfterMs: 15 * 60_000,
  ofStrangers: { burst: 100, perSecond: 0.1 },
  /** Accounts and addresses to remember; the longest unused are forgotten. */
  remembered: 10_000,
} as const;

/** The most changes (mostly messages) that a client keeps waiting for an answer. */
export const QUEUE_MAX = 1_000;
