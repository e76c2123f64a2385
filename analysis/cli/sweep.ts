/**
 * `tickraft clocks --sweep`: the exercise over a grid of settings. Extends the command of
 * `clocks.ts`.
 */
import { randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import pc from 'picocolors';
import { LogError, makeEmpty, Progress, reason } from '../../logs/index.ts';
import { type Cell, parseGrid, type RawGrid } from '../clocks/sweep/grid.ts';
import { clocksCommand, runClocksCommand } from './clocks.ts';
import { interruptible } from './interruptible.ts';

interface Flags extends RawGrid {
  readonly sweep: boolean;
  readonly repetitions?: string;
  readonly json: boolean;
  readonly live: boolean;
  readonly out: string;
}

const EXAMPLES = `
Examples:
  tickraft clocks --seed 7 --out runs/clocks
  tickraft clocks --sweep --rates 1-6,3-4 --seed 7 --out runs/sweep
Then: tickraft analyze runs/clocks`;

/**
 * `tickraft clocks`, which knows `--sweep` too. Exit codes as the command's; a sweep ends with 1 if
 * a check is violated in some run.
 */
export function clocksWithSweep(): Command {
  return clocksCommand()
    .optionsGroup('Sweep over several settings:')
    .addOption(
      new Option(
        '--sweep',
        'run every combination of the values in --rates, --internal and --machines, and write one report. ' +
          'Commas separate values (--rates 1-6,3-4 --internal 7/10,3/10 --machines 3,5), colons the rates of one setting (1:3:6)',
      )
        .conflicts('live')
        .default(false),
    )
    .addOption(new Option('--repetitions <n>', 'runs of each setting').default(undefined, 'as --runs'))
    .option('--json', 'print the report as one JSON document', false)
    .addHelpText('after', EXAMPLES)
    .action(async (flags: Flags, command: Command) => {
      if (flags.sweep) return sweepCommand(flags, command);
      if (flags.json || flags.repetitions !== undefined)
        command.error('error: --repetitions and --json are for --sweep', {
          exitCode: 2,
          code: 'tickraft.usage',
        });
      return runClocksCommand(flags, command);
    });
}

async function sweepCommand(flags: Flags, command: Command): Promise<void> {
  let cells: Cell[];
  try {
    const seed = flags.seed ?? String(randomInt(1_000_000));
    cells = parseGrid({ ...flags, seed, runs: flags.repetitions ?? flags.runs });
  } catch (error) {
    const message = (error as Error).message.replace(/^--runs/, '--repetitions');
    command.error(`error: ${message}`, { exitCode: 2, code: 'tickraft.usage' });
  }
  try {
    await interruptible(() => runSweep(flags.out, cells, flags.json));
  } catch (error) {
    if (!(error instanceof LogError)) throw error;
    command.error(`error: ${error.message}`, { exitCode: 1, code: 'tickraft.failed' });
  }
}

/** Runs the grid, writes `report.json` and `report.html` beside the runs, and prints the report. */
async function runSweep(out: string, cells: readonly Cell[], json: boolean): Promise<void> {
  makeEmpty(out);
  // The database is large: only a sweep needs it.
  const { sweep } = await import('../clocks/sweep/sweep.ts');
  const { sweepPage } = await import('../clocks/sweep/sweep-page.ts');
  const { sweepText } = await import('../clocks/sweep/sweep-text.ts');
  const progress = new Progress();
  const begin = performance.now();
  const report = await sweep(out, cells, (done, total, what) =>
    progress.update(
      () =>
        `run ${Math.floor(done) + 1} of ${total}, ${remaining(performance.now() - begin, done, total)} (${what})`,
    ),
  ).finally(() => progress.clear());
  const document = `${JSON.stringify(report, null, 2)}\n`;
  write(join(out, 'report.json'), document);
  write(join(out, 'report.html'), sweepPage(report));
  write(join(out, 'report.txt'), sweepText(report, pc.createColors(false)));
  process.stdout.write(
    json ? document : `${sweepText(report, pc)}\nReports (text, JSON, page) and logs are in ${out}\n`,
  );
  if (report.violated.length > 0) process.exitCode = 1;
}

/** The estimated time left, at the speed so far. */
function remaining(passedMs: number, done: number, total: number): string {
  if (done === 0) return 'time left not known yet';
  const seconds = Math.ceil(((passedMs / done) * (total - done)) / 1000);
  return seconds < 120 ? `about ${seconds} s left` : `about ${Math.ceil(seconds / 60)} min left`;
}

function write(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new LogError(`cannot write ${path}: ${reason(error)}`);
  }
}
