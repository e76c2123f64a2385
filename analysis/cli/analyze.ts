/** `tickraft analyze`: measures runs and checks them. */
import { Command, InvalidArgumentError, Option } from 'commander';
import pc from 'picocolors';
import { LogError, Progress } from '../../logs/index.ts';
import type { RunReport } from '../analyze.ts';
import type { Given } from '../compare/compare-runs.ts';
import { HistoryError } from '../history/error.ts';
import { addHistoryOptions, HISTORY_FLAGS, type HistoryFlags } from '../history/history-options.ts';
import { HISTORY_FORMATS, type HistoryFormat } from '../history/read-history.ts';
import { SECONDS } from '../history/run-history.ts';
import type { MappingFlags } from '../import/mapping.ts';
import { addReadingOptions, READING_FLAGS, sourcesAt, withHistory } from '../import/sources.ts';
import { cleaned } from '../output/cleaned.ts';
import type { PictureOptions } from '../report/files.ts';
import { parseTime } from '../report/scale.ts';
import { reportText } from '../report/text.ts';
import type { RunSource } from '../run/load.ts';
import { interruptible } from './interruptible.ts';

interface AnalyzeOptions extends PictureOptions, MappingFlags, HistoryFlags {
  readonly json: boolean;
  readonly csv?: string;
  readonly follow: boolean;
  readonly guess: boolean;
  readonly sql?: string;
  readonly history?: string;
  readonly historyFormat?: HistoryFormat;
}

const EXAMPLES = `
Examples:
  tickraft analyze runs/chat
  tickraft analyze runs/chat --html report.html
  tickraft analyze runs/clocks/run-1 runs/clocks/run-2

Exit codes: 0 nothing is violated; 1 something is violated, or cannot be read; 2 wrong usage.`;

/**
 * The command. Ends with exit code 1 if something is violated or cannot be read, 2 on wrong usage.
 */
export function analyzeCommand(): Command {
  const command = new Command('analyze')
    .description('Measure runs by their event logs, and check what must hold. Several runs are compared.')
    .argument('<run...>', 'run folders, folders of run folders, or logs that Tickraft did not write')
    .addHelpText('after', EXAMPLES)
    .optionsGroup('Output:')
    .option('--json', 'print one JSON document with every number, instead of text', false)
    .option('--csv <dir>', 'also write every table as a CSV file into a new folder')
    .option('--html <file>', 'also write a report with pictures: one file that needs no network')
    .option('--svg <file>', 'also draw a space-time diagram of a part of the run')
    .option('--shiviz <file>', 'also write the run as a log for ShiViz')
    .option('--from <time>', 'where that part begins: 1.5s or 300ms after the first event', time)
    .addOption(
      new Option('--to <time>', 'where it ends')
        .argParser(time)
        .default(undefined, 'around the most interesting moment'),
    )
    .optionsGroup('Other ways to look at a run:')
    .addOption(
      new Option(
        '--follow',
        'watch a run while it is written and print changes of the verdicts, until Ctrl-C',
      )
        .conflicts(['json', 'csv', 'html', 'svg', 'shiviz', 'sql'])
        .default(false),
    )
    .addOption(
      new Option('--guess', 'propose options for logs that Tickraft did not write, and show their first rows')
        .conflicts(['json', 'csv', 'html', 'svg', 'shiviz', 'sql', 'follow', 'history', ...READING_FLAGS])
        .default(false),
    )
    .addOption(
      new Option('--sql <question>', 'query the rows of a run: SQL over the view "events"').conflicts([
        'csv',
        'html',
        'svg',
        'shiviz',
      ]),
    )
    .optionsGroup('Client history (docs/reference/check.md):')
    .addOption(
      new Option(
        '--history <file>',
        'check this history of client operations too, where it is not in the run folder',
      ).conflicts(['follow', 'sql']),
    )
    .addOption(
      new Option('--history-format <name>', 'format of the history')
        .choices(HISTORY_FORMATS)
        .default(undefined, 'recognized by how the file begins'),
    );
  return addReadingOptions(addHistoryOptions(command, SECONDS)).action(
    async (dirs: string[], options: AnalyzeOptions, command: Command) => {
      const fail = (error: unknown, exitCode: number): never => {
        const isTold = error instanceof LogError || error instanceof HistoryError;
        if (!isTold && (error as Error).name !== 'QueryError') throw error;
        return command.error(`error: ${cleaned((error as Error).message)}`, {
          exitCode,
          code: 'tickraft.failed',
        });
      };
      if (options.guess) return guess(dirs).catch((error) => fail(error, 1));
      const given: Given[] = [];
      try {
        for (const path of dirs) given.push({ path, sources: await sourcesAt(path, options) });
        const runs = given.flatMap(({ sources }) => sources).length;
        for (const name of ['sql', 'svg', 'shiviz'] as const)
          if (options[name] !== undefined && runs > 1)
            throw new LogError(`--${name} asks one run, and ${dirs.join(' ')} holds ${runs}`);
        if (options.history === undefined) {
          const alone = [...HISTORY_FLAGS, 'historyFormat'].find(
            (name) => command.getOptionValueSource(name) === 'cli',
          );
          if (alone !== undefined) throw new LogError(`${flagOf(alone)} goes with --history`);
        } else if (runs > 1)
          throw new LogError(`--history belongs to one run, and ${dirs.join(' ')} holds ${runs}`);
        for (const name of ['csv', 'html'] as const)
          if (options[name] !== undefined && dirs.length > 1)
            throw new LogError(`--${name} does not compare: ask for one run, or one folder of runs`);
        const [one] = given[0]!.sources;
        if (options.follow && (runs > 1 || typeof one !== 'string'))
          throw new LogError('--follow follows one run of our own');
        if ((options.from ?? 0) >= (options.to ?? Number.POSITIVE_INFINITY))
          throw new LogError('--from must be before --to');
      } catch (error) {
        fail(error, 2);
      }
      if (options.follow) return follow(given[0]!.sources[0] as string).catch((error) => fail(error, 1));
      try {
        await interruptible(async () => {
          if (options.sql !== undefined) await query(given[0]!.sources[0]!, options.sql, options.json);
          else if (given.length === 1) await analyze(withNamed(given[0]!.sources, options), options);
          else await (await import('../compare/compare-runs.ts')).compareRuns(given, options.json);
        });
      } catch (error) {
        fail(error, (error as Error).name === 'QueryError' ? 2 : 1);
      }
    },
  );
}

