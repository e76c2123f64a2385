/**
 * Pairs events: what each process called, and how that ended.
 *
 * A process has one operation at a time, so its calls and ends alternate. Where they do not, the file is refused, unless a
 * damaged line can be what is missing. An operation whose end is lost counts as one that never returned; one whose call is lost
 * is left out, and `Damage` says from which line on that can matter.
 */
import { HistoryError } from './error.ts';
import type { Damage, DamagedLine, HistoryEvent } from './events.ts';

/** An operation as its process told it. Times are positions among the events. */
export interface Call {
  readonly invoke: HistoryEvent;
  readonly at: number;
  /** Undefined: there is none, or it was lost. */
  readonly end: HistoryEvent | undefined;
  readonly endAt: number | undefined;
}

/** The calls of a history in the order in which they ended or were given up, and what damage there is. */
export function callsOf(
  events: readonly (HistoryEvent | DamagedLine)[],
  file: string,
): { readonly calls: readonly Call[]; readonly damage: Damage | undefined } {
  const pairing = new Pairing(file);
  events.forEach((event, at) => {
    if (event.type === 'damaged') pairing.damaged(event);
    else if (event.type === 'invoke') pairing.called(event, at);
    else pairing.ended(event, at);
  });
  return pairing.result();
}

/** The functions that only read, by their names in histories. */
const READS: readonly string[] = ['read', 'get'];

class Pairing {
  readonly #file: string;
  readonly #calls: Call[] = [];
  readonly #open = new Map<string, { readonly invoke: HistoryEvent; readonly at: number }>();
  /** Processes whose call was in a damaged line. */
  readonly #lost = new Set<string>();
  /** By process: the line of its last event. */
  readonly #last = new Map<string, number>();
  readonly #damagedLines: number[] = [];
  /** The last damaged line that can be of any process; 0: there is none. */
  #lastOfAny = 0;
  #firstCall: number | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  called(event: HistoryEvent, at: number): void {
    const { process, line } = event;
    const begun = this.#open.get(process);
    if (begun !== undefined) {
      if (!this.#mayHaveLost(process)) {
        this.#refuse(
          line,
          `process ${process} begins something before it has ended what it began in line ${begun.invoke.line}`,
        );
      }
      this.#giveUp(process);
    }
    this.#lost.delete(process);
    this.#open.set(process, { invoke: event, at });
    this.#last.set(process, line);
  }

  ended(event: HistoryEvent, at: number): void {
    const { process, line, f } = event;
    const begun = this.#open.get(process);
    const mayHaveLost = this.#mayHaveLost(process);
    this.#last.set(process, line);
    if (begun === undefined) {
      if (this.#lost.delete(process) || mayHaveLost) return;
      this.#refuse(
        line,
        `process ${process} ends something that it never began: a history must begin with calls`,
      );
    }
    if (begun.invoke.f !== f) {
      if (!mayHaveLost) {
        const what = `process ${process} ends a ${f}, but began a ${begun.invoke.f} in line ${begun.invoke.line}`;
        this.#refuse(line, what);
      }
      this.#giveUp(process);
      return;
    }
    this.#open.delete(process);
    this.#calls.push({ ...begun, end: event, endAt: at });
  }

  damaged({ line, process, was, f }: DamagedLine): void {
    this.#damagedLines.push(line);
    if (process === undefined) {
      this.#lastOfAny = line;
      this.#firstCall ??= line;
      return;
    }
    const mayHaveLost = this.#mayHaveLost(process);
    this.#last.set(process, line);
    // A process ends what it has begun before it begins anything: that tells which of the two this was.
    const isEndDue = this.#open.has(process) || this.#lost.has(process);
    const isCall = was === undefined ? !isEndDue : was === 'invoke';
    if (isCall === isEndDue && !mayHaveLost)
      this.#refuse(line, `process ${process} ${isCall ? 'begins' : 'ends'} something out of turn`);
    this.#giveUp(process);
    this.#lost.delete(process);
    if (!isCall) return;
    this.#lost.add(process);
    if (f === undefined || !READS.includes(f)) this.#firstCall ??= line;
  }

  result(): { readonly calls: readonly Call[]; readonly damage: Damage | undefined } {
    for (const process of [...this.#open.keys()]) this.#giveUp(process);
    const damage = { lines: this.#damagedLines, firstCall: this.#firstCall };
    return { calls: this.#calls, damage: damage.lines.length === 0 ? undefined : damage };
  }

  /** What the process has under way has no end that can be read. */
  #giveUp(process: string): void {
    const begun = this.#open.get(process);
    if (begun !== undefined) this.#calls.push({ ...begun, end: undefined, endAt: undefined });
    this.#open.delete(process);
  }

  /** Whether an event of the process can have been in a damaged line since its last one. */
  #mayHaveLost(process: string): boolean {
    return this.#lastOfAny > (this.#last.get(process) ?? 0);
  }

  #refuse(line: number, what: string): never {
    throw new HistoryError(this.#file, line, what);
  }
}
