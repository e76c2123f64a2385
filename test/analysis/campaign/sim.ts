/** `tickraft sim`, run in this process. */
import { jest } from '@jest/globals';
import { CommanderError } from 'commander';
import { simCommand } from '../../../analysis/campaign/sim-command.ts';

/** Runs the command in this process. Returns what it printed, and its exit code. */
export async function sim(...words: string[]): Promise<{ out: string; err: string; code: number }> {
  let out = '';
  let err = '';
  const stdout = jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
  const stderr = jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    err += String(text);
    return true;
  });
  const command = simCommand()
    .exitOverride()
    .configureOutput({ writeErr: (text) => (err += text) });
  const before = process.exitCode;
  try {
    await command.parseAsync(words, { from: 'user' });
    return { out, err, code: Number(process.exitCode ?? 0) };
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { out, err, code: error.exitCode };
  } finally {
    stdout.mockRestore();
    stderr.mockRestore();
    process.exitCode = before;
  }
}
