/**
 * Passwords and login tokens. Passwords are hashed with scrypt (RFC 7914) under a random salt; the record says
 * with what parameters, so that they can be raised later. Tokens are 32 random bytes; the replicated state
 * knows only their SHA-256.
 */
import { createHash, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { ChatError } from './errors.ts';

/** scrypt's parameters: 32 MiB and some 150 ms a hash on a small machine. */
const COST = { logN: 15, r: 8, p: 3 };
const KEY_BYTES = 32;
const SALT_BYTES = 16;

/** Hashes under way at once: Node's thread pool has 4 threads, and the disk needs some of them. */
const CONCURRENT = 2;
const WAITING = 64;

/** A random token for a login: 43 characters of base64url. */
export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/** How a login token is known to the replicated state. */
export function loginOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** The salted hash of a new password: `scrypt$logN$r$p$salt$hash`, salt and hash in base64. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(password, salt, COST);
  return format(salt, hash);
}

/**
 * Whether the password is the hashed one, in the same time either way. Without a hash (no such account) it is
 * not, but only after the same work, so that time does not tell which names exist.
 */
export async function verifyPassword(password: string, hashed: string | null): Promise<boolean> {
  const [, logN, r, p, salt, hash] = (hashed ?? NOBODY).split('$');
  const expected = Buffer.from(hash!, 'base64');
  const actual = await derive(password, Buffer.from(salt!, 'base64'), {
    logN: Number(logN),
    r: Number(r),
    p: Number(p),
  });
  return timingSafeEqual(actual, expected) && hashed !== null;
}

const format = (salt: Buffer, hash: Buffer): string =>
  ['scrypt', COST.logN, COST.r, COST.p, salt.toString('base64'), hash.toString('base64')].join('$');

const NOBODY = format(Buffer.alloc(SALT_BYTES), Buffer.alloc(KEY_BYTES));

let running = 0;
const waiting: (() => void)[] = [];

async function derive(password: string, salt: Buffer, cost: typeof COST): Promise<Buffer> {
  if (running < CONCURRENT) running++;
  else {
    if (waiting.length >= WAITING) throw new ChatError('Overloaded', 'too many logins at once: try again');
    // Whoever finishes hands its place over.
    await new Promise<void>((resolve) => waiting.push(resolve));
  }
  try {
    return await scryptAsync(password.normalize('NFKC'), salt, cost);
  } finally {
    const next = waiting.shift();
    if (next) next();
    else running--;
  }
}

function scryptAsync(password: string, salt: Buffer, { logN, r, p }: typeof COST): Promise<Buffer> {
  const N = 2 ** logN;
  return new Promise((resolve, reject) => {
    scrypt(password, salt, KEY_BYTES, { N, r, p, maxmem: 256 * N * r + 2 ** 20 }, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}
