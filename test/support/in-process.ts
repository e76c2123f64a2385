/** Commands run in this process, as the command line runs them. */
import { stripVTControlCharacters } from 'node:util';
import { jest } from '@jest/globals';
import { type Command, CommanderError } from 'commander';

/** What a command left behind. */
export interface Ran {
  /**
   * What it printed; of `run` without colours: where CI is set, those are taken to be welcome even
   * in a pipe.
   */
  readonly out: string;
  readonly err: string;
  readonly code: number;
}

/** Runs a command to its end. */
export async function run(command: Command, ...words: readonly string[]): Promise<Ran> {
  const { out, err, code } = await runColoured(command, ...words);
  return { out: stripVTControlCharacters(out), err: stripVTControlCharacters(err), code };
}

/** The same with all that reaches a terminal, colours too. */
export async function runColoured(command: Command, ...words: readonly string[]): Promise<Ran> {
  const printed = { out: '', err: '' };
  const keep = (stream: 'out' | 'err') => (text: unknown) => {
    printed[stream] += String(text);
    return true;
  };
  const mocks = [
    jest.spyOn(process.stdout, 'write').mockImplementation(keep('out')),
    jest.spyOn(process.stderr, 'write').mockImplementation(keep('err')),
  ];
  command.exitOverride().configureOutput({ writeErr: keep('err') });
  const before = process.exitCode;
  process.exitCode = undefined;
  try {
    await command.parseAsync(words, { from: 'user' });
    return { ...printed, code: Number(process.exitCode ?? 0) };
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { ...printed, code: error.exitCode };
  } finally {
    for (const mock of mocks) mock.mockRestore();
    process.exitCode = before;
  }
}
