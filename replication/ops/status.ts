/** `tickraft status`: the status of each replica of a cluster. */
import { Command } from 'commander';
import pc from 'picocolors';
import { z } from 'zod';
import { printable } from '../../vm/index.ts';
import { shortId } from '../../vm/live/index.ts';
import { configOption, readOptions, serverFlag, urlOption } from './options.ts';

/** Text that may be printed: without control characters. */
const wordSchema = z.string().transform((text) => printable(text));

/** What `GET /status` answers. Checked, because another program may listen at that address. */
const statusSchema = z.object({
  id: wordSchema,
  pid: z.number(),
  protocol: wordSchema,
  role: wordSchema,
  term: z.number(),
  leader: wordSchema.optional(),
  commit: z.number(),
  applied: z.number(),
  lastIndex: z.number(),
  recovery: z.enum(['new', 'recovering', 'normal']),
  disk: z.enum(['ok', 'full']),
  draining: z.boolean().default(false),
  cluster: wordSchema.optional(),
  replicas: z.array(z.object({ id: wordSchema, url: wordSchema })),
  configuration: z
    .object({
      index: z.number(),
      voters: z.array(wordSchema),
      learners: z.array(wordSchema),
      outgoing: z.array(wordSchema).optional(),
    })
    .optional(),
  learning: z.record(wordSchema, wordSchema).optional(),
});

/** A replica's address and, if it answers, its status. */
export interface Answer {
  readonly url: string;
  readonly status: z.infer<typeof statusSchema> | undefined;
}

/** How long a replica may take to answer, in milliseconds. */
const ANSWER_MS = 2_000;

const optionsSchema = z.object({ server: urlOption, json: z.boolean() });

/**
 * The command. Ends with exit code 1 if the server does not answer or the cluster has no leader.
 */
export function statusCommand(): Command {
  return new Command('status')
    .description(
      'Show the replicas of a cluster: role, term, progress and disk. Exit code 1 if there is no leader.',
    )
    .addOption(serverFlag())
    .option('--json', 'print one JSON document instead of a table', false)
    .addOption(configOption())
    .action(async (_options: unknown, command: Command) => {
      const { server, json } = readOptions(command, optionsSchema);
      process.exitCode = await showStatus(server, json);
    });
}

async function showStatus(server: string, json: boolean): Promise<number> {
  const [asked] = await fetchStatuses([server]);
  if (asked?.status === undefined) {
    throw new Error(
      `no replica answers at ${server}; another one may: --server URL (or start some: npx tickraft up)`,
    );
  }
  const known = asked.status.replicas;
  const answers = await fetchStatuses(known.map(({ url }) => url));
  const leader = answers.find(({ status }) => status?.leader !== undefined)?.status?.leader;
  if (json) {
    const replicas = known.map(({ id, url }, i) => ({
      id,
      url,
      up: answers[i]!.status !== undefined,
      ...withoutPeers(answers[i]!),
    }));
    process.stdout.write(`${JSON.stringify({ leader: leader ?? null, replicas })}\n`);
  } else
    process.stdout.write(`${statusTable(answers.map((answer, i) => ({ ...answer, id: known[i]!.id })))}\n`);
  return leader === undefined ? 1 : 0;
}

function withoutPeers({ status }: Answer): object {
  if (status === undefined) return {};
  const { replicas: _, ...rest } = status;
  return rest;
}

/** Asks all replicas at once. */
export function fetchStatuses(urls: readonly string[]): Promise<Answer[]> {
  return Promise.all(urls.map(async (url) => ({ url, status: await fetchStatus(url) })));
}

async function fetchStatus(url: string): Promise<Answer['status']> {
  try {
    const response = await fetch(`${url}/status`, { signal: AbortSignal.timeout(ANSWER_MS) });
    return statusSchema.safeParse(await response.json()).data;
  } catch {
    return undefined;
  }
}

/** `follower`, with what is special about it: `follower, recovering`. */
function roleOf({ id, role, recovery, draining, configuration }: NonNullable<Answer['status']>): string {
  const plain = configuration?.learners.includes(id) === true ? 'learner' : role;
  return [plain, ...(recovery === 'normal' ? [] : [recovery]), ...(draining ? ['drained'] : [])].join(', ');
}

const HEADER = ['replica', 'address', 'pid', 'role', 'term', 'commit', 'applied', 'cluster', 'disk'];

/** The answers as a table. */
export function statusTable(answers: readonly (Answer & { readonly id?: string })[]): string {
  const rows = answers.map(({ id, url, status }) =>
    status === undefined
      ? [id ?? '?', url, '-', 'does not answer', '-', '-', '-', '-', '-']
      : [
          status.id,
          url,
          status.pid,
          roleOf(status),
          status.term,
          status.commit,
          status.applied,
          status.cluster === undefined ? '-' : shortId(status.cluster),
          status.disk,
        ].map(String),
  );
  const widths = HEADER.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd();
  const shown = rows.map((row) => {
    const text = line(row);
    if (row[3] === 'leader' && row.at(-1) === 'ok') return pc.green(text);
    return row[2] === '-' || row.at(-1) === 'full' ? pc.red(text) : text;
  });
  return [pc.bold(line(HEADER)), ...shown].join('\n');
}
