/** `tickraft restore`: the data directories of a new cluster, from a backup. */
import { randomUUID } from 'node:crypto';
import { Command } from 'commander';
import { z } from 'zod';
import { type Restored, restoreBackup } from '../../replication/backup/index.ts';
import {
  claimCluster,
  idOption,
  option,
  readOptions,
  shellWord,
  textOption,
  UsageError,
  wholeNumber,
} from '../../replication/ops/index.ts';
import { shortId } from '../../vm/live/index.ts';
import { CLUSTER } from '../server/process.ts';

const optionsSchema = z.object({
  data: textOption,
  id: idOption.optional(),
  replicas: wholeNumber(1, 25).optional(),
  clusterId: z
    .string()
    .regex(/^[A-Za-z0-9-]{8,64}$/, 'must be what the first restore printed')
    .optional(),
  json: z.boolean(),
});

/** The command. */
export function restoreCommand(): Command {
  return new Command('restore')
    .description('Make the data directories of a new cluster from a backup. No replica may run on them yet.')
    .argument('<file>', 'the backup')
    .addOption(option('--data <dir>', 'directory to make, which must be new or empty; required'))
    .addOption(option('--replicas <n>', 'make the data of so many replicas, for tickraft up'))
    .addOption(option('--id <name>', 'make the data of this replica only, for tickraft replica'))
    .addOption(
      option(
        '--cluster-id <id>',
        'with --id: the id of the new cluster, as the first restore printed it',
      ).default(undefined, 'a new one'),
    )
    .option('--json', 'print one JSON document instead of text', false)
    .addHelpText(
      'after',
      `
Restore every replica of the new cluster from the same file, all with the same --cluster-id.

Exit codes: 0 all is restored; 1 it could not be done, and nothing was made; 2 wrong usage.`,
    )
    .action(async (file: string, _options: unknown, command: Command) => restore(file, command));
}

async function restore(file: string, command: Command): Promise<void> {
  const { data, id, replicas: count, clusterId = randomUUID(), json } = readOptions(command, optionsSchema);
  if ((id === undefined) === (count === undefined))
    throw new UsageError('give either --replicas, for tickraft up, or --id, for tickraft replica');
  if (count !== undefined && command.opts().clusterId !== undefined)
    throw new UsageError('--cluster-id goes with --id: with --replicas all get the same new id');
  const replicas = ids(id, count);
  const restored = await restoreBackup({
    ...{ file, directory: data, cluster: CLUSTER, clusterId, replicas },
    ...(count !== undefined && { complete: (directory: string) => void claimCluster(directory, count) }),
  });
  const { header, pairs } = restored;
  const document = {
    data,
    replicas: replicas.map((one) => one.id),
    cluster: clusterId,
    backup: header,
    pairs,
  };
  const text = [tell(data, restored, clusterId), nextStep(file, data, id, count, clusterId)].join('\n');
  process.stdout.write(`${json ? JSON.stringify(document) : text}\n`);
}

function ids(id: string | undefined, count: number | undefined): { id: string; folder: string }[] {
  if (id !== undefined) return [{ id, folder: '' }];
  return Array.from({ length: count! }, (_, i) => ({ id: `r${i + 1}`, folder: `r${i + 1}` }));
}

function tell(data: string, { header, pairs }: Restored, clusterId: string): string {
  const from = `cluster ${shortId(header.cluster)} as of entry ${header.index}`;
  return `${data} holds ${from}, ${pairs} records, as the new cluster ${clusterId}`;
}

function nextStep(
  file: string,
  data: string,
  id: string | undefined,
  count: number | undefined,
  clusterId: string,
): string {
  if (id === undefined) return `  start it: npx tickraft up --data ${shellWord(data)} --replicas ${count}`;
  const words = [
    'npx',
    'tickraft',
    'restore',
    file,
    '--data',
    'DIR',
    '--id',
    'NAME',
    '--cluster-id',
    clusterId,
  ];
  return `  the other replicas: ${words.map(shellWord).join(' ')}`;
}
