/** `tickraft check`: decides whether a client history is linearizable. */
import { writeFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import pc from 'picocolors';
import { reason } from '../../logs/index.ts';
import { type CheckSettings, checkHistory } from '../history/check-history.ts';
import { checkText } from '../history/check-text.ts';
import { HistoryError } from '../history/error.ts';
import { addHistoryOptions, type HistoryFlags } from '../history/history-options.ts';
import { historyPage } from '../history/page.ts';
import { HISTORY_FORMATS, type HistoryFormat, readHistory } from '../history/read-history.ts';
import { cleaned } from '../output/cleaned.ts';

interface Options extends HistoryFlags {
  readonly format?: HistoryFormat;
  readonly json: boolean;
  readonly html?: string;
}

/** How long to search by default. */
const SECONDS = 60;

/** Exit codes of the verdicts. */
const EXIT = { holds: 0, violated: 1, 'cannot tell': 3 } as const;

/**
 * The command. Exit code 0: it holds; 1: violated; 2: wrong usage, or a file that cannot be read;
 * 3: undecided.
 */
export function checkCommand(): Command {
  const command = new Command('check')
    .description('Decide whether a history of client operations is linearizable.')
    .argument(
      '<file>',
      'a history of Jepsen, Porcupine or Tickraft (see docs/reference/check.md for the formats)',
    )
    .addOption(
      new Option('--format <name>', 'format of the file')
        .choices(HISTORY_FORMATS)
        .default(undefined, 'recognized by how the file begins'),
    );
  return addHistoryOptions(command, SECONDS)
    .optionsGroup('Output:')
    .option('--json', 'print one JSON document instead of text', false)
    .option('--html <file>', 'also write a page that shows the history')
    .addHelpText(
      'after',
      '\nExit codes: 0 it holds; 1 violated; 2 wrong usage or unreadable file; 3 cannot tell.',
    )
    .action((file: string, options: Options, command: Command) => {
      try {
        run(file, options);
      } catch (error) {
        if (!(error instanceof HistoryError)) throw error;
        command.error(`error: ${cleaned(error.message)}`, { exitCode: 2, code: 'tickraft.usage' });
      }
    });
}

function run(file: string, options: Options): void {
  const history = readHistory(file, options.format, options);
  const settings: CheckSettings = {
    model: options.model,
    initial: options.initial?.value,
    nilRead: options.nilRead,
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
