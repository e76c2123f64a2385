/** Reads a file of a client history in any of the formats. */
import { isUtf8 } from 'node:buffer';
import { readFileSync, statSync } from 'node:fs';
import { reason } from '../../logs/index.ts';
import { callsOf } from './calls.ts';
import { readEdnHistory } from './edn-history.ts';
import { HistoryError } from './error.ts';
import type { History } from './events.ts';
import { readJepsenLog } from './jepsen-log.ts';
import { readCalls, type Said } from './shape.ts';
import { readTickraftHistory } from './tickraft-history.ts';

/** The forms that can be read. */
export const HISTORY_FORMATS = ['jepsen', 'edn', 'tickraft'] as const;

export type HistoryFormat = (typeof HISTORY_FORMATS)[number];

/**
 * Reads `file`. Throws a HistoryError that names the line that cannot be read, or the possible
 * meanings.
 */
export function readHistory(file: string, format: HistoryFormat | undefined, said: Said): History {
  const { text, isText } = textOf(file);
  return parseHistory(text, file, format ?? formatOf(text), said, isText);
}

/** Bytes of a file that is read: it is held in memory as one text. */
const MOST_BYTES = 400 * 2 ** 20;

function textOf(file: string): { readonly text: string; readonly isText: boolean } {
  let bytes: Buffer;
  try {
    const { size } = statSync(file);
    if (size > MOST_BYTES) {
      throw new HistoryError(file, undefined, `${size} bytes are more than can be read (${MOST_BYTES})`);
    }
    bytes = readFileSync(file);
  } catch (error) {
    if (error instanceof HistoryError) throw error;
    throw new HistoryError(file, undefined, reason(error));
  }
  return { text: new TextDecoder().decode(bytes), isText: isUtf8(bytes) };
}

/**
 * Reads the text of a history; `file` is for errors. `isText`: all bytes of
 * the file were text.
 */
export function parseHistory(
  text: string,
  file: string,
  format: HistoryFormat,
  said: Said,
  isText = true,
): History {
  // Among the messages of a log there may be anything.
  if (!isText && format !== 'jepsen') throw new HistoryError(file, undefined, 'this is not UTF-8 text');
  if (format === 'tickraft') {
    const flag = said.shape !== undefined ? '--shape' : said.order !== undefined ? '--order' : undefined;
    if (flag === undefined) return readTickraftHistory(text, file);
    throw new HistoryError(
      file,
      undefined,
      `${flag} is for histories of Jepsen: this format does not need it`,
    );
  }
  const { events, others, notes } =
    format === 'edn' ? { ...readEdnHistory(text, file), notes: [] } : readJepsenLog(text, file, isText);
  const { calls, damage } = callsOf(events, file);
  return { format, damage, notes, passedOver: others, ...readCalls(calls, file, said) };
}

/** What a text looks like by how it begins. */
export function formatOf(text: string): HistoryFormat {
  const begin = text.replace(/^(?:\s|;[^\n]*\n)*/, '');
  if (/^\{\s*"/.test(begin)) return 'tickraft';
  return /^[[(]\s*(?:[\])({#;^]|$)|^[{#^]/.test(begin) ? 'edn' : 'jepsen';
}
