/** Lets a person break off work that keeps files of its own. */

/** Does the work; meanwhile a signal that ends the process becomes an exit, which, unlike the signal, lets the database remove its files. */
export async function interruptible<T>(work: () => Promise<T>): Promise<T> {
  process.on('SIGINT', quit).on('SIGTERM', quit);
  try {
    return await work();
  } finally {
    process.off('SIGINT', quit).off('SIGTERM', quit);
  }
}

function quit(signal: NodeJS.Signals): void {
  process.exit(signal === 'SIGINT' ? 130 : 143);
}
