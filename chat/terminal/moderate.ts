/**
 * What an operator does with the accounts of a chat: `tickraft chat accounts`, `disable`, `enable`
 * and `delete`. They go where only programs with the cluster's secret are admitted.
 */
import { Command } from 'commander';
import pc from 'picocolors';
import { z } from 'zod';
import { connectClient, ReplicationError } from '../../replication/client/index.ts';
import {
  readOptions,
  readSecret,
  secretFlag,
  serverFlag,
  textOption,
  UsageError,
  urlOption,
} from '../../replication/ops/index.ts';
import { printable } from '../../vm/index.ts';
import type { ChatCommand, ChatResult, Refusal } from '../state/commands.ts';
import { chatStateMachine } from '../state/machine.ts';
import { canonicalName, isName, isPattern, NAME_RULE_TEXT } from '../state/names.ts';
import type { ChatAnswer, ChatQuery } from '../state/query-shapes.ts';

const optionsSchema = z.object({ server: urlOption, secretFile: textOption.optional(), json: z.boolean() });
type Options = z.infer<typeof optionsSchema>;

const HELP = `
For operators: a cluster with a secret asks for it. Exit codes: 0 done; 1 it could not be done; 2 wrong usage.`;

/** The commands. */
export function moderationCommands(): Command[] {
  return [
    moderation('accounts', 'List all accounts, also those that were disabled or deleted.', '[pattern]', list),
    moderation(
      'disable',
      'End all logins of an account, and let nobody log in to it.',
      '<name>',
      (name, options) =>
        change({ type: 'operator.disable', name, disabled: true }, `${name} is disabled`, options),
    ),
    moderation('enable', 'Let a disabled account be logged in to again.', '<name>', (name, options) =>
      change({ type: 'operator.disable', name, disabled: false }, `${name} is enabled`, options),
    ),
    moderation(
      'delete',
      'Delete an account, for good: as if its owner had done it.',
      '<name>',
      (name, options) =>
        change({ type: 'operator.delete', name, at: Date.now() }, `${name} is deleted`, options),
    ),
  ];
}

type Deed = (name: string, options: Options) => Promise<void>;

function moderation(word: string, description: string, argument: string, deed: Deed): Command {
  return new Command(word)
    .description(description)
    .argument(argument, argument === '<name>' ? 'the account' : 'names with * and ?; by default all')
    .addOption(serverFlag())
    .addOption(secretFlag())
    .option('--json', 'print one JSON document instead of text', false)
    .addHelpText('after', HELP)
    .action(async (typed: string | undefined, _options: unknown, command: Command) => {
      const name = canonicalName(typed ?? '*');
      if (!(argument === '<name>' ? isName(name) : isPattern(name)))
        throw new UsageError(`a name is ${NAME_RULE_TEXT}`);
      await deed(name, readOptions(command, optionsSchema)).catch(fail);
    });
}

async function change(command: ChatCommand, done: string, options: Options): Promise<void> {
  await withCluster(options, async (cluster) => {
    granted(await cluster.submit(command));
    process.stdout.write(options.json ? `${JSON.stringify({ done })}\n` : `${done}\n`);
  });
}

async function list(pattern: string, options: Options): Promise<void> {
  await withCluster(options, async (cluster) => {
    const all: { name: string; createdAt: number; state: string }[] = [];
    for (let after: string | null | undefined; after !== null; ) {
      const query: ChatQuery = { type: 'operator.accounts', pattern, ...(after !== undefined && { after }) };
      const page = granted(await cluster.read(query));
      if (page.type !== 'operator.accounts') return;
      if (options.json) all.push(...page.accounts);
      else for (const each of page.accounts) process.stdout.write(`${line(each)}\n`);
      after = page.next;
    }
    if (options.json) process.stdout.write(`${JSON.stringify({ accounts: all })}\n`);
  });
}

function line({ name, createdAt, state }: { name: string; createdAt: number; state: string }): string {
  const word = state === 'active' ? state : pc.yellow(state);
  return `${printable(name).padEnd(33)}${new Date(createdAt).toISOString().slice(0, 10)}  ${word}`;
}

type Cluster = Awaited<ReturnType<typeof connectClient<ChatCommand, ChatResult, ChatQuery, ChatAnswer>>>;

async function withCluster(options: Options, act: (cluster: Cluster) => Promise<void>): Promise<void> {
  const secret = readSecret(options.secretFile);
  const cluster = await connectClient({ machine: chatStateMachine, servers: [options.server], secret });
  try {
    await act(cluster);
  } finally {
    cluster.close();
  }
}

/** What was answered; throws a refusal. */
function granted<V extends { readonly type: string }>(value: V | Refusal): Exclude<V, Refusal> {
  if (value.type === 'refused') throw new ReplicationError('Rejected', (value as Refusal).message);
  return value as Exclude<V, Refusal>;
}

function fail(error: unknown): void {
  if (!(error instanceof ReplicationError)) throw error;
  process.stderr.write(`error: ${printable(error.message)}\n`);
  process.exitCode = 1;
}
