/** The cluster's secret, as given to a command. */
import { readFileSync } from 'node:fs';
import { UsageError } from './options.ts';

/**
 * The secret in `file`, or, without a file, in the environment variable `TICKRAFT_SECRET`;
 * undefined if neither is set. Throws a `UsageError` for an empty one, which anybody could send.
 */
export function readSecret(file: string | undefined): string | undefined {
  const [where, text] =
    file === undefined
      ? ['TICKRAFT_SECRET', process.env.TICKRAFT_SECRET]
      : [`--secret-file ${file}`, readText(file)];
  const secret = text?.trim();
  if (secret === '') throw new UsageError(`${where} is empty: put a secret there, or leave it unset`);
  return secret;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`--secret-file ${file}: ${(error as Error).message}`);
  }
}
