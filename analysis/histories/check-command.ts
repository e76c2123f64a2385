/** `tickraft check`: decides whether a client history is linearizable. */
import { writeFileSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import pc from 'picocolors';
import { reason } from '../../logs/errors.ts';
import type { Value } from '../../vm/store.ts';
import { type CheckSettings, checkHistory, HISTORY_MODELS, type HistoryModel } from './check-history.ts';
import { checkText } from './check-text.ts';
import { HistoryError } from './error.ts';
import type { FailedCas } from './events.ts';
import { historyPage } from './page.ts';
import { HISTORY_FORMATS, type HistoryFormat, readHistory } from './read-history.ts';

interface Options {
  readonly format?: HistoryFormat;
  readonly model?: HistoryModel;
  readonly initial?: Value;
  readonly failedCas: FailedCas;
  readonly seconds: number;
  readonly json: boolean;
  readonly html?: string;
}

/** Exit codes of the verdicts. */
const EXIT = { holds: 0, violated: 1, 'cannot tell': 3 } as const;

/** The command. Exit code 0: it holds; 1: violated; 2: wrong usage, or a file that cannot be read; 3: undecided. */
export function checkCommand(): Command {
  const models = Object.keys(HISTORY_MODELS);
  return new Command('check')
    .description('decide whether the history of some clients is linearizable')
    .argument('<file>', 'a history (see docs/check.md for the formats)')
    .addOption(new Option('--format <name>', 'its format; told by how it begins').choices(HISTORY_FORMATS))
    .addOption(new Option('--model <name>', 'what the operations mean; told by them').choices(models))
    .option(
      '--initial <value>',
      'what every key holds at first, as JSON or plain text (default: nil)',
      initialValue,
    )
    .addOption(
      new Option(
        '--failed-cas <what>',
        'what a failed compare-and-set says: nothing, or that the value differed',
      )
        .choices(['nothing', 'mismatch'])
        .default('nothing'),
    )
    .option('--seconds <n>', 'how long to look', positive, 60)
    .option('--json', 'one JSON document instead of text', false)
    .option('--html <file>', 'write a page that shows the history too')
    .action((file: string, options: Options, command: Command) => {
      try {
        run(file, options);
      } catch (error) {
        if (!(error instanceof HistoryError)) throw error;
        command.error(`error: ${error.message}`, { exitCode: 2, code: 'tickraft.usage' });
      }
    });
}

function run(file: string, options: Options): void {
  const history = readHistory(file, options.format, options.failedCas);
  const settings: CheckSettings = {
    model: options.model,
    initial: options.initial,
    budget: { ms: options.seconds * 1000, now: () => performance.now() },
  };
  const report = checkHistory(history, file, settings);
  process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : checkText(report, pc));
  process.exitCode = EXIT[report.verdict];
  if (options.html !== undefined) writePage(options.html, historyPage(report, history.operations));
}

function writePage(file: string, page: string): void {
  try {
    writeFileSync(file, page);
  } catch (error) {
    process.stderr.write(`error: cannot write ${file}: ${reason(error)}\n`);
    process.exitCode = 1;
  }
}

function positive(text: string): number {
  const seconds = Number(text);
  if (seconds > 0 && seconds <= 1_000_000) return seconds;
  throw new InvalidArgumentError('It must be a number of seconds above 0.');
}

function initialValue(text: string): Value {
  if (text === 'nil') return null;
  try {
    return JSON.parse(text) as Value;
  } catch {
    return text;
  }
}
