/** `tickraft autopilot`: what the autopilot of a running cluster would do, and whether it may. */
import { Command } from 'commander';
import { z } from 'zod';
import { type Action, actionText, type Held, heldText } from '../autopilot/index.ts';
import { leaderStatus, postAdmin, UnknownOutcome } from './admin-client.ts';
import { aligned } from './member-progress.ts';
import {
  configOption,
  readOptions,
  secretFlag,
  serverFlag,
  textOption,
  UsageError,
  urlOption,
} from './options.ts';
import { readSecret } from './secret.ts';

const optionsSchema = z.object({ server: urlOption, secretFile: textOption.optional(), json: z.boolean() });
type Options = z.infer<typeof optionsSchema>;

const settingsSchema = z.record(z.string(), z.union([z.number(), z.string(), z.null()]));
/** What a leader says. Actions and reasons are shown as they come. */
const statusSchema = z.object({
  leader: z.string(),
  paused: z.boolean(),
  canStart: z.boolean(),
  next: z.custom<Action>().nullable(),
  held: z.array(z.custom<Held>()),
  doing: z.custom<Action>().nullable(),
  last: z.object({ outcome: z.string() }).nullable(),
  desiredReaders: z.number(),
  settings: settingsSchema,
  members: z.array(
    z.object({
      id: z.string(),
      role: z.string(),
      state: z.string(),
      silentSeconds: z.number(),
      lag: z.number(),
    }),
  ),
});
const changedSchema = z.object({ paused: z.boolean(), settings: settingsSchema });

/** How long a replica may take to answer (ms). */
const ANSWER_MS = 20_000;

const EXIT_CODES = `
The leader is asked, whichever replica --server names. Saying it twice is harmless.
Exit codes: 0 done; 1 refused or failed; 2 wrong usage; 3 not known whether it happened.`;

/** The command. */
export function autopilotCommand(): Command {
  const command = new Command('autopilot').description(
    'Show what the autopilot of a running cluster does, and let it act or not.',
  );
  const add = (
    usage: string,
    description: string,
    run: (args: readonly string[], options: Options) => Promise<string>,
  ) => command.addCommand(subcommand(usage, description, run));
  add('status', 'Show what it would do next, what holds it back, and the members as it sees them.', status);
  add('get [name]', 'Show its settings, or one of them; times are in seconds.', get);
  add('set <settings...>', 'Change settings: name=value, as get shows them; name= for the default.', set);
  add('pause', 'Let it look on only.', (_, options) => change({ paused: true }, options));
  add(
    'resume',
    'Let it act. Unless it was told how many voters there are to be, it keeps those that there are.',
    (_, options) => change({ paused: false }, options),
  );
  return command;
}

const ARGUMENTS: Readonly<Record<string, string>> = {
  '[name]': 'one setting only',
  '<settings...>': 'name=value, one or several',
};

function subcommand(
  usage: string,
  description: string,
  run: (args: readonly string[], options: Options) => Promise<string>,
): Command {
  const [name = '', ...words] = usage.split(' ');
  const command = new Command(name).description(description);
  for (const word of words) command.argument(word, ARGUMENTS[word]);
  return command
    .addOption(serverFlag())
    .addOption(secretFlag())
    .option('--json', 'print one JSON document instead of text', false)
    .addOption(configOption())
    .addHelpText('after', EXIT_CODES)
    .action(async (...given: unknown[]) => {
      const own = given.at(-1) as Command;
      process.stdout.write(`${await run(own.args, readOptions(own, optionsSchema))}\n`);
    });
}

async function status(_: readonly string[], options: Options): Promise<string> {
  const said = await ask('autopilot', options, statusSchema);
  if (options.json) return JSON.stringify(said);
  const { paused, next, held, doing, last, members, canStart, leader } = said;
  return [
    paused ? 'paused: it only looks on' : 'it acts',
    `${paused ? 'it would' : 'next'}: ${next === null ? 'do nothing' : actionText(next)}`,
    ...held.map((one) => `held back: ${heldText(one)}`),
    ...(doing === null ? [] : [`under way: ${actionText(doing)}`]),
    ...(last === null ? [] : [`last: ${last.outcome}`]),
    ...(canStart ? [] : [`nothing starts replicas for ${leader}, the leader: see --provision-command`]),
    ...aligned([
      ['replica', 'member', 'state', 'silent for', 'behind by'],
      ...members.map(({ id, role, state, silentSeconds, lag }) => [
        id,
        role,
        state,
        `${silentSeconds} s`,
        `${lag}`,
      ]),
    ]),
  ].join('\n');
}

async function get([name]: readonly string[], options: Options): Promise<string> {
  const { settings } = await ask('autopilot', options, statusSchema);
  if (name !== undefined && !Object.hasOwn(settings, name))
    throw new UsageError(`there is no setting ${name}: there are ${Object.keys(settings).join(', ')}`);
  const shown = Object.entries(settings).filter(([key]) => name === undefined || key === name);
  if (options.json) return JSON.stringify(Object.fromEntries(shown));
  return shown.map(([key, value]) => `${key}=${value ?? ''}`).join('\n');
}

async function set(given: readonly string[], options: Options): Promise<string> {
  const pairs = given.map((text) => {
    const [, name, value] = /^(\w+)=(.*)$/.exec(text) ?? [];
    if (name === undefined) throw new UsageError(`${text} must be name=value`);
    return [name, value] as const;
  });
  return change({ set: Object.fromEntries(pairs) }, options);
}

async function change(body: object, options: Options): Promise<string> {
  const changed = await ask('set-autopilot', options, changedSchema, body);
  if (options.json) return JSON.stringify(changed);
  return changed.paused ? 'it is paused: it only looks on' : 'it acts: npx tickraft autopilot status';
}

async function ask<T>(action: string, options: Options, schema: z.ZodType<T>, body?: object): Promise<T> {
  const { replicas, leader } = await leaderStatus(options.server);
  const url = replicas.find(({ id }) => id === leader)?.url;
  if (url === undefined) throw new Error('the cluster has no leader: try again when it has one');
  const signal = AbortSignal.timeout(ANSWER_MS);
  const response = await postAdmin(url, action, readSecret(options.secretFile), {
    signal,
    ...(body !== undefined && { body }),
  });
  const parsed = schema.safeParse(await response.json().catch(() => undefined));
  if (parsed.success) return parsed.data;
  const why = `what ${url} answered makes no sense`;
  throw body === undefined ? new Error(why) : new UnknownOutcome(`${why}: it may have happened`);
}
