/**
 * One machine of a live run of the clock exercise: a process of its own, started by `live.ts` and
 * talking to it over the channel that `fork` opens. It reports its port, receives those of the
 * others, runs, and ends when it is asked to, when it is interrupted, or when the process that
 * started it has ended.
 */
import type { AddressInfo } from 'node:net';
import { LogWriter } from '../../logs/index.ts';
import { VolatileDisk } from '../../vm/live/disk/index.ts';
import { LiveHost, SocketLinks } from '../../vm/live/index.ts';
import { guardStdio, Notices, onEndSignal, stopBySteps } from '../../vm/live/process/index.ts';
import { GuardedServer } from '../../vm/live/server/index.ts';
import { type ClockMessage, randomMessages } from '../../vm/programs/index.ts';
import type { FromMachine, MachineOrder, ToMachine } from './live.ts';

guardStdio();
const server = new GuardedServer();
const notices = new Notices((line) => void process.stderr.write(`${line}\n`));
/** How long each step of the end may take, in milliseconds. */
const STOP_MS = 2_000;
/** How to end: at once before there is a machine, cleanly after. */
let end: () => void = () => process.exit(0);

process.on('message', (message: ToMachine) => {
  if (message.type === 'end') end();
  else end = run(message.order);
});
process.on('disconnect', () => end());
onEndSignal(() => end());
server.once('error', fail);
server.once('listening', () => server.off('error', fail));
server.listen(0, '127.0.0.1', () =>
  tell({ type: 'listening', port: (server.address() as AddressInfo).port }),
);

/** Runs the machine. Returns a function that stops it. */
function run({ dir, self, members, cluster, ticksPerSecond, seed, clock, die }: MachineOrder): () => void {
  let rows = 0;
  const disk = new VolatileDisk();
  const writer = new LogWriter({ dir, node: self, whenFull: 'drop' });
  const host = new LiveHost({
    program: randomMessages(die),
    self,
    peers: members.map(({ id }) => id).filter((id) => id !== self),
    disk,
    connect: (events) => new SocketLinks<ClockMessage>({ server, self, members, cluster, disk }, events),
    rate: ticksPerSecond,
    seed,
    clock,
    record(event) {
      rows++;
      writer.write(event);
    },
    onFailure: fail,
    onNotice: (line) => notices.say(`${self}: ${line}`),
  });
  const stop = async () => {
    await stopBySteps([
      { what: 'stopping the machine', ms: STOP_MS, run: () => host.stop() },
      { what: 'closing the log', ms: STOP_MS, run: () => writer.close() },
    ]);
    tell({ type: 'ended', rows }, () => process.exit(0));
  };
  let ending = false;
  return () => {
    if (!ending) void stop().catch(fail);
    ending = true;
  };
}

/** Tells the process that started this one, then calls `after`. */
function tell(message: FromMachine, after: () => void = () => {}): void {
  if (process.connected) process.send!(message, after);
  else after();
}

/** One line on standard error, which is the starter's too. */
function fail(error: Error): never {
  process.stderr.write(`error: ${error.message}\n`);
  process.exit(1);
}
