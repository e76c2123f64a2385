/**
 * Standard output and error that are no longer read: a closed pipe, a closed terminal. Node ends a
 * process that writes to them. Here the output is dropped, and the work continues to its end and
 * its true exit code: a replica outlives its terminal, and a check piped into `head` is neither a
 * failure nor, when something is violated, a success.
 */

/**
 * Keeps this process alive when its standard output or error is closed. Call it once, first of all.
 */
export function guardStdio(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
}
