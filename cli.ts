#!/usr/bin/env node
/** The command line: finds the command and runs it. Each command's code is loaded only when it is asked for. */
import { Command } from 'commander';
import { packageVersion } from './logs/version.ts';
import { guardStdio } from './vm/live/process/stdio.ts';
import { printable } from './vm/printable.ts';

interface Entry {
  readonly name: string;
  readonly description: string;
  readonly load: () => Promise<Command>;
}

const COMMANDS: readonly Entry[] = [
  {
    name: 'up',
    description: 'run a whole cluster on this computer, each replica a process',
    load: async () => (await import('./chat/cli/up.ts')).upCommand(),
  },
  {
    name: 'replica',
    description: 'run one replica of the chat',
    load: async () => (await import('./chat/cli/replica.ts')).replicaCommand(),
  },
  {
    name: 'status',
    description: 'show the replicas of a cluster',
    load: async () => (await import('./replication/ops/status.ts')).statusCommand(),
  },
  {
    name: 'repair',
    description: "find what is damaged in a replica's data, and repair it",
    load: async () => (await import('./chat/cli/repair.ts')).repairCommand(),
  },
  {
    name: 'chat',
    description: 'chat in this terminal, or through a pipe',
    load: async () => (await import('./chat/terminal/terminal.ts')).chatCommand(),
  },
  {
    name: 'clocks',
    description: 'run the classic logical-clock exercise: machines of different speeds, random messages',
    load: async () => (await import('./analysis/cli/sweep.ts')).clocksWithSweep(),
  },
  {
    name: 'sim',
    description: 'run a scenario, or put simulated clusters through random faults',
    load: async () => (await import('./analysis/cli/sim.ts')).simCommand(),
  },
  {
    name: 'analyze',
    description: 'measure runs from their logs, and check what must hold',
    load: async () => (await import('./analysis/cli/analyze.ts')).analyzeCommand(),
  },
  {
    name: 'check',
    description: 'decide whether a history of clients is linearizable',
    load: async () => (await import('./analysis/cli/check.ts')).checkCommand(),
  },
];

/** An error: one line, and the exit code for its kind. */
function fail(error: unknown): never {
  const message = error instanceof Error ? error.message : String(error);
  const [line = ''] = message.split('\n', 1);
  process.stderr.write(`error: ${printable(line, Number.POSITIVE_INFINITY)}\n`);
  process.exit((error as { exitCode?: number } | undefined)?.exitCode ?? 1);
}

guardStdio();
process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);

const program = new Command('tickraft')
  .description('A machine with a clock that runs programs: logical clocks, Raft, and a chat that survives.')
  .version(packageVersion());
const [first, second] = process.argv.slice(2);
const wanted = first === 'help' ? second : first;
for (const { name, description, load } of COMMANDS) {
  if (name === wanted) program.addCommand(await load());
  else program.command(name).description(description);
}
for (const command of [program, ...program.commands]) {
  // Commander ends with 1 for wrong usage too.
  command.exitOverride(({ code, exitCode }) =>
    process.exit(exitCode !== 0 && code.startsWith('commander.') ? 2 : exitCode),
  );
}
await program.parseAsync();
