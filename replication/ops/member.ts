/** `tickraft member`: shows and changes the members of a running cluster. */
import { Command, Option } from 'commander';
import { z } from 'zod';
import type { MemberChange } from '../members.ts';
import { leaderStatus, postAdmin, UnknownOutcome } from './admin-client.ts';
import { plannedChange, planTable } from './member-plan.ts';
import { membersTable, progressOf } from './member-progress.ts';
import {
  configOption,
  idOption,
  option,
  readOptions,
  secretFlag,
  serverFlag,
  textOption,
  UsageError,
  urlOption,
  wholeNumber,
} from './options.ts';
import { readSecret } from './secret.ts';

const connectionOptions = { server: urlOption, json: z.boolean() };
const changeOptions = z.object({
  ...connectionOptions,
  secretFile: textOption.optional(),
  url: urlOption.optional(),
  zone: idOption.optional(),
  learner: z.boolean().optional(),
  ifConfig: wholeNumber(0, Number.MAX_SAFE_INTEGER).optional(),
  plan: z.boolean(),
});
type ChangeOptions = z.infer<typeof changeOptions>;

/** What a replica answers to a change. */
const changedSchema = z.object({ config: z.number(), already: z.literal(true).optional() });

/** How long a replica may take to answer, and how often progress is asked for (ms). */
const ANSWER_MS = 60_000;
const LOOK_MS = 250;

const EXIT_CODES = `
Saying it twice is harmless. Exit codes: 0 done; 1 refused or failed; 2 wrong usage; 3 not known whether it happened.`;

/** The command. */
export function memberCommand(): Command {
  const command = new Command('member').description('Show and change the members of a running cluster.');
  command.addCommand(listCommand());
  command.addCommand(waitCommand());
  const zone = () => new Option('--zone <name>', 'where it runs: replicas of one zone may fail together');
  const url = (more = '; required') =>
    option('--url <url>', `the address at which clients and peers reach it${more}`);
  command.addCommand(
    changeCommand(
      'add <id>',
      'Add a replica that was started with --join: a learner, which votes once it has caught up.',
    )
      .addOption(url())
      .addOption(zone())
      .option('--learner', 'it is never to vote', false)
      .action(
        changing(([id], options) => ({
          ...{ do: 'add', id: idOf(id), ...addressIn(options) },
          role: options.learner === true ? 'learner' : 'voter',
        })),
      ),
  );
  command.addCommand(
    changeCommand(
      'promote <id>',
      'Let a learner vote, once it has caught up and its copy was checked.',
    ).action(changing(([id]) => ({ do: 'promote', id: idOf(id) }))),
  );
  command.addCommand(
    changeCommand('demote <id>', 'Make a voter a learner.').action(
      changing(([id]) => ({ do: 'demote', id: idOf(id) })),
    ),
  );
  command.addCommand(
    changeCommand('remove <id>', 'Remove a replica from the cluster for good.').action(
      changing(([id]) => ({ do: 'remove', id: idOf(id) })),
    ),
  );
  command.addCommand(
    changeCommand(
      'replace <old> <new>',
      'Add a replica that takes the place of another one when it may vote.',
    )
      .addOption(url())
      .addOption(zone())
      .action(
        changing(([old, id], options) => ({
          ...{ do: 'replace', id: idOf(old) },
          with: { id: idOf(id), ...addressIn(options) },
        })),
      ),
  );
  command.addCommand(
    changeCommand('update <id>', 'Give a replica another address, or say where it runs.')
      .addOption(url('; needed unless there is a zone'))
      .addOption(zone())
      .action(changing(([id], options) => ({ do: 'update', id: idOf(id), ...addressIn(options, true) }))),
  );
  command.addCommand(
    changeCommand(
      'abort',
      'Go back to the members before, while a change of several voters cannot end.',
    ).action(changing(() => ({ do: 'abort' }))),
  );
  return command;
}

const ARGUMENTS: Readonly<Record<string, string>> = {
  '<id>': 'name of the replica',
  '<old>': 'name of the replica that leaves',
  '<new>': 'name of the replica that takes its place, which was started with --join',
};

