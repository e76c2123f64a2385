/** `tickraft safe-to-stop`: whether a cluster keeps a majority without one of its replicas. */
import { Command } from 'commander';
import { z } from 'zod';
import { isQuorum, majority, type Voters } from '../raft/quorum.ts';
import { statusAt, UnknownOutcome } from './admin-client.ts';
import { configOption, readOptions, serverFlag, urlOption } from './options.ts';
import { type Answer, fetchStatuses } from './status.ts';

const optionsSchema = z.object({ server: urlOption, json: z.boolean() });

/** A replica that is further behind than so many entries does not count as healthy. */
const MOST_BEHIND = 250;

/** The protocols in which a majority leads. */
const COUNT_MAJORITIES: readonly string[] = ['raft', 'primary-backup'];

/** A replica, and what it says of itself: undefined if it does not answer. */
export interface Asked {
  readonly id: string;
  readonly status: Answer['status'];
}

/** Whether a replica may be stopped, and what that rests on. */
export interface Verdict {
  readonly id: string;
  readonly safe: boolean;
  readonly why: string;
  /** The healthy replicas without this one, and how many are needed. */
  readonly healthy: readonly string[];
  readonly needed: number;
}

/** The command. */
export function safeToStopCommand(): Command {
  return new Command('safe-to-stop')
    .description('Say whether the cluster keeps a majority of healthy replicas while one is stopped.')
    .argument('<id>', 'name of the replica')
    .addOption(serverFlag())
    .option('--json', 'print one JSON document instead of text', false)
    .addOption(configOption())
    .addHelpText(
      'after',
      '\nExit codes: 0 it does; 1 it does not; 2 wrong usage; 3 not known: no replica answers.',
    )
    .action(async (id: string, _options: unknown, command: Command) => {
      const { server, json } = readOptions(command, optionsSchema);
      const verdict = safeToStop(id, await askAll(server));
      process.stdout.write(`${json ? JSON.stringify(verdict) : verdict.why}\n`);
      process.exitCode = verdict.safe ? 0 : 1;
    });
}

async function askAll(server: string): Promise<Asked[]> {
  const { replicas, protocol } = await statusAt(server).catch((error: Error) => {
    throw new UnknownOutcome(error.message);
  });
  if (!COUNT_MAJORITIES.includes(protocol))
    throw new UnknownOutcome(`this counts majorities, and ${protocol} goes by something else`);
  const answers = await fetchStatuses(replicas.map(({ url }) => url));
  return replicas.map(({ id }, i) => {
    const { status } = answers[i]!;
    return { id, status: status?.id === id ? status : undefined };
  });
}

/** Whether a cluster of these replicas can do without one of them. */
export function safeToStop(id: string, asked: readonly Asked[]): Verdict {
  const [leader] = asked
    .flatMap(({ status }) => (status !== undefined && status.leader === status.id ? [status] : []))
    .sort((a, b) => b.term - a.term);
  // Learners count in no majority; while two configurations hold at once, both need theirs.
  const { voters = asked.map((one) => one.id), outgoing } = leader?.configuration ?? {};
  const halves: Voters = outgoing === undefined ? [voters] : [voters, outgoing];
  const needed = majority(voters);
  const verdict = (safe: boolean, why: string, healthy: readonly string[] = []) => ({
    id,
    safe,
    why,
    healthy,
    needed,
  });
  if (!asked.some((one) => one.id === id)) return verdict(false, `there is no replica ${id}`);
  if (leader === undefined) return verdict(false, `${id} may not be stopped: the cluster has no leader`);
  const isHealthy = ({ status }: Asked) =>
    status !== undefined &&
    status.recovery === 'normal' &&
    status.disk === 'ok' &&
    status.leader === leader.id &&
    status.term === leader.term &&
    leader.commit - status.applied <= MOST_BEHIND;
  const healthy = asked
    .filter((one) => one.id !== id && halves.flat().includes(one.id) && isHealthy(one))
    .map((one) => one.id);
  const left =
    healthy.length === 0
      ? 'no other replica is healthy'
      : `${list(healthy)} ${healthy.length === 1 ? 'is' : 'are'} healthy`;
  const of = `${halves.map((half) => `${majority(half)} of ${half.length}`).join(' and ')} are needed`;
  return isQuorum(halves, (voter) => healthy.includes(voter))
    ? verdict(true, `${id} may be stopped: ${left}, and ${of}`, healthy)
    : verdict(false, `${id} may not be stopped: ${left}, and ${of}`, healthy);
}

function list(ids: readonly string[]): string {
  return ids.length < 2 ? ids.join() : `${ids.slice(0, -1).join(', ')} and ${ids.at(-1)}`;
}
