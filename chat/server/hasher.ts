/**
 * Hashes passwords in a thread of their own, one after the other.
 *
 * Not in Node's thread pool: it has four threads, and disk writes and syncs would wait behind
 * hashes. The thread starts with the first hash, has a low priority where that can be set, and
 * keeps no process alive.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { startedFile } from '../../logs/index.ts';

/** scrypt's parameters (RFC 7914). */
export interface Cost {
  readonly logN: number;
  readonly r: number;
  readonly p: number;
}

const WORKER = startedFile('chat/server/hash-worker.js', 'cli/hash-worker.js');
const KEY_BYTES = 32;

/** One thread. Its callers take turns (`Shares`): there is one hash at a time. */
export class Hasher {
  #worker: Worker | undefined;

  /** The hash of `password`. Rejects if scrypt refuses the parameters. */
  async hash(password: string, salt: Uint8Array, { logN, r, p }: Cost): Promise<Buffer> {
    this.#worker ??= new Worker(WORKER, { execArgv: [] });
    const worker = this.#worker;
    const N = 2 ** logN;
    const options = { N, r, p, maxmem: 256 * N * r + 2 ** 20 };
    worker.ref();
    try {
      worker.postMessage({ password: password.normalize('NFKC'), salt, keyBytes: KEY_BYTES, options });
      const [hash] = (await once(worker, 'message')) as [Uint8Array];
      return Buffer.from(hash);
    } catch (error) {
      // Whatever the error was, the next hash gets a new thread.
      this.#worker = undefined;
      throw error;
    } finally {
      worker.unref();
    }
  }
}
