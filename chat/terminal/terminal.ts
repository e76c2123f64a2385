/** `tickraft chat`: the chat in a terminal, or in a pipe. */
import { Command } from 'commander';
import pc from 'picocolors';
import { memberNews } from '../../replication/failover/index.ts';
import { printable } from '../../vm/index.ts';
import { ChatClient } from '../client/client.ts';
import { ChatError } from '../errors.ts';
import { isRoomMessage } from '../state/views.ts';
import { exportCommand } from './export.ts';
import { connectionLine } from './format.ts';
import { moderationCommands } from './moderate.ts';
import { plain, plainOptions, refusePlainOptions } from './plain.ts';
import { COMMANDS_HELP, Prompt } from './prompt.ts';
import { Screen } from './screen.ts';
import { serversFlag, serversIn } from './servers.ts';

/** Longer than an election takes, but still bearable for a user. */
const TIMEOUT_MS = 8_000;

/** The part of `--help` about the lines that a user can type. */
const CHAT_HELP = `
Lines to type:
${COMMANDS_HELP.replace(/^/gm, '  ')}`;

/**
 * The command `chat`. Exit codes: 0 fine, 1 no server answers or (in a pipe) a line could not be
 * done, 2 wrong usage.
 */
export function chatCommand(): Command {
  const command = new Command('chat')
    .description('Chat in this terminal, or through a pipe: one command or message per line.')
    .enablePositionalOptions()
    .addOption(serversFlag());
  for (const flag of plainOptions()) command.addOption(flag);
  command.addHelpText('after', CHAT_HELP).action(async (options: { server?: string[]; plain: boolean }) => {
    if (!options.plain) refusePlainOptions(command);
    const servers = serversIn(options);
    process.exitCode = options.plain ? await plain(servers, command) : await chat(servers);
  });
  command.addCommand(exportCommand());
  for (const each of moderationCommands()) command.addCommand(each);
  return command;
}

/** Runs until the input ends; returns the exit code. */
async function chat(servers: readonly string[]): Promise<number> {
  let client: ChatClient;
  try {
    client = await ChatClient.connect({ servers, timeoutMs: TIMEOUT_MS });
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
    process.stderr.write(`${pc.red(printable(error.message))}: is it running? (npx tickraft up)\n`);
    return 1;
  }
  const screen = new Screen(process.stdin, process.stdout, () => {
    client.close();
    screen.close();
  });
  const prompt = new Prompt(client, screen);
  client.on('message', (message) => prompt.incoming(message));
  client.on('room', (entry) => {
    if (isRoomMessage(entry)) prompt.incoming(entry);
  });
  client.on('connection', (state) => {
    const line = connectionLine(state);
    if (line) screen.notice(line);
  });
  let cluster = client.cluster;
  client.on('cluster', (now) => {
    for (const news of memberNews(cluster, now)) screen.notice(pc.dim(printable(news)));
    cluster = now;
  });
  client.on('loggedOut', () => screen.notice(pc.yellow('logged out: this login was ended elsewhere')));
  if (screen.interactive && client.state.status === 'connected') {
    screen.print(
      pc.dim(
        `connected to ${client.state.server.id} at ${client.state.server.url}; /help lists the commands`,
      ),
    );
  }
  await converse(screen, prompt);
  client.close();
  screen.close();
  return prompt.failed && !screen.interactive ? 1 : 0;
}

/** Runs line after line until the input or the user ends. */
async function converse(screen: Screen, prompt: Prompt): Promise<void> {
  for (;;) {
    const line = await screen.line(prompt.prompt);
    if (line === undefined || !(await prompt.run(line))) break;
  }
  await prompt.flush();
}
