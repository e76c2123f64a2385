/**
 * A log or run folder that cannot be read or written. The message is one line for a person, with
 * the path in it.
 */
export class LogError extends Error {
  override readonly name = 'LogError';
}

/**
 * The message of a failed file operation: `ENOSPC: no space left on device` and the like, without
 * call and path.
 */
export function reason(error: unknown): string {
  return (error as Error).message.replace(/, \w+( '.*')?$/, '');
}
