/** `tickraft clocks`: runs the classic logical-clock exercise and prints where the logs are. */
import { Command, Option } from 'commander';
import { LogError, makeEmpty, Progress } from '../../logs/index.ts';
import { type ClocksRun, planRuns, simulateRun } from '../clocks/clocks.ts';
import { type ClocksOptions, parseClocksOptions } from '../clocks/options.ts';

/** The command. Wrong usage ends with exit code 2, what could not be done with 1. */
export function clocksCommand(): Command {
  return new Command('clocks')
    .description(
      'Run the classic logical-clock exercise: machines of different speeds that send each other messages at random.',
    )
    .addOption(
      new Option('--machines <n>', 'how many machines').default(undefined, '3, or as many as --rates names'),
    )
    .option(
      '--rates <rates>',
      'ticks per second: a range to draw from (1-6), or one for each machine (1,3,6)',
      '1-6',
    )
    .option('--seconds <s>', 'length of a run in seconds', '60')
    .option('--runs <n>', 'how many runs; each has its own seed', '5')
    .option('--internal <k/n>', 'probability that a tick without a message is an internal event', '7/10')
    .addOption(
      new Option(
        '--seed <n>',
        "the first run's seed; each further run has the next number. The same seed gives the same logs",
      ).default(undefined, 'drawn'),
    )
    .addOption(
      new Option(
        '--stamp <when>',
        'the clock that a message carries: the one after its send event, or before it',
      )
        .choices(['after', 'before'])
        .default('after'),
    )
    .option('--no-vector', 'write no vector clocks')
    .option('--live', 'use real processes and real time instead of a simulation', false)
    .requiredOption('--out <dir>', 'new or empty folder for the logs (required)')
    .action(runClocksCommand);
}

/** Runs the command with its flags, as commander gives them. */
export async function runClocksCommand(raw: unknown, command: Command): Promise<void> {
  let options: ClocksOptions;
  try {
    options = parseClocksOptions(raw);
  } catch (error) {
    command.error(`error: ${(error as Error).message}`, { exitCode: 2, code: 'tickraft.usage' });
  }
  try {
    await runClocks(options);
  } catch (error) {
    if (!(error instanceof LogError)) throw error;
    command.error(`error: ${error.message}`, { exitCode: 1, code: 'tickraft.failed' });
  }
}

async function runClocks({ settings, live, out }: ClocksOptions): Promise<void> {
  makeEmpty(out);
  const runs = planRuns(settings);
  const progress = new Progress();
  const rows: number[] = [];
  // Loaded when needed: a simulation needs neither sockets nor processes.
  const execute = live ? (await import('../clocks/live.ts')).runLive : simulateRun;
  try {
    for (const run of runs) {
      const onProgress = (seconds: number) =>
        progress.update(() => `${run.name} of ${runs.length}: ${seconds} of ${run.seconds} s`);
      rows.push(await execute(out, run, onProgress));
    }
  } finally {
    progress.clear();
  }
  process.stdout.write(summary(runs, rows, out));
}

function summary(runs: readonly ClocksRun[], rows: readonly number[], out: string): string {
  const first = runs[0]!;
  const width = Math.max(...runs.map(({ name }) => name.length));
  const lines = runs.map((run, i) => {
    const rates = run.machines.map(({ id, ticksPerSecond }) => `${id} ${ticksPerSecond}`);
    const shown = rates.length > 8 ? [...rates.slice(0, 8), '...'] : rates;
    return `  ${run.name.padEnd(width)}  ${String(rows[i]).padStart(7)} events   ticks/s: ${shown.join(', ')}`;
  });
  return [
    `${runs.length} ${runs.length === 1 ? 'run' : 'runs'} of ${first.seconds} s with ${first.machines.length} machines, seed ${first.seed}`,
    ...lines,
    `Logs are in ${out}; to analyse them: tickraft analyze ${out}`,
    '',
  ].join('\n');
}
