/** `tickraft up`: a whole cluster on this computer, each replica a process. */
import { Command } from 'commander';
import pc from 'picocolors';
import { z } from 'zod';
import { finishRun } from '../../logs/index.ts';
import { joinClusterRun } from '../../replication/live/index.ts';
import {
  addReplica,
  addressOf,
  allowHostFlag,
  allowHostOption,
  checkProtocol,
  checkTiming,
  claimCluster,
  configOption,
  dropStrangers,
  Fleet,
  fetchStatuses,
  option,
  type ProtocolGiven,
  portOption,
  protocolFlags,
  protocolOptions,
  provisionFlag,
  proxiesFlag,
  proxiesOption,
  rateOption,
  readOptions,
  readSecret,
  removeReplica,
  settingsOf,
  statusTable,
  textOption,
  timingFlags,
  timingOptions,
  turnOnAutopilot,
  UsageError,
  wholeNumber,
} from '../../replication/ops/index.ts';
import { onEndSignal } from '../../vm/live/process/index.ts';
import { chatStateMachine } from '../state/machine.ts';
import { CONSOLE_COMMANDS, Console } from './console.ts';

const optionsSchema = z
  .object({
    replicas: wholeNumber(1, 25),
    port: portOption,
    host: textOption,
    data: textOption,
    rate: rateOption,
    ...timingOptions,
    ...protocolOptions,
    logs: z.union([textOption, z.literal(false)]),
    proxies: proxiesOption,
    allowHost: allowHostOption,
    autopilot: z.boolean(),
    provisionCommand: textOption.optional(),
  })
  .superRefine(checkTiming)
  .superRefine(checkProtocol);

/** How long to wait for the first election before reporting that there is none, in milliseconds. */
const FIRST_LEADER_MS = 20_000;

/** The command. */
export function upCommand(): Command {
  const command = new Command('up')
    .description('Run a whole cluster on this computer, one process per replica, until Ctrl-C.')
    .addOption(
      option('--replicas <n>', 'how many replicas; the cluster survives the loss of any minority').default(
        '5',
      ),
    )
    .addOption(
      option('--port <port>', "the first replica's port; the others get the next ones").default('8081'),
    )
    .addOption(
      option('--host <address>', 'the interface to listen on; 0.0.0.0 for all interfaces').default(
        '127.0.0.1',
      ),
    )
    .addOption(option('--data <dir>', 'data directory, with one folder per replica').default('data'))
    .addOption(option('--rate <ticks>', "ticks per second of the replicas' clocks").default('20'));
  for (const flag of [...protocolFlags(), ...timingFlags()]) command.addOption(flag);
  return command
    .addOption(option('--logs <dir>', 'run folder for the event logs').default('runs/chat'))
    .option('--no-logs', 'write no event logs')
    .option(
      '--autopilot',
      'let the autopilot act: replace dead replicas, follow the load; without it, it stays as the cluster was told last, at first paused',
      false,
    )
    .addOption(provisionFlag())
    .addOption(proxiesFlag())
    .addOption(allowHostFlag())
    .addOption(configOption())
    .action(async (_options: unknown, command: Command) => up(readOptions(command, optionsSchema)));
}

