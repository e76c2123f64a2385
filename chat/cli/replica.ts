/** `tickraft replica`: one replica of the chat, in this process. */
import { Command } from 'commander';
import { z } from 'zod';
import {
  addressOf,
  allowHostFlag,
  allowHostOption,
  CommandProvisioner,
  checkProtocol,
  checkTiming,
  configOption,
  idOption,
  joinOption,
  option,
  ParentProvisioner,
  type Provisioner,
  peersOption,
  portOption,
  protocolFlags,
  protocolOptions,
  provisionFlag,
  proxiesFlag,
  proxiesOption,
  rateOption,
  readOptions,
  readSecret,
  secretFlag,
  settingsOf,
  textOption,
  timingFlags,
  timingOptions,
  UsageError,
  urlOption,
} from '../../replication/ops/index.ts';
import { LiveError } from '../../vm/index.ts';
import { Notices, onEndSignal } from '../../vm/live/process/index.ts';
import { type RunningChat, startChatReplica } from '../server/process.ts';

const optionsSchema = z
  .object({
    id: idOption,
    port: portOption,
    host: textOption,
    url: urlOption.optional(),
    peers: peersOption,
    join: joinOption,
    data: textOption,
    rate: rateOption,
    ...timingOptions,
    ...protocolOptions,
    proxies: proxiesOption,
    logs: textOption.optional(),
    provisionCommand: textOption.optional(),
    secretFile: textOption.optional(),
    allowHost: allowHostOption,
  })
  .superRefine(checkTiming)
  .superRefine(checkProtocol);

/** The command. */
export function replicaCommand(): Command {
  const command = new Command('replica')
    .description('Run one replica of a chat cluster, until Ctrl-C or SIGTERM.')
    .addOption(option('--id <name>', 'its name in the cluster: letters, digits, - and _; required'))
    .addOption(option('--port <port>', 'the port for clients and peers').default('8081'))
    .addOption(
      option('--host <address>', 'the interface to listen on; 0.0.0.0 for all interfaces').default(
        '127.0.0.1',
      ),
    )
    .addOption(
      option('--url <url>', 'the address at which clients and peers reach it').default(
        undefined,
        'made of --host and --port',
      ),
    )
    .addOption(
      option('--peers <peers>', 'the other replicas: r2=http://host:8082,r3=http://host:8083').default(''),
    )
    .addOption(
      option(
        '--join <urls>',
        'addresses of replicas of a running cluster that it is to be added to; instead of --peers',
      ).default(''),
    )
    .addOption(option('--data <dir>', 'its own data directory; required'))
    .addOption(option('--rate <ticks>', 'ticks per second of its clock').default('20'));
  for (const flag of [...protocolFlags(), ...timingFlags()]) command.addOption(flag);
  return command
    .addOption(proxiesFlag())
    .addOption(option('--logs <dir>', 'run folder for its event log').default(undefined, 'no event log'))
    .addOption(provisionFlag())
    .addOption(secretFlag())
    .addOption(allowHostFlag())
    .addOption(configOption())
    .action(async (_options: unknown, command: Command) => runReplica(command));
}

async function runReplica(command: Command): Promise<void> {
  const { secretFile, peers, url, join, provisionCommand, ...options } = readOptions(command, optionsSchema);
  const self = { id: options.id, url: url ?? addressOf(options.host, options.port) };
  if (peers.some(({ id }) => id === self.id)) throw new UsageError(`--peers names ${self.id} itself`);
  if (join.length > 0 && peers.length > 0) throw new UsageError('--peers and --join exclude each other');
  const notices = new Notices((line) => void process.stderr.write(`${line}\n`));
  const starting = startChatReplica({
    ...options,
    join: join.length === 0 ? undefined : join,
    // In the same order on every replica.
    replicas: [self, ...peers].sort((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true })),
    secret: readSecret(secretFile),
    settings: settingsOf(options),
    provisioner: options.protocol === 'raft' ? provisionerOf(provisionCommand) : undefined,
    onFailure(error) {
      if (error.code === 'Removed') return endRemoved(error);
      process.stderr.write(`error: ${self.id}: ${error.message}\n`);
      process.exit(1);
    },
    onNotice: (line) => notices.say(line),
  });
  endCleanly(starting);
  try {
    await starting;
  } catch (error) {
    if (!(error instanceof LiveError && error.code === 'Removed')) throw error;
    endRemoved(error);
    return;
  }
  process.stdout.write(`${self.id}  ${self.url}  pid ${process.pid}\n`);
  if (process.connected) process.send!('ready', () => {});
}

function provisionerOf(command: string | undefined): Provisioner | undefined {
  return command === undefined ? ParentProvisioner.ofThisProcess() : new CommandProvisioner(command);
}

/** It was removed from the cluster, which is no failure. */
function endRemoved({ message }: LiveError): void {
  process.stdout.write(`${message}\n`);
  if (process.connected) process.send!('removed', () => process.exit(0));
  else process.exit(0);
}

/**
 * A first signal, or the end of the channel to the process that started this one, ends the replica
 * cleanly, as soon as it has started; a second signal ends it at once. That process closes the
 * channel rather than send a signal: the terminal may have sent one to both.
 */
function endCleanly(starting: Promise<RunningChat>): void {
  let isEnding = false;
  const end = () => {
    if (isEnding) return;
    isEnding = true;
    starting
      .then((replica) => replica.stop())
      .then(
        () => process.exit(0),
        (error: Error) => {
          process.stderr.write(`error: ${error.message}\n`);
          process.exit(1);
        },
      );
  };
  onEndSignal(end);
  process.on('disconnect', end);
  if (process.send !== undefined && !process.connected) end();
}
