/** Which servers a command connects to, and as whom. */
import { readFileSync } from 'node:fs';
import { InvalidArgumentError, Option } from 'commander';
import { UsageError } from '../../replication/ops/index.ts';
import { ChatClient } from '../client/client.ts';

const DEFAULT_SERVER = 'http://localhost:8081';

/** How long a command waits for a server, in milliseconds. */
const TIMEOUT_MS = 8_000;

/** The option that names servers. */
export function serversFlag(): Option {
  return new Option('--server <url>', 'a server to connect to first; may be repeated')
    .argParser(addServer)
    .default(undefined, `TICKRAFT_SERVER, or ${DEFAULT_SERVER}`);
}

/** The servers to try first. */
export function serversIn({ server }: { readonly server?: readonly string[] }): readonly string[] {
  return server ?? [process.env.TICKRAFT_SERVER ?? DEFAULT_SERVER];
}

function addServer(value: string, before: string[] = []): string[] {
  if (!/^https?:/.test(value) || !URL.canParse(value)) {
    throw new InvalidArgumentError(`${value} is not an address such as ${DEFAULT_SERVER}`);
  }
  return [...before, value];
}

/** The options that say who logs in. */
export function userFlags(): Option[] {
  return [
    new Option('--user <name>', 'who logs in; the password is in TICKRAFT_CHAT_PASSWORD, or in a file'),
    new Option('--password-file <file>', "file that holds the user's password"),
  ];
}

/** Who logs in, as the command line says it. */
export interface UserOptions {
  readonly user?: string;
  readonly passwordFile?: string;
}

/** A client that is logged in. Throws a `UsageError`, or rejects with a `ChatError`. */
export async function loggedIn(
  servers: readonly string[],
  { user, passwordFile }: UserOptions,
): Promise<ChatClient> {
  if (user === undefined) throw new UsageError('--user must say who logs in');
  const password = passwordFile === undefined ? process.env.TICKRAFT_CHAT_PASSWORD : textOf(passwordFile);
  if (password === undefined)
    throw new UsageError('put the password into TICKRAFT_CHAT_PASSWORD, or name a file: --password-file');
  const client = await ChatClient.connect({ servers, timeoutMs: TIMEOUT_MS });
  try {
    await client.logIn(user, password);
    return client;
  } catch (error) {
    client.close();
    throw error;
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    throw new UsageError(`--password-file ${file}: ${(error as Error).message}`);
  }
}
