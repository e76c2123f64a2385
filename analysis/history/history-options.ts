/** How a history is read and checked, as flags of a command. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Value } from '../../vm/index.ts';
import { ANY_VALUE, type KeyState } from '../linearizability/models.ts';
import { HISTORY_MODELS, type HistoryModel } from './check-history.ts';
import type { FailedCas } from './events.ts';
import type { NilRead } from './judge.ts';
import { type HistoryOrder, ORDERS } from './order.ts';
import { SHAPES, type ShapeName } from './split.ts';

/** What the flags say. */
export interface HistoryFlags {
  readonly model?: HistoryModel | undefined;
  /** In an object, since `null` would be no value for commander; `ANY_VALUE`: nobody knows. */
  readonly initial?: { readonly value: KeyState } | undefined;
  readonly failedCas: FailedCas;
  readonly shape?: ShapeName | undefined;
  readonly nilRead: NilRead;
  readonly order?: HistoryOrder | undefined;
  /** How long to search. */
  readonly seconds: number;
}

/** The names of the flags. */
export const HISTORY_FLAGS = [
  'model',
  'shape',
  'initial',
  'nilRead',
  'order',
  'failedCas',
  'seconds',
] as const;

/** Adds the flags to a command. */
export function addHistoryOptions(command: Command, seconds: number): Command {
  const models = Object.keys(HISTORY_MODELS);
  return command
    .optionsGroup('Meaning of the client history:')
    .addOption(
      new Option('--model <name>', 'what the operations act on')
        .choices(models)
        .default(undefined, 'the smallest that has all operations'),
    )
    .addOption(
      new Option(
        '--shape <name>',
        'form of the values in a history of Jepsen: the value itself, [key value], [key value] with a cas of [key old new], or micro-operations',
      )
        .choices(SHAPES)
        .default(undefined, 'recognized; refused where it is ambiguous'),
    )
    .addOption(
      new Option(
        '--initial <value>',
        'initial value of every key, as JSON or plain text; "any" if the history begins in the middle',
      )
        .argParser(initialValue)
        .default(undefined, 'nil'),
    )
    .addOption(
      new Option('--nil-read <what>', 'what a read of nil means: the key is absent, or the value is unknown')
        .choices(['absent', 'any'])
        .default('absent'),
    )
    .addOption(
      new Option('--order <what>', 'order of events in an EDN history: the order of its lines, or :time')
        .choices(ORDERS)
        .default(undefined, 'both, if they give one verdict'),
    )
    .addOption(
      new Option(
        '--failed-cas <what>',
        'what a failed compare-and-set means: only that it did not happen, or also that the value differed',
      )
        .choices(['nothing', 'mismatch'])
        .default('nothing'),
    )
    .option('--seconds <n>', 'time limit of the search', positive, seconds);
}

function positive(text: string): number {
  const seconds = Number(text);
  if (seconds > 0 && seconds <= 1_000_000) return seconds;
  throw new InvalidArgumentError('It must be a number of seconds above 0.');
}

function initialValue(text: string): { readonly value: KeyState } {
  if (text === 'nil') return { value: null };
  if (text === 'any') return { value: ANY_VALUE };
  try {
    return { value: JSON.parse(text) as Value };
  } catch {
    return { value: text };
  }
}
