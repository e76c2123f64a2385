/** Reads a file of a client history, in whichever form it is. */
import { readFileSync } from 'node:fs';
import { reason } from '../../logs/errors.ts';
import { readEdnHistory } from './edn-history.ts';
import { HistoryError } from './error.ts';
import { type FailedCas, type History, operationsOf } from './events.ts';
import { readJepsenLog } from './jepsen-log.ts';
import { readTickraftHistory } from './tickraft-history.ts';

/** The forms that can be read. */
export const HISTORY_FORMATS = ['jepsen', 'edn', 'tickraft'] as const;

export type HistoryFormat = (typeof HISTORY_FORMATS)[number];

/** Reads `file`. Throws a HistoryError that names the line of what cannot be understood. */
export function readHistory(file: string, format: HistoryFormat | undefined, failedCas: FailedCas): History {
  const text = textOf(file);
  return parseHistory(text, file, format ?? formatOf(text), failedCas);
}

function textOf(file: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new HistoryError(file, undefined, reason(error));
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new HistoryError(file, undefined, 'this is no UTF-8 text');
  }
}

/** Reads the text of a history; `file` is for errors. */
export function parseHistory(
  text: string,
  file: string,
  format: HistoryFormat,
  failedCas: FailedCas,
): History {
  if (format === 'tickraft') return readTickraftHistory(text, file);
  const { events, notes } =
    format === 'edn' ? { events: readEdnHistory(text, file), notes: [] } : readJepsenLog(text, file);
  return { format, notes, ...operationsOf(events, file, failedCas) };
}

/** What a text looks like by how it begins. */
export function formatOf(text: string): HistoryFormat {
  const begin = text.trimStart();
  if (/^\{\s*"/.test(begin)) return 'tickraft';
  return /^[[{(;#]/.test(begin) ? 'edn' : 'jepsen';
}