function changeCommand(usage: string, description: string): Command {
  const [name = '', ...words] = usage.split(' ');
  const command = new Command(name).description(description);
  for (const word of words) command.argument(word, ARGUMENTS[word]);
  return command
    .addOption(serverFlag())
    .addOption(secretFlag())
    .option('--if-config <index>', 'only if the present members are those of this log entry (member list)')
    .option('--plan', 'change nothing: print what would happen, step by step', false)
    .option('--json', 'print one JSON document instead of text', false)
    .addOption(configOption())
    .addHelpText('after', EXIT_CODES);
}

/** The action of a command that asks for the change that `changeOf` makes of its arguments. */
function changing(changeOf: (args: readonly string[], options: ChangeOptions) => MemberChange) {
  return async (...given: unknown[]) => {
    const command = given.at(-1) as Command;
    const options = readOptions(command, changeOptions);
    const change = changeOf(command.args, options);
    const { server, json, ifConfig, secretFile, plan } = options;
    if (plan) {
      const planned = await plannedChange(await leaderStatus(server), change, ifConfig);
      process.stdout.write(`${json ? JSON.stringify(planned) : planTable(planned)}\n`);
      return;
    }
    const signal = AbortSignal.timeout(ANSWER_MS);
    const body = { changes: [change], ifConfig };
    const response = await postAdmin(server, 'change-members', readSecret(secretFile), { signal, body });
    const answer = changedSchema.safeParse(await response.json().catch(() => undefined)).data;
    if (answer === undefined)
      throw new UnknownOutcome(`what ${server} answered makes no sense: it may have happened`);
    process.stdout.write(`${json ? JSON.stringify(answer) : tell(change, answer)}\n`);
  };
}

function tell(change: MemberChange, { config, already }: z.infer<typeof changedSchema>): string {
  if (already) return `already so, by entry ${config}`;
  const goesOn =
    change.do === 'promote' || change.do === 'replace' || (change.do === 'add' && change.role === 'voter');
  return `done, by entry ${config}${goesOn ? '; it votes once it has caught up: npx tickraft member wait' : ''}`;
}

function idOf(text: string | undefined): string {
  const parsed = idOption.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new UsageError(`the name of a replica ${parsed.error.issues[0]!.message}`);
}

/** `isMember`: its address is known, and a zone alone may be given. */
function addressIn({ url, zone }: ChangeOptions, isMember = false): { url?: string; zone?: string } {
  if (url === undefined && !(isMember && zone !== undefined))
    throw new UsageError(isMember ? '--url or --zone must be given' : '--url must be given');
  return { ...(url !== undefined && { url }), ...(zone !== undefined && { zone }) };
}

function listCommand(): Command {
  return new Command('list')
    .description('Show the members: who votes, who learns and how far it is, and the log entry that says so.')
    .addOption(serverFlag())
    .option('--json', 'print one JSON document instead of a table', false)
    .addOption(configOption())
    .action(async (_options: unknown, command: Command) => {
      const { server, json } = readOptions(command, z.object(connectionOptions));
      const progress = progressOf(await leaderStatus(server));
      process.stdout.write(`${json ? JSON.stringify(progress) : membersTable(progress)}\n`);
    });
}

function waitCommand(): Command {
  return new Command('wait')
    .description(
      'Wait until no change of the members is under way. Exit code 1 if a learner cannot be promoted.',
    )
    .addOption(serverFlag())
    .option('--json', 'print one JSON document instead of a table', false)
    .addOption(configOption())
    .action(async (_options: unknown, command: Command) => {
      const { server, json } = readOptions(command, z.object(connectionOptions));
      for (;;) {
        const progress = progressOf(await leaderStatus(server));
        if (progress.state !== 'under way') {
          process.stdout.write(`${json ? JSON.stringify(progress) : membersTable(progress)}\n`);
          process.exitCode = progress.state === 'settled' ? 0 : 1;
          return;
        }
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      }
    });
}
