/**
 * Reads the text log of Jepsen's etcd tests, as Porcupine's test data has it too: one event a line, `process :type :f
 * value`, tabs or spaces between, with the logger's `INFO  jepsen.util - ` before it or without. Other lines of the
 * logger are passed over.
 */
import { EdnReader } from './edn.ts';
import { HistoryError } from './error.ts';
import type { HistoryEvent } from './events.ts';

const EVENT = /^(?:.*\bjepsen\.util\s*[-:]\s+)?(\S+)\s+:(invoke|ok|fail|info)\s+:(\S+)(?:\s+(.*))?$/;
const LOGGER = /\b(TRACE|DEBUG|INFO|WARN|ERROR|FATAL)\b/;

/** The events of a log. A last line that was cut off is left out, and a note says so. */
export function readJepsenLog(
  text: string,
  file: string,
): { readonly events: readonly HistoryEvent[]; readonly notes: readonly string[] } {
  const events: HistoryEvent[] = [];
  const lines = text.split(/\r?\n/);
  for (const [i, raw] of lines.entries()) {
    const line = raw.trimEnd();
    if (line === '') continue;
    const match = EVENT.exec(line);
    if (match !== null) {
      const [, process, type, f, value] = match as unknown as [
        string,
        string,
        HistoryEvent['type'],
        string,
        string?,
      ];
      // Jepsen's nemesis is a process with a keyword for a name, and no client.
      if (process.startsWith(':')) continue;
      events.push({ line: i + 1, process, type, f, key: undefined, value: firstForm(value, file, i + 1) });
    } else if (i === lines.length - 1) {
      return { events, notes: [`line ${i + 1}, the last one, is cut off and was left out`] };
    } else if (!LOGGER.test(line) || /jepsen\.util\s*[-:]\s+\d+\s/.test(line)) {
      throw new HistoryError(
        file,
        i + 1,
        `no event of a history: "${line.slice(0, 60)}" (process :type :f value)`,
      );
    }
  }
  return { events, notes: [] };
}

function firstForm(text: string | undefined, file: string, line: number): HistoryEvent['value'] {
  return new EdnReader(text ?? '', file, line).next()?.value ?? null;
}
