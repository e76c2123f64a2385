/**
 * Standard output and error when nobody reads them any more: a closed pipe, a terminal that is gone. Node ends a process
 * that writes to them. Here what is written is dropped, and the work goes on to its end and its true exit code: a replica
 * outlives its terminal, and a check piped into `head` is neither a failure nor, when something is violated, a success.
 */

/** Keeps this process alive when its standard output or error is closed. To be called once, first of all. */
export function guardStdio(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
}
