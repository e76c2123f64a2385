/**
 * Passwords and login tokens. Passwords are hashed with scrypt (RFC 7914) under a salt; the record
 * says with what parameters, so that they can be raised later. Tokens are 32 random bytes; the
 * replicated state knows only their SHA-256.
 *
 * A hash is expensive, so hashes are shared out by caller: an address or an account that asks for
 * many waits, and is refused, before others are.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { Shares } from '../../vm/live/pressure/index.ts';
import { HASHES } from '../state/limits.ts';
import { type Cost, Hasher } from './hasher.ts';
import { type ChatAsker, inTurn } from './in-turn.ts';

/** scrypt's parameters: 32 MiB and some 150 ms a hash on a small machine. */
const COST: Cost = { logN: 15, r: 8, p: 3 };
const KEY_BYTES = 32;
const SALT_BYTES = 16;

/** A random token for a login: 43 characters of base64url. */
export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/** The form in which the replicated state keeps a login token. */
export function loginOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/**
 * The salt of a sign-up. It is made of the sign-up's own random `key`, so one that is sent again,
 * to whichever replica, has the same hash, and the state machine sees that it is the same.
 */
export function saltOf(name: string, key: string): Buffer {
  return createHash('sha256').update(`${name}/${key}`).digest().subarray(0, SALT_BYTES);
}

/** The salt of a password that replaces another. */
export function newSalt(): Buffer {
  return randomBytes(SALT_BYTES);
}

/** Whether a hash was made with this salt. */
export function hasSalt(hashed: string, salt: Buffer): boolean {
  return hashed.split('$')[4] === salt.toString('base64');
}

const format = (salt: Buffer, hash: Buffer): string =>
  ['scrypt', COST.logN, COST.r, COST.p, salt.toString('base64'), hash.toString('base64')].join('$');

const NOBODY = format(Buffer.alloc(SALT_BYTES), Buffer.alloc(KEY_BYTES));

/** The password hashes of one replica. */
export class Passwords {
  readonly #hasher = new Hasher();
  readonly #shares = new Shares(HASHES);

  /**
   * The salted hash of a new password: `scrypt$logN$r$p$salt$hash`, salt and hash in base64.
   * Rejects with `Overloaded`.
   */
  async hash(asker: ChatAsker, password: string, salt: Buffer): Promise<string> {
    return format(salt, await this.#derive(asker, password, salt, COST));
  }

  /**
   * Whether the password is the hashed one, in constant time. Without a hash (no such account) it
   * is not, but only after the same work, so that time does not tell which names exist. Rejects
   * with `Overloaded`.
   */
  async verify(asker: ChatAsker, password: string, hashed: string | null): Promise<boolean> {
    const [, logN, r, p, salt, hash] = (hashed ?? NOBODY).split('$');
    const expected = Buffer.from(hash!, 'base64');
    const cost = { logN: Number(logN), r: Number(r), p: Number(p) };
    const actual = await this.#derive(asker, password, Buffer.from(salt!, 'base64'), cost);
    return timingSafeEqual(actual, expected) && hashed !== null;
  }

  #derive(asker: ChatAsker, password: string, salt: Buffer, cost: Cost): Promise<Buffer> {
    return inTurn(this.#shares, asker, () => this.#hasher.hash(password, salt, cost));
  }
}
