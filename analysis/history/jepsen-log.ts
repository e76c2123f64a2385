/**
 * Reads the text form of Jepsen's histories: one event a line, `process :type :f value`, tabs or
 * spaces between. So are `history.txt`, the `jepsen.log` of a test, where a logger's prefix stands
 * before it, and Porcupine's test data.
 *
 * A real log holds much else: settings over hundreds of lines, messages of nodes, stack traces.
 * That is counted and passed over. A line that looks like an event of a client and cannot be read
 * completely is damaged, and is passed on as such. Events lost without a trace cannot be seen here:
 * then calls and ends do not alternate, which `calls.ts` refuses.
 */
import { EdnReader } from './edn.ts';
import { HistoryError } from './error.ts';
import type { DamagedLine, HistoryEvent } from './events.ts';
import { isKnown } from './split.ts';

/**
 * The logger's prefix of events, in the forms that it has had; some tests put a time in brackets
 * behind it.
 */
const PREFIX = /^.*?\bjepsen\.(?:util|print)\s*[-:]?\s+(?:\[\s*\d+\s*\]\s+)?/;
const EVENT = /^(\S+)\s+:(invoke|ok|fail|info)\s+(nil|:\S+)(?:\s+(.*))?$/;
/** How an event of a client begins, be it cut off or garbled behind that. */
const BEGUN = /^\d+(?:\t|\s+:|\s*$|\D?:(?:invoke|ok|fail|info)\s)/;
/** Nothing follows the prefix. */
const BARE_PREFIX = /\bjepsen\.(?:util|print)\s*[-:]?\s*$/;
/** The complete parts of such a beginning. */
const WHOLE_PARTS = /^(\d+)\s+(?::(invoke|ok|fail|info)\s+(?::([\w-]+)\s)?)?/;
/** What may begin a second event, after the complete parts of the first. */
const SECOND = /\d(?:\t|\s+:)/;
/** An event of a client, anywhere in a line. */
const SOMEWHERE = /\d+\s+:(?:invoke|ok|fail|info)\s/g;
const LEVEL = /\b(?:TRACE|DEBUG|INFO|WARN|ERROR|FATAL)\b/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: colours of terminals begin with one.
const COLOURS = /\u001b\[[\d;]*[A-Za-z]/g;
/** What a decoder puts where bytes are no text. */
const NO_TEXT = '\u{fffd}';
/** The most lines that a value may span. */
const MOST_LINES = 100;

/** What a log held. */
export interface JepsenLog {
  /** In the order of the file. */
  readonly events: readonly (HistoryEvent | DamagedLine)[];
  /** Lines that are no history. */
  readonly others: number;
  readonly notes: readonly string[];
}

/**
 * Reads a log. A last line that was cut off is left out, and a note says so. `isText`: all bytes of
 * the file were text.
 */
export function readJepsenLog(text: string, file: string, isText = true): JepsenLog {
  const lines = text.replaceAll(COLOURS, '').split(/\r?\n/);
  // Where events stand behind a prefix, what stands without it is of another message, or has lost
  // its beginning.
  const isPrefixed = lines.some(
    (line) => PREFIX.test(line) && EVENT.test(line.trimEnd().replace(PREFIX, '')),
  );
  const events: (HistoryEvent | DamagedLine)[] = [];
  const notes: string[] = [];
  let others = 0;
  for (let at = 0; at < lines.length; at++) {
    const whole = lines[at]!.trimEnd();
    if (whole === '') continue;
    const hasPrefix = PREFIX.test(whole);
    const told = whole.replace(PREFIX, '');
    const isInPlace = hasPrefix === isPrefixed && [...told.matchAll(SOMEWHERE)].length <= 1;
    const line: Line = { told, number: at + 1, next: lines.slice(at + 1, at + 1 + MOST_LINES), file };
    const isReadable = isInPlace && (isText || !told.includes(NO_TEXT));
    const read = isReadable ? readEvent(line) : undefined;
    if (read === 'nobody') others++;
    else if (read !== undefined) {
      events.push(read.event);
      at += read.more;
    } else if (!looksLikeEvent(whole, told, isPrefixed)) others++;
    else if (at === lines.length - 1) notes.push(`line ${at + 1}, the last one, is cut off and was left out`);
    else events.push(damaged(line, isInPlace));
  }
  return { events, others, notes };
}

/** Whether a line that is no event may have been one of a client. */
function looksLikeEvent(whole: string, told: string, isPrefixed: boolean): boolean {
  if (told.search(SOMEWHERE) >= 0 || BARE_PREFIX.test(whole)) return true;
  return BEGUN.test(told) && (!isPrefixed || told !== whole);
}

interface Line {
  /** Without the prefix. */
  readonly told: string;
  readonly number: number;
  readonly next: readonly string[];
  readonly file: string;
}

/**
 * The event, and over how many more lines it goes; `nobody`: of no client; undefined: what matters
 * of it cannot be read.
 */
function readEvent(
  line: Line,
): { readonly event: HistoryEvent; readonly more: number } | 'nobody' | undefined {
  const match = EVENT.exec(line.told);
  if (match === null) return undefined;
  const [, process, type, name, rest] = match as unknown as readonly [
    string,
    string,
    HistoryEvent['type'],
    string,
    string?,
  ];
  // Jepsen's nemesis is a process with a keyword for a name, and no client.
  if (process.startsWith(':')) return 'nobody';
  const f = name === 'nil' ? '' : name.slice(1);
  const event = { line: line.number, process, type, f, key: undefined, value: null };
  // Of what never happened, or may have, the value says nothing; often an error stands in its
  // place.
  if (type === 'fail' || type === 'info') {
    const isCut = rest === undefined;
    return isCut && !isKnown(f) ? undefined : { event: { ...event, isCut }, more: 0 };
  }
  const isRead = f === 'read' || f === 'get';
  const needsValue = type === 'invoke' ? !isRead : isRead || !isKnown(f);
  const cut = { event: { ...event, isCut: type === 'ok' }, more: 0 };
  if (rest === undefined) return needsValue ? undefined : cut;
  const found = readValue(rest, line);
  if (found === undefined) return type === 'ok' && !needsValue ? cut : undefined;
  const { more, ...value } = found;
  return { event: { ...event, ...value }, more };
}

/**
 * A value, which may go on in the next lines. Undefined: it does not end, or is a word that means
 * nothing.
 */
function readValue(rest: string, { number, next, file }: Line) {
  let text = rest;
  for (let more = 0; ; more++) {
    try {
      const reader = new EdnReader(text, file, number);
      const value = reader.next()?.value ?? null;
      // Jepsen's values are no symbols: a bare word is what is left of `nil` and the like.
      if (typeof value === 'string' && reader.hasSymbols) return undefined;
      return { value, kind: reader.kindOf(value), more };
    } catch (error) {
      if (!(error instanceof HistoryError)) throw error;
    }
    const following = next[more];
    if (following === undefined || LEVEL.test(following) || EVENT.test(following)) return undefined;
    text += `\n${following}`;
  }
}

/** A damaged line, with what can still be read of it where its beginning is in its place. */
function damaged({ told, number: line }: Line, isInPlace: boolean): DamagedLine {
  const found = isInPlace ? WHOLE_PARTS.exec(told) : null;
  const parts = found !== null && SECOND.test(told.slice(found[0].length)) ? null : found;
  const [, process, was, f] = (parts ?? []) as unknown as readonly [
    string?,
    string?,
    HistoryEvent['type']?,
    string?,
  ];
  return { type: 'damaged', line, process, was, f };
}
