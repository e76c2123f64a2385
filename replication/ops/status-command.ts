/** `tickraft status`: the status of each replica of a cluster, once or on and on. */
import { setTimeout } from 'node:timers/promises';
import { Command } from 'commander';
import { z } from 'zod';
import { configOption, readOptions, serverFlag, urlOption } from './options.ts';
import { type Answer, fetchStatuses } from './status.ts';
import { statusTable } from './status-table.ts';

const optionsSchema = z.object({ server: urlOption, json: z.boolean(), watch: z.boolean() });

/** How often `--watch` asks, in milliseconds. */
const WATCH_MS = 1_000;
/** Clears a terminal, and goes to its beginning. */
const CLEAR = '\x1b[H\x1b[2J';

/**
 * The command. Ends with exit code 1 if the server does not answer, or the cluster should have a
 * leader and has none.
 */
export function statusCommand(): Command {
  return new Command('status')
    .description(
      'Show the replicas of a cluster: role, term, progress and disk. Exit code 1 if there is no leader.',
    )
    .addOption(serverFlag())
    .option('--json', 'print one JSON document instead of a table', false)
    .option('--watch', 'go on: show it anew whenever something has changed, until Ctrl-C', false)
    .addOption(configOption())
    .action(async (_options: unknown, command: Command) => {
      const { server, json, watch } = readOptions(command, optionsSchema);
      if (watch) await watchStatus(server, json);
      else {
        const { text, lacksLeader } = await look([server], json);
        process.stdout.write(`${text}\n`);
        process.exitCode = lacksLeader ? 1 : 0;
      }
    });
}

/** What is shown of a cluster. */
interface Shown {
  readonly text: string;
  readonly lacksLeader: boolean;
  /** Where its replicas are. */
  readonly urls: readonly string[];
}

/** Asks the first of `servers` that answers for its cluster. */
async function look(servers: readonly string[], json: boolean): Promise<Shown> {
  const asked = (await fetchStatuses(servers)).find(({ status }) => status !== undefined);
  if (asked?.status === undefined) {
    throw new Error(
      `no replica answers at ${servers[0]}; another one may: --server URL (or start some: npx tickraft up)`,
    );
  }
  const known = asked.status.replicas;
  const urls = known.map(({ url }) => url);
  const answers = (await fetchStatuses(urls)).map((answer, i) => ({ ...answer, id: known[i]!.id }));
  const leader = answers.find(({ status }) => status?.leader !== undefined)?.status?.leader;
  const text = json
    ? JSON.stringify({ leader: leader ?? null, replicas: answers.map(jsonOf) })
    : statusTable(answers);
  return { text, lacksLeader: leader === undefined && !asked.status.leaderless, urls };
}

/** Shows the cluster whenever something has changed, whichever of its replicas answer. */
async function watchStatus(server: string, json: boolean): Promise<never> {
  let servers: readonly string[] = [server];
  let last: string | undefined;
  for (;;) {
    const found = await look(servers, json).catch((error: Error) => {
      if (last === undefined) throw error;
      return { text: error.message, urls: [] };
    });
    servers = [...new Set([server, ...found.urls, ...servers])];
    if (found.text !== last) process.stdout.write(`${process.stdout.isTTY ? CLEAR : ''}${found.text}\n`);
    last = found.text;
    await setTimeout(WATCH_MS);
  }
}

function jsonOf({ id, url, status }: Answer & { readonly id: string }): object {
  if (status === undefined) return { id, url, up: false };
  const { replicas: _, ...rest } = status;
  return { ...{ id, url, up: true }, ...rest };
}
