/**
 * Pairs events: what each process called, and how that ended.
 *
 * A process has one operation at a time, so its calls and ends alternate. Where they do not, the
 * file is refused, unless there is a damaged line since the last whole event of that process: the
 * line may have been the call or the end that is missing, whatever can still be read of it. An
 * operation whose end is lost counts as one that never returned; one whose call is lost is left
 * out, and `Damage` says from which line on that can matter. Both only remove information, so a
 * violation remains one.
 */
import type { Value } from '../../vm/index.ts';
import { HistoryError } from './error.ts';
import type { Damage, DamagedLine, HistoryEvent } from './events.ts';

/** An operation as its process reported it. Times are positions among the events. */
export interface Call {
  readonly invoke: HistoryEvent;
  readonly at: number;
  /** Undefined: there is none, or it was lost. */
  readonly end: HistoryEvent | undefined;
  readonly endAt: number | undefined;
}

/**
 * The calls of a history in the order in which they ended or were given up, and what damage there
 * is.
 */
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

/** The last whole event of a process. */
interface Last {
  readonly line: number;
  /** Damaged lines before it. */
  readonly damaged: number;
  /** It is an end that was cut, and what it ended stands here among the calls. */
  readonly cut: number | undefined;
}

class Pairing {
  readonly #file: string;
  readonly #calls: Call[] = [];
  readonly #open = new Map<string, { readonly invoke: HistoryEvent; readonly at: number }>();
  /** Processes whose call was in a damaged line, with its function if that can be read. */
  readonly #lost = new Map<string, string | undefined>();
  readonly #last = new Map<string, Last>();
  readonly #damagedLines: number[] = [];
  /** Ends that were cut, and turned out not to be where they belong. */
  readonly #misplaced: number[] = [];
  #firstCall: number | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  called(event: HistoryEvent, at: number): void {
    const { process } = event;
    const begun = this.#open.get(process);
    if (begun !== undefined || this.#lost.has(process)) {
      this.#needsDamage(
        event,
        `process ${process} begins something before it has ended what it began in line ${begun?.invoke.line}`,
      );
      this.#giveUp(process);
    }
    this.#open.set(process, { invoke: event, at });
    this.#saw(event);
  }

  ended(event: HistoryEvent, at: number): void {
    const { process, f, type: was, line } = event;
    const begun = this.#open.get(process);
    const due = begun === undefined ? this.#lost.get(process) : begun.invoke.f;
    const isDue = (begun !== undefined || this.#lost.has(process)) && (due ?? f) === f;
    if (!isDue && event.isCut) {
      this.damaged({ type: 'damaged', line, process, was, f });
      return;
    }
    if (!isDue) this.#needsDamage(event, outOfTurn(event, begun?.invoke));
    const since = this.#damagedSince(process);
    if (isDue && begun !== undefined && (since === undefined || isEndOf(event, begun.invoke))) {
      this.#open.delete(process);
      this.#calls.push({ ...begun, end: event, endAt: at });
      this.#saw(event, event.isCut ? this.#calls.length - 1 : undefined);
      return;
    }
    // Its own end and another call were lost. Without damage, it depends on the shape what such
    // values mean.
    if (isDue && begun !== undefined && since !== undefined) this.#mayCall(since);
    this.#giveUp(process);
    this.#saw(event);
  }

  damaged({ line, process, was, f }: DamagedLine): void {
    this.#damagedLines.push(line);
    if (process === undefined) {
      this.#mayCall(line);
      return;
    }
    const begun = this.#open.get(process);
    const isEndDue = begun !== undefined || this.#lost.has(process);
    const due = begun?.invoke.f ?? this.#lost.get(process);
    const isOther = isEndDue && f !== undefined && due !== undefined && f !== due;
    const isCall = was === undefined ? !isEndDue : was === 'invoke';
    // What can be read of the line contradicts the events before it: something of it is wrong, or
    // an event is missing.
    if (isCall === isEndDue || isOther)
      this.#mayCall(isCall ? this.#damagedSince(process)! : this.#firstMissing(process));
    this.#giveUp(process);
    if (isCall) this.#lost.set(process, f);
    // A line whose type cannot be read may have been a call even where an end was due: its process
    // may be misread, too.
    const isRead = isCall && f !== undefined && READS.includes(f);
    if (was === undefined || (isCall && !isRead)) this.#mayCall(line);
  }

  result(): { readonly calls: readonly Call[]; readonly damage: Damage | undefined } {
    for (const process of [...this.#open.keys()]) this.#giveUp(process);
    const lines = [...this.#damagedLines, ...this.#misplaced].sort((a, b) => a - b);
    const damage = { lines, firstCall: this.#firstCall };
    return { calls: this.#calls, damage: damage.lines.length === 0 ? undefined : damage };
  }

  #saw({ process, line }: HistoryEvent, cut?: number): void {
    this.#last.set(process, { line, damaged: this.#damagedLines.length, cut });
  }

  /** What the process has under way has no end that can be read. */
  #giveUp(process: string): void {
    const begun = this.#open.get(process);
    if (begun !== undefined) this.#calls.push({ ...begun, end: undefined, endAt: undefined });
    this.#open.delete(process);
    this.#lost.delete(process);
  }

  /** A change that cannot be read may have been called in this line, or behind it. */
  #mayCall(line: number): void {
    this.#firstCall = Math.min(line, this.#firstCall ?? line);
  }

  /** The first damaged line since the last whole event of the process. */
  #damagedSince(process: string): number | undefined {
    return this.#damagedLines[this.#last.get(process)?.damaged ?? 0];
  }

  /** From which line on a call of the process may be missing that the last damaged line ends. */
  #firstMissing(process: string): number {
    const since = this.#damagedSince(process)!;
    if (since < this.#damagedLines.at(-1)!) return since;
    const last = this.#last.get(process);
    if (last === undefined) return 1;
    return last.cut === undefined ? last.line + 1 : last.line;
  }

  /**
   * The event can be one of its process only if another one was lost in a damaged line: else the
   * file is refused.
   */
  #needsDamage({ process, line }: HistoryEvent, otherwise: string): void {
    const since = this.#damagedSince(process) ?? this.#misplacedEnd(process);
    if (since === undefined) throw new HistoryError(this.#file, line, otherwise);
    this.#mayCall(since);
  }

  /**
   * Treats the last event of the process as damage, if it is an end that was cut: its operation
   * then has no end.
   */
  #misplacedEnd(process: string): number | undefined {
    const { line, cut } = this.#last.get(process) ?? {};
    if (line === undefined || cut === undefined) return undefined;
    this.#calls[cut] = { ...this.#calls[cut]!, end: undefined, endAt: undefined };
    this.#misplaced.push(line);
    return line;
  }
}

/** Why an end is none of what its process has begun. */
function outOfTurn({ process, f }: HistoryEvent, begun: HistoryEvent | undefined): string {
  return begun === undefined
    ? `process ${process} ends something that it never began: a history must begin with calls`
    : `process ${process} ends a ${f}, but began a ${begun.f} in line ${begun.line}`;
}

/**
 * Whether a call can have ended so, whatever the shape of its values: an end says nothing, or what
 * was called, with answers in place of nil.
 */
function isEndOf({ type, value }: HistoryEvent, invoke: HistoryEvent): boolean {
  return type !== 'ok' || value === null || isFilledIn(invoke.value, value);
}

function isFilledIn(called: Value, ended: Value): boolean {
  if (called === null) return true;
  if (!Array.isArray(called) || !Array.isArray(ended))
    return JSON.stringify(called) === JSON.stringify(ended);
  return (
    called.length === ended.length && called.every((one, i) => isFilledIn(one as Value, ended[i] as Value))
  );
}
