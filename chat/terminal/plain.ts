/**
 * `tickraft chat --plain`: for scripts. Everything on standard output is one JSON document a line;
 * the error, if there is one, is a line on standard error.
 */
import { once } from 'node:events';
import { type Command, Option } from 'commander';
import pc from 'picocolors';
import { UsageError } from '../../replication/ops/index.ts';
import { printable } from '../../vm/index.ts';
import { onEndSignal } from '../../vm/live/process/index.ts';
import type { ChatClient } from '../client/client.ts';
import { ROOM_SIGN } from '../client/read-marker.ts';
import { ChatError } from '../errors.ts';
import { loggedIn, type UserOptions, userFlags } from './servers.ts';

/** The options of the plain form. */
export function plainOptions(): Option[] {
  return [
    new Option('--plain', 'for scripts: one JSON document a line, and no prompt').default(false),
    ...userFlags(),
    new Option(
      '--send <words...>',
      'with --plain: send a text, and end: --send NAME TEXT, or --send "#room" TEXT',
    ),
    new Option('--take <count>', 'with --plain: print the oldest undelivered messages, at most 50, and end'),
    new Option(
      '--after <sequence>',
      'with --plain: print what follows this place of the mailbox, until Ctrl-C',
    ).default('0'),
  ];
}

/** Throws a `UsageError` if one of them is given without `--plain`, where it would do nothing. */
export function refusePlainOptions(command: Command): void {
  for (const option of plainOptions())
    if (command.getOptionValueSource(option.attributeName()) === 'cli')
      throw new UsageError(`${option.long} goes with --plain`);
}

interface PlainOptions extends UserOptions {
  readonly send?: readonly string[];
  readonly take?: string;
  readonly after: string;
}

const print = (document: object): void => void process.stdout.write(`${JSON.stringify(document)}\n`);

/** Does what the options say; returns the exit code. */
export async function plain(servers: readonly string[], command: Command): Promise<number> {
  const options = command.opts<PlainOptions>();
  const deed = deedOf(options);
  try {
    const client = await loggedIn(servers, options);
    try {
      await deed(client);
    } finally {
      client.close();
    }
    return 0;
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
    process.stderr.write(`${pc.red(printable(`${error.code}: ${error.message}`))}\n`);
    return 1;
  }
}

function deedOf({ send, take, after }: PlainOptions): (client: ChatClient) => Promise<void> {
  if (send && take !== undefined) throw new UsageError('--send and --take exclude each other');
  if (send) {
    const [to, text, ...more] = send;
    if (to === undefined || text === undefined || more.length > 0)
      throw new UsageError('--send takes a name and one text: --send bob "how are you?"');
    return (client) => sendTo(client, to, text);
  }
  if (take !== undefined) {
    const count = numberIn('--take', take);
    return async (client) => {
      const { messages, waiting } = await client.take(count);
      for (const message of messages) print({ type: 'message', ...message });
      print({ type: 'waiting', waiting });
    };
  }
  const place = numberIn('--after', after);
  return (client) => listen(client, place);
}

async function sendTo(client: ChatClient, to: string, text: string): Promise<void> {
  if (to.startsWith(ROOM_SIGN)) print({ type: 'sent', ...(await client.rooms.send(to.slice(1), text)) });
  else print({ type: 'sent', ...(await client.send(to, text)) });
}

/** Prints what comes, until a signal or the end of the login. */
async function listen(client: ChatClient, after: number): Promise<void> {
  const ended = new Promise<void>((resolve) => {
    client.on('loggedOut', () => resolve());
    onEndSignal(() => resolve());
  });
  client.on('message', (message) => print({ type: 'message', ...message }));
  client.on('change', (change) => print({ type: 'change', ...change }));
  client.on('room', (entry) => print({ type: 'room', ...entry }));
  client.on('receipt', (news) => print({ type: 'receipt', ...news }));
  await client.follow(after);
  await ended;
  if (process.stdout.writableNeedDrain) await once(process.stdout, 'drain');
}

function numberIn(flag: string, text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new UsageError(`${flag} must be a whole number`);
  return Number(text);
}
