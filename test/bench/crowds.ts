/**
 * Many strangers at once: sign-ups, whose passwords are expensive to hash, and connections that are
 * opened and left alone.
 */
import { randomBytes } from 'node:crypto';
import { RawWebSocket } from '../attacks/raw-web-socket.ts';

/** So many may come from one address. */
const BY_ADDRESS = 10;
const HANDSHAKES_AT_ONCE = 100;

const addressOf = (n: number) => `127.0.0.${2 + (n % 200)}`;

/** So many new accounts, all asked for at once and at all servers. Returns how many were made. */
export async function signUps(urls: readonly string[], count: number): Promise<number> {
  const signUp = async (n: number) => {
    const raw = await RawWebSocket.open(urls[n % urls.length]!, addressOf(Math.floor(n / BY_ADDRESS)));
    try {
      await raw.join('/chat');
      const name = `user${randomBytes(8).toString('hex')}`;
      await raw.ask('/chat', 'account.create', { name, password: 'correct horse', key: 'k' });
      return 1;
    } finally {
      raw.socket.destroy();
    }
  };
  return sum(await Promise.allSettled(Array.from({ length: count }, (_, n) => signUp(n))));
}

/**
 * So many connections to all servers, a hundred at a time, each closed once it is open. Returns how
 * many were let in.
 */
export async function handshakes(urls: readonly string[], count: number): Promise<number> {
  let begun = 0;
  let opened = 0;
  const openAll = async () => {
    while (begun < count) {
      const n = begun++;
      const raw = await RawWebSocket.open(urls[n % urls.length]!, addressOf(n)).catch(() => undefined);
      if (raw === undefined) continue;
      opened++;
      raw.socket.destroy();
    }
  };
  await Promise.all(Array.from({ length: HANDSHAKES_AT_ONCE }, openAll));
  return opened;
}

function sum(results: readonly PromiseSettledResult<number>[]): number {
  return results.reduce((all, result) => all + (result.status === 'fulfilled' ? result.value : 0), 0);
}