/** The runs; if `--history` names a history, there is one run, which gets it. */
function withNamed(
  sources: readonly (string | RunSource)[],
  options: AnalyzeOptions,
): readonly (string | RunSource)[] {
  const { history: file, historyFormat: format } = options;
  if (file === undefined) return sources;
  return sources.map((source) => withHistory(source, { ...options, file, format }));
}

/** The flag of an option: `--failed-cas` for `failedCas`. */
function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

async function guess(paths: readonly string[]): Promise<void> {
  const { guess } = await import('../import/guess/guess.ts');
  const { guessText } = await import('../import/guess/guess-text.ts');
  for (const path of paths) process.stdout.write(guessText(await guess(path), pc));
}

async function follow(dir: string): Promise<void> {
  await (await import('../follow/follow.ts')).followRun(dir);
}

// What needs the database is loaded when it is needed: it is large, and other commands start
// without it.

async function analyze(sources: readonly (string | RunSource)[], options: AnalyzeOptions): Promise<void> {
  const { json, csv } = options;
  const { analyzeRun, isViolated } = await import('../analyze.ts');
  const { PictureFiles } = await import('../report/files.ts');
  const pictures = new PictureFiles(options);
  const progress = new Progress();
  const reports: RunReport[] = [];
  for (const source of sources) {
    const path = typeof source === 'string' ? source : source.path;
    const place = sources.length === 1 ? '' : ` (${reports.length + 1} of ${sources.length})`;
    const onStep = (step: string) => progress.update(() => `analysing ${path}${place}: ${step}`);
    const report = await analyzeRun(source, onStep, async (run, known) => {
      onStep('pictures');
      await pictures.look(run, known);
    });
    reports.push(report);
  }
  progress.clear();
  const violated = isViolated(reports);
  if (csv !== undefined) (await import('../report/tables.ts')).writeTables(csv, reports);
  for (const said of pictures.write()) process.stderr.write(`${cleaned(said)}\n`);
  process.stdout.write(
    json ? `${JSON.stringify({ violated, runs: reports }, null, 2)}\n` : reportText(reports, pc),
  );
  if (violated) process.exitCode = 1;
}

function time(text: string): number {
  const us = parseTime(text);
  if (us === undefined) throw new InvalidArgumentError('It must be a time such as 1.5s, 300ms or 20us.');
  return us;
}

async function query(source: string | RunSource, sql: string, json: boolean): Promise<void> {
  const { queryRun, queryText } = await import('../run/query.ts');
  const rows = await queryRun(source, sql);
  process.stdout.write(json ? `${JSON.stringify(rows, null, 2)}\n` : queryText(rows));
}
