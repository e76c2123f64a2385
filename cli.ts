#!/usr/bin/env node
/** The command line: finds the command in `commands.ts` and runs it. */
import { Command, Option } from 'commander';
import { COMMANDS } from './commands.ts';
import { packageVersion } from './logs/package.ts';
import { guardStdio } from './vm/live/process/stdio.ts';
import { printable } from './vm/printable.ts';

/** An error: one line, and the exit code for its kind. */
function fail(error: unknown): never {
  const message = error instanceof Error ? error.message : String(error);
  const [line = ''] = message.split('\n', 1);
  process.stderr.write(`error: ${printable(line, Number.POSITIVE_INFINITY)}\n`);
  process.exit((error as { exitCode?: number } | undefined)?.exitCode ?? 1);
}

/**
 * An option's description, its choices, its default and its environment variable, as `--help` shows
 * them.
 */
function optionDescription(option: Option): string {
  const { description, argChoices, envVar } = option;
  const value = option.defaultValueDescription ?? option.defaultValue;
  const hasDefault = value !== undefined && value !== false && value !== '';
  const notes = [
    argChoices && `one of: ${argChoices.join(', ')}`,
    hasDefault && `default: ${value}`,
    envVar && `env: ${envVar}`,
  ].filter(Boolean);
  return notes.length === 0 ? description : `${description} (${notes.join('; ')})`;
}

guardStdio();
process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);

const program = new Command('tickraft')
  .description('A machine with a clock that runs programs: logical clocks, Raft, and a chat that survives.')
  .version(packageVersion(), '-V, --version', 'print the version')
  .addHelpText(
    'after',
    `
Exit codes: 0 success; 1 it could not be done, or a check failed; 2 wrong usage.
sim, check, drain and others have more: tickraft help sim.`,
  );
const [first, second] = process.argv.slice(2);
const wanted = first === 'help' ? second : first;
for (const { name, group, description, load } of COMMANDS) {
  if (name === wanted) program.addCommand(await load());
  else program.command(name).description(description).helpGroup(group);
}
const subcommands = program.commands.flatMap(({ commands }) => commands);
for (const command of [program, ...program.commands, ...subcommands]) {
  command.configureHelp({ optionDescription });
  command.addHelpOption(new Option('-h, --help', 'print this help').helpGroup('Options:'));
  // Commander ends with 1 for wrong usage too.
  command.exitOverride(({ code, exitCode }) =>
    process.exit(exitCode !== 0 && code.startsWith('commander.') ? 2 : exitCode),
  );
}
await program.parseAsync();
