/** How a history is to be read and judged, as flags of a command. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Value } from '../../vm/store.ts';
import { HISTORY_MODELS, type HistoryModel } from './check-history.ts';
import type { FailedCas } from './events.ts';

/** What the flags say. */
export interface HistoryFlags {
  readonly model?: HistoryModel | undefined;
  readonly initial?: Value | undefined;
  readonly failedCas: FailedCas;
  /** How long to look. */
  readonly seconds: number;
}

/** The names of the flags. */
export const HISTORY_FLAGS = ['model', 'initial', 'failedCas', 'seconds'] as const;

/** Adds the flags to a command. */
export function addHistoryOptions(command: Command, seconds: number): Command {
  const models = Object.keys(HISTORY_MODELS);
  return command
    .addOption(
      new Option('--model <name>', 'what the operations of a history mean; told by them').choices(models),
    )
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
    .option('--seconds <n>', 'how long to look for an order of the operations', positive, seconds);
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
