/** `tickraft chat export`: one's own messages as JSON Lines. */
import { Command } from 'commander';
import pc from 'picocolors';
import { printable } from '../../vm/index.ts';
import type { ChatClient } from '../client/client.ts';
import { ChatError } from '../errors.ts';
import { isMessage, type RoomMessage } from '../state/views.ts';
import { loggedIn, serversFlag, serversIn, type UserOptions, userFlags } from './servers.ts';

/** The command. */
export function exportCommand(): Command {
  const command = new Command('export')
    .description(
      'Write all messages that a user has sent and received, and what they said in their rooms, as JSON Lines.',
    )
    .addOption(serversFlag());
  for (const flag of userFlags()) command.addOption(flag);
  return command
    .addHelpText(
      'after',
      `
Messages come first, in the order of the mailbox, as they are now: edited, or deleted and without text.
They do not count as delivered. Exit codes: 0 all is written; 1 it could not be done; 2 wrong usage.`,
    )
    .action(async (options: UserOptions & { server?: string[] }) => {
      process.exitCode = await exportAll(options);
    });
}

async function exportAll(options: UserOptions & { server?: string[] }): Promise<number> {
  try {
    const client = await loggedIn(serversIn(options), options);
    try {
      await writeMailbox(client);
      await writeRooms(client);
    } finally {
      await client.logOut().catch(() => {});
      client.close();
    }
    return 0;
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
    process.stderr.write(`${pc.red(printable(`${error.code}: ${error.message}`))}\n`);
    return 1;
  }
}

async function writeMailbox(client: ChatClient): Promise<void> {
  for (let after = 0; ; ) {
    const entries = await client.mailbox(after);
    const last = entries.at(-1);
    if (!last) return;
    await write(entries.filter(isMessage).map((message) => ({ type: 'message', ...message })));
    after = last.sequence;
  }
}

/** What the user has said in the rooms that they are in, the latest first. */
async function writeRooms(client: ChatClient): Promise<void> {
  const self = client.login?.name;
  for (const { room } of (await client.rooms.mine()).rooms) {
    let before: number | undefined;
    let more = true;
    while (more) {
      const page: { messages: readonly RoomMessage[]; more: boolean } = await client.rooms.history(
        room,
        before,
      );
      const own = page.messages.filter(({ from }) => from === self).toReversed();
      await write(own.map((message) => ({ type: 'room', ...message })));
      before = page.messages[0]?.sequence;
      more = page.more;
    }
  }
}

/** Waits for whoever reads it, so that little is held at a time. */
async function write(documents: readonly object[]): Promise<void> {
  const lines = documents.map((document) => `${JSON.stringify(document)}\n`).join('');
  if (lines === '' || process.stdout.write(lines)) return;
  await new Promise((resolve) => process.stdout.once('drain', resolve));
}
