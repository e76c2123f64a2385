/**
 * The client history of a run: what its folder holds, or a file that is named together with the
 * run.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { HISTORY_FILE } from '../../logs/index.ts';
import type { KeyState } from '../linearizability/models.ts';
import type { HistoryModel } from './check-history.ts';
import type { History } from './events.ts';
import type { HistoryFlags } from './history-options.ts';
import type { NilRead } from './judge.ts';
import { type HistoryFormat, readHistory } from './read-history.ts';

/** A history that was read, and how to check it. */
export interface RunHistory {
  readonly file: string;
  readonly history: History;
  readonly model: HistoryModel | undefined;
  readonly initial: KeyState | undefined;
  readonly nilRead?: NilRead | undefined;
  /** How long to search. */
  readonly seconds: number;
}

/** How long to search by default: everything else waits meanwhile, Ctrl-C too. */
export const SECONDS = 10;

/** A file, and the flags for it. */
export interface NamedHistory extends HistoryFlags {
  readonly file: string;
  readonly format: HistoryFormat | undefined;
}

/** The history in a run folder, if there is one. Throws a `HistoryError` if it cannot be read. */
export function historyIn(dir: string): RunHistory | undefined {
  const file = join(dir, HISTORY_FILE);
  if (!existsSync(file)) return undefined;
  const history = readHistory(file, 'tickraft', { failedCas: 'nothing' });
  return { file, history, model: undefined, initial: undefined, seconds: SECONDS };
}

/**
 * Reads a history that is named together with a run. Throws a `HistoryError` if it cannot be read.
 */
export function readNamed({ file, format, failedCas, shape, order, ...flags }: NamedHistory): RunHistory {
  const { model, initial, nilRead, seconds } = flags;
  const history = readHistory(file, format, { failedCas, shape, order });
  return { file, history, model, initial: initial?.value, nilRead, seconds };
}
