/** `tickraft analyze`: says what happened in runs, and whether it should have. */
import { Command, Option } from 'commander';
import pc from 'picocolors';
import { LogError } from '../logs/errors.ts';
import { Progress } from '../logs/progress.ts';
import { findRuns } from '../logs/run-folder.ts';
import type { RunReport } from './analyze.ts';
import { reportText } from './report-text.ts';

interface AnalyzeOptions {
  readonly json: boolean;
  readonly csv?: string;
  readonly sql?: string;
}

/** The command. Ends with exit code 1 if something is violated or cannot be read, 2 on wrong usage. */
export function analyzeCommand(): Command {
  return new Command('analyze')
    .description('measure runs by their logs, and check what must hold')
    .argument('<run>', 'a run folder, or a folder of run folders')
    .option('--json', 'one JSON document with every number, instead of text', false)
    .option('--csv <dir>', 'write every table as a CSV file into a new folder, too')
    .addOption(
      new Option('--sql <question>', 'ask the rows of a run: SQL over the view "events"').conflicts('csv'),
    )
    .action(async (dir: string, options: AnalyzeOptions, command: Command) => {
      const fail = (error: unknown, exitCode: number): never => {
        if (!(error instanceof LogError) && (error as Error).name !== 'QueryError') throw error;
        return command.error(`error: ${(error as Error).message}`, { exitCode, code: 'tickraft.failed' });
      };
      let paths: string[] = [];
      try {
        paths = findRuns(dir);
        if (options.sql !== undefined && paths.length > 1)
          throw new LogError(`--sql asks one run, and ${dir} holds ${paths.length}`);
      } catch (error) {
        fail(error, 2);
      }
      process.on('SIGINT', quit).on('SIGTERM', quit);
      try {
        if (options.sql === undefined) await analyze(paths, options);
        else await query(paths[0]!, options.sql, options.json);
      } catch (error) {
        fail(error, (error as Error).name === 'QueryError' ? 2 : 1);
      } finally {
        process.off('SIGINT', quit).off('SIGTERM', quit);
      }
    });
}

/** An exit, unlike a signal, lets the database remove its files. */
function quit(signal: NodeJS.Signals): void {
  process.exit(signal === 'SIGINT' ? 130 : 143);
}

// What needs the database is loaded when it is needed: it is large, and other commands start without it.

async function analyze(paths: readonly string[], { json, csv }: AnalyzeOptions): Promise<void> {
  const { analyzeRun, isViolated } = await import('./analyze.ts');
  const progress = new Progress();
  const reports: RunReport[] = [];
  for (const path of paths) {
    const place = paths.length === 1 ? '' : ` (${reports.length + 1} of ${paths.length})`;
    reports.push(
      await analyzeRun(path, (step) => progress.update(() => `analysing ${path}${place}: ${step}`)),
    );
  }
  progress.clear();
  const violated = isViolated(reports);
  if (csv !== undefined) (await import('./report-tables.ts')).writeTables(csv, reports);
  process.stdout.write(
    json ? `${JSON.stringify({ violated, runs: reports }, null, 2)}\n` : reportText(reports, pc),
  );
  if (violated) process.exitCode = 1;
}

async function query(path: string, sql: string, json: boolean): Promise<void> {
  const { queryRun, queryText } = await import('./query.ts');
  const rows = await queryRun(path, sql);
  process.stdout.write(json ? `${JSON.stringify(rows, null, 2)}\n` : queryText(rows));
}
