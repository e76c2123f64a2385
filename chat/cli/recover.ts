/** `tickraft recover`: a new cluster, by force, of the one replica that still has its data. */
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline/promises';
import { Command } from 'commander';
import { z } from 'zod';
import {
  type Found,
  idOption,
  option,
  peersOption,
  readOptions,
  recoverByForce,
  shellWord,
  survivorIn,
  textOption,
  UsageError,
} from '../../replication/ops/index.ts';
import { shortId } from '../../vm/live/index.ts';
import { recoverOptions } from '../server/process.ts';

const optionsSchema = z.object({
  data: textOption,
  id: idOption,
  forceMembers: peersOption,
  yes: z.boolean(),
  json: z.boolean(),
});
type Options = z.infer<typeof optionsSchema>;

/** The command. */
export function recoverCommand(): Command {
  return new Command('recover')
    .description(
      'When most of the voters have lost their data for good: make a new cluster of one replica that has its own. The replica must not run.',
    )
    .addOption(option('--data <dir>', 'data directory of the replica that is whole; required'))
    .addOption(option('--id <name>', 'name of that replica; required'))
    .option(
      '--force-members <members>',
      'the members of the new cluster, this one included: r1=http://host:8081,r2=http://host:8082; required',
    )
    .option('--yes', 'do not ask', false)
    .option('--json', 'print one JSON document instead of text; with --yes only', false)
    .addHelpText(
      'after',
      `
Acknowledged data may be lost: the command says which before it does anything, and asks. Try everything else first: a replica whose
disk is whole needs only to be started, and a backup may be newer. The replica is the only voter at first; the other members start with
an empty data directory and --join, catch up, and then vote. Replicas of the old cluster are refused from then on.

Exit codes: 0 done; 1 refused, not confirmed or failed, and nothing was changed; 2 wrong usage.`,
    )
    .action(async (_options: unknown, command: Command) => run(readOptions(command, optionsSchema)));
}

async function run(options: Options): Promise<void> {
  const { data, id, forceMembers: members, yes, json } = options;
  if (!members.some((member) => member.id === id))
    throw new UsageError(`--force-members must name ${id} itself`);
  if (json && !yes) throw new UsageError('--json goes with --yes');
  const print = (text: string) => void process.stdout.write(`${text}\n`);
  const place = recoverOptions(data, id);
  const found = await survivorIn(place);
  if (!json) print(warning(found, options));
  if (!yes && !(await isConfirmed())) throw new Error('it was not confirmed: nothing was changed');
  const clusterId = randomUUID();
  const kept = await recoverByForce(place, { self: id, members, clusterId });
  if (json) print(JSON.stringify({ cluster: clusterId, was: found, members, kept }));
  else print(done(options, clusterId, kept));
}

function warning(
  { applied, lastIndex, term, voters, cluster }: Found,
  { id, forceMembers }: Options,
): string {
  const others = voters.filter((voter) => voter !== id);
  const unsure =
    lastIndex > applied
      ? `- Entries ${applied + 1} to ${lastIndex} are in its log, and it does not know whether they were acknowledged. They take effect.`
      : '- Its log has nothing beyond that.';
  return [
    `${id} has the data of cluster ${cluster === undefined ? '(without an id)' : shortId(cluster)} up to entry ${applied}, in term ${term}.`,
    'What may be lost, or happen:',
    `- Whatever was acknowledged after entry ${lastIndex} is lost. From here nobody can tell whether there was any: ${others.join(', ') || 'no other replica'} may have had more.`,
    unsure,
    `- The new cluster has another id. All replicas of the old one (${voters.join(', ')}) are refused: none of them, other than ${id}, can come back with its data.`,
    `- The members are ${forceMembers.map((one) => `${one.id} at ${one.url}`).join(', ')}. Only ${id} votes at first: if it fails then, all is lost.`,
  ].join('\n');
}

async function isConfirmed(): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new UsageError('there is nobody to ask: say --yes if this is what you want');
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await lines.question('Type "yes" to go on: ');
  lines.close();
  return answer.trim() === 'yes';
}

function done({ data, id, forceMembers }: Options, clusterId: string, kept: readonly string[]): string {
  const own = forceMembers.find((member) => member.id === id)!;
  const portOf = (url: string) => new URL(url).port || '80';
  const lines = forceMembers
    .filter((member) => member !== own)
    .map(
      ({ id: other, url }) =>
        `    npx tickraft replica --id ${other} --port ${portOf(url)} --url ${url} --join ${own.url} --data NEW_EMPTY_DIRECTORY`,
    );
  return [
    `${data} is that of the new cluster ${clusterId}`,
    `  start it: npx tickraft replica --id ${id} --port ${portOf(own.url)} --url ${own.url} --data ${shellWord(data)}`,
    ...(lines.length === 0
      ? []
      : ['  then the others, with the same secret, each with an empty directory:', ...lines]),
    `  the old files are ${kept.join(' and ')}; delete them when all is well`,
  ].join('\n');
}