async function up({
  replicas: count,
  port,
  host,
  data,
  rate,
  logs,
  proxies,
  allowHost,
  autopilot,
  provisionCommand,
  ...given
}: z.infer<typeof optionsSchema>): Promise<void> {
  if (port + count - 1 > 65_535) throw new UsageError(`--port leaves fewer than ${count} ports`);
  const directory = claimCluster(data, count, given.protocol);
  const { secretFile } = directory;
  const secret = readSecret(secretFile);
  const replicas = Array.from({ length: count }, (_, i) => ({
    id: `r${i + 1}`,
    port: port + i,
    url: addressOf(host, port + i),
  }));
  if (logs) {
    const ids = replicas.map(({ id }) => id);
    joinClusterRun(logs, chatStateMachine.name, ids, rate, given.protocol, settingsOf(given));
  }
  const print = (line: string) => void process.stdout.write(`${line}\n`);
  const endIfNoneLeft = () => {
    // With a console, replicas can be brought back.
    if (console !== undefined || ending || !fleet.isEmpty) return;
    process.stderr.write('error: all replicas have ended\n');
    void end(1);
  };
  const folders = { data, logs: logs || undefined, secretFile };
  const tell = { print, onNoneLeft: endIfNoneLeft };
  const flags = { host, rate, timing: given, protocol: given, proxies, allowHost, provisionCommand };
  const fleet = new Fleet({ replicas, directory, ...flags, ...folders, ...tell });
  let ending = false;
  let started = false;
  const end = async (code: number) => {
    if (ending) return;
    ending = true;
    print('ending ...');
    console?.close();
    await fleet.stop();
    if (logs && started) finishRun(logs);
    print(code === 0 ? 'all replicas have ended' : 'ended');
    process.exit(code);
  };
  let console: Console | undefined;
  onEndSignal(
    () => void end(0),
    () => fleet.killAll(),
  );

  print(
    `${pc.bold('Tickraft')}: ${fleet.places.length} replicas${overWhat(given)}, data in ${data}${logs ? `, logs in ${logs}` : ''}`,
  );
  started = await fleet.start();
  if (!started) return end(1);
  for (const { id, url } of fleet.places) print(`  ${id.padEnd(4)}${pc.cyan(url)}  pid ${fleet.pid(id)}`);
  const urls = () => fleet.places.map(({ url }) => url);
  if (await announceLeader(urls(), fleet, print)) {
    await dropStrangers(fleet, print);
    if (autopilot) await turnOnAutopilot(fleet, secret).catch((error: Error) => print(error.message));
  } else if (autopilot) print('the autopilot is as it was: npx tickraft autopilot resume turns it on');
  print(whatNext(urls()[0]!, process.stdin.isTTY));
  if (process.stdin.isTTY) {
    const status = async () => print(statusTable(await fetchStatuses(urls())));
    const onClosed = () => {
      console = undefined;
      endIfNoneLeft();
    };
    const add = (id: string) => addReplica(fleet, id, secret);
    const remove = (id: string) => removeReplica(fleet, id, secret);
    console = new Console({ fleet, status, add, remove, quit: () => void end(0), onClosed, print });
  }
}

/** Which protocol it is, unless that is Raft. */
function overWhat({ protocol }: ProtocolGiven): string {
  return protocol === 'raft' ? '' : ` over ${protocol}`;
}

/**
 * Waits for the first leader, and names it with the process to kill. Returns whether there is one.
 */
async function announceLeader(
  urls: readonly string[],
  fleet: Fleet,
  print: (line: string) => void,
): Promise<boolean> {
  const deadline = performance.now() + FIRST_LEADER_MS;
  while (performance.now() < deadline) {
    const answers = await fetchStatuses(urls);
    if (answers.some(({ status }) => status?.leaderless)) {
      print('no replica leads: each serves');
      return true;
    }
    const leader = answers.find(({ status }) => status?.leader !== undefined)?.status?.leader;
    if (leader !== undefined) {
      print(`leader: ${pc.bold(leader)}, pid ${fleet.pid(leader)}`);
      return true;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  print('no leader yet: a majority of the replicas must be up');
  return false;
}

function whatNext(url: string, interactive: boolean): string {
  const back = interactive ? 'type "start ID", such as start r2' : 'run the command printed when it ends';
  return [
    '',
    `  chat        ${pc.cyan(`${url}/`)}   or: npx tickraft chat --server ${url}`,
    `  explorer    ${pc.cyan(`${url}/explorer/`)}`,
    `  status      npx tickraft status --server ${url}`,
    '  kill        kill -9 PID of the leader, then of the next: the chat keeps working',
    `  bring back  ${back}`,
    '  end         Ctrl-C',
    ...(interactive ? ['', `Commands: ${CONSOLE_COMMANDS}`] : []),
  ].join('\n');
}
