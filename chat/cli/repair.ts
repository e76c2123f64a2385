/** `tickraft repair`: what is damaged in a replica's data directory, and how to repair it. */
import { Command } from 'commander';
import pc from 'picocolors';
import { z } from 'zod';
import {
  examine,
  type Findings,
  idOption,
  option,
  protocolOptions,
  type Remains,
  type Repaired,
  readOptions,
  repair,
  textOption,
  UsageError,
  type WayOut,
} from '../../replication/ops/index.ts';
import { repairOptions } from '../server/process.ts';

const optionsSchema = z.object({
  data: textOption,
  id: idOption,
  protocol: protocolOptions.protocol,
  dropTail: z.boolean(),
  startEmpty: z.boolean(),
  json: z.boolean(),
});

/** Damaged records that are printed one by one. */
const SHOWN = 20;

/**
 * The command. Without a repair option it only inspects, and ends with exit code 1 if something is
 * damaged.
 */
export function repairCommand(): Command {
  return new Command('repair')
    .description(
      "Find what is damaged in a replica's data directory. Changes nothing unless one of the two ways to repair is chosen.",
    )
    .addOption(option('--data <dir>', 'data directory of the replica; required'))
    .addOption(option('--id <name>', 'name of the replica in the cluster; required'))
    .addOption(option('--protocol <name>', 'the protocol that the replica runs').default('raft'))
    .option('--drop-tail', 'repair: keep the log up to the damage', false)
    .option(
      '--start-empty',
      'repair: keep nothing of the log; the cluster brings the replica up to date',
      false,
    )
    .option('--json', 'print one JSON document instead of text', false)
    .addHelpText(
      'after',
      '\nExit codes: 0 undamaged or repaired; 1 damaged, or it could not be done; 2 wrong usage.',
    )
    .action(async (_options: unknown, command: Command) => {
      process.exitCode = await run(readOptions(command, optionsSchema));
    });
}

async function run(options: z.infer<typeof optionsSchema>): Promise<number> {
  const { data, id, protocol, dropTail, startEmpty, json } = options;
  if (dropTail && startEmpty)
    throw new UsageError('--drop-tail and --start-empty exclude each other: choose one');
  const place = repairOptions(data, id, protocol);
  const print = (document: object, text: string) =>
    void process.stdout.write(`${json ? JSON.stringify(document) : text}\n`);
  const found = await examine(place);
  if (found.ways.length === 0) {
    print({ ...found, damaged: false }, `${found.file} is not damaged: there is nothing to repair`);
    return 0;
  }
  if (!dropTail && !startEmpty) {
    print({ ...found, damaged: true }, tellFindings(found));
    return 1;
  }
  const repaired = await repair(place, dropTail ? 'drop-tail' : 'start-empty');
  print({ file: found.file, ...repaired }, tellRepaired(found.file, repaired));
  return 0;
}

function tellFindings({ file, damage, otherwise, ways }: Findings): string {
  const shown = damage.slice(0, SHOWN).map(({ name }) => `  ${name} fails its checksum`);
  if (damage.length > SHOWN) shown.push(`  and ${damage.length - SHOWN} more`);
  if (otherwise !== undefined) shown.push(`  ${otherwise}`);
  return [`${pc.bold(file)} is damaged:`, ...shown, 'Possible repairs:', ...ways.flatMap(tellWay)].join('\n');
}

function tellWay(way: WayOut): string[] {
  const flag = `  --${way.way}`.padEnd(16);
  if (!way.safe) return [`${flag}${pc.red('not safe')}: ${way.why}`];
  return [`${flag}${pc.green('safe')}: ${way.does}`, `${''.padEnd(16)}leaves ${tellRemains(way.leaves)}`];
}

function tellRemains({ term, votedFor, baseIndex, lastIndex, applied }: Remains): string {
  const vote = votedFor === undefined ? 'no vote' : `its vote for ${votedFor}`;
  const log = lastIndex > baseIndex ? `log entries ${baseIndex + 1} to ${lastIndex}` : 'an empty log';
  return `term ${term}, ${vote}, ${log}, data as of entry ${applied}`;
}

function tellRepaired(file: string, { did, leaves, kept }: Repaired): string {
  return [
    `${pc.bold(file)} is repaired: ${did}`,
    `  left are ${tellRemains(leaves)}`,
    `  the old files are ${kept.join(' and ')}; delete them when the replica is up again`,
  ].join('\n');
}
