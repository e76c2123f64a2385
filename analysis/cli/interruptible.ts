/** Lets the user interrupt work that has temporary files. */

import { exitCodeOf, onEndSignal } from '../../vm/live/process/index.ts';

/**
 * Does the work; meanwhile a signal that ends the process becomes an exit, which, unlike the
 * signal, lets the database remove its files.
 */
export async function interruptible<T>(work: () => Promise<T>): Promise<T> {
  const ignoreSignals = onEndSignal((signal) => process.exit(exitCodeOf(signal)));
  try {
    return await work();
  } finally {
    ignoreSignals();
  }
}
