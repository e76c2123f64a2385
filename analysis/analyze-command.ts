/** `tickraft analyze`: says what happened in runs, and whether it should have. */
import { Command } from 'commander';
import pc from 'picocolors';
import { LogError } from '../logs/errors.ts';
import { Progress } from '../logs/progress.ts';
import { findRuns } from '../logs/run-folder.ts';
import type { RunReport } from './analyze.ts';
import { reportText } from './report-text.ts';

/** The command. Ends with exit code 1 if something is violated or cannot be read, 2 on wrong usage. */
export function analyzeCommand(): Command {
  return new Command('analyze')
    .description('measure runs by their logs, and check what must hold')
    .argument('<run>', 'a run folder, or a folder of run folders')
    .option('--json', 'one JSON document instead of text', false)
    .action(async (dir: string, options: { json: boolean }, command: Command) => {
      const fail = (error: unknown, exitCode: number): never => {
        if (!(error instanceof LogError)) throw error;
        return command.error(`error: ${error.message}`, { exitCode, code: 'tickraft.failed' });
      };
      let paths: string[] = [];
      try {
        paths = findRuns(dir);
      } catch (error) {
        fail(error, 2);
      }
      try {
        await analyze(paths, options.json);
      } catch (error) {
        fail(error, 1);
      }
    });
}

async function analyze(paths: readonly string[], json: boolean): Promise<void> {
  // Loaded when needed: the database is large, and other commands start without it.
  const { analyzeRun, isViolated } = await import('./analyze.ts');
  const progress = new Progress();
  const reports: RunReport[] = [];
  for (const path of paths) {
    progress.update(() => `analysing ${path} (${reports.length + 1} of ${paths.length})`);
    reports.push(await analyzeRun(path));
  }
  progress.clear();
  const violated = isViolated(reports);
  process.stdout.write(
    json ? `${JSON.stringify({ violated, runs: reports }, null, 2)}\n` : reportText(reports, pc),
  );
  if (violated) process.exitCode = 1;
}
