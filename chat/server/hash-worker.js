/**
 * The thread that hashes passwords: only this thread waits for scrypt.
 *
 * JavaScript, because a thread is started from a file, and this one is the same file in the sources
 * and in the build.
 */
import { scryptSync } from 'node:crypto';
import { setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';

/** The nice value of this thread (0 is usual, 19 the lowest priority). */
const NICE = 5;

// On Linux this is the priority of the thread, everywhere else that of the whole process.
if (process.platform === 'linux') setPriority(NICE);

parentPort?.on(
  'message',
  /**
   * @param {{ password: string, salt: Uint8Array, keyBytes: number, options:
   * import('node:crypto').ScryptOptions }} job
   */
  ({ password, salt, keyBytes, options }) => {
    parentPort?.postMessage(scryptSync(password, salt, keyBytes, options));
  },
);
