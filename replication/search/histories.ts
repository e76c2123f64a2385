/** What clients have asked and been told on the way to a state: each history kept once. */
import type { Outcome } from '../../vm/index.ts';
import type { ProtocolRequest } from '../protocol.ts';
import type { HistoryCheck } from '../scenario/run-options.ts';
import { type Fingerprint, fingerprint } from './fingerprint.ts';

/** A request, or an answer. */
export type HistoryEvent =
  | { readonly asked: string; readonly node: string; readonly body: ProtocolRequest }
  | { readonly answered: string; readonly outcome: Outcome };

/** A history: an event after another history. */
export interface History extends Fingerprint {
  readonly id: number;
  readonly before: History | undefined;
  readonly event: HistoryEvent | undefined;
  readonly answers: ReadonlyMap<string, Outcome>;
  /** The requests that are not answered. */
  readonly open: readonly string[];
  /** What in it cannot be true; null while nobody has asked. */
  wrong: string | undefined | null;
}

/** Makes the check of one history. */
export type NewHistory = () => HistoryCheck;

/** All histories of a search. */
export class Histories {
  readonly all: History[] = [];
  readonly #newHistory: NewHistory | undefined;
  readonly #duplicates: boolean;
  readonly #known = new Map<string, History>();

  /** `duplicates`: whether messages may arrive twice. */
  constructor(newHistory: NewHistory | undefined, duplicates: boolean) {
    this.#newHistory = newHistory;
    this.#duplicates = duplicates;
  }

  /** The history of a run so far. */
  first(events: readonly HistoryEvent[]): History {
    let history = this.#keep('history', undefined, undefined);
    for (const event of events) history = this.add(history, event);
    return history;
  }

  add(before: History, event: HistoryEvent): History {
    return this.#keep(`${before.a}.${before.b} ${JSON.stringify(event)}`, before, event);
  }

  /** What in a history cannot be true, of what its protocol guarantees. */
  wrong(history: History): string | undefined {
    if (history.wrong !== null) return history.wrong;
    history.wrong = this.contradiction(history, this.#newHistory);
    return history.wrong;
  }

  /** What in a history cannot be true by a check of this kind. */
  contradiction(history: History, newHistory: NewHistory | undefined): string | undefined {
    if (newHistory === undefined) return undefined;
    const check = newHistory();
    if (this.#duplicates) check.duplicates();
    for (const [at, event] of eventsOf(history).entries()) {
      if ('asked' in event) check.asked(event.asked, event.node, event.body, at);
      else check.answered(event.answered, event.outcome, at);
    }
    return check.contradiction();
  }

  #keep(text: string, before: History | undefined, event: HistoryEvent | undefined): History {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const [answers, open] = [new Map(before?.answers), [...(before?.open ?? [])]];
    if (event !== undefined && 'asked' in event) open.push(event.asked);
    else if (event !== undefined) {
      answers.set(event.answered, event.outcome);
      if (open.includes(event.answered)) open.splice(open.indexOf(event.answered), 1);
    }
    const isAnswer = event !== undefined && 'answered' in event;
    const history: History = {
      ...{ id: this.all.length, before, event, answers, open, wrong: isAnswer ? null : undefined },
      ...fingerprint(text),
    };
    this.all.push(history);
    this.#known.set(text, history);
    return history;
  }
}

/** The events of a history, earliest first. */
function eventsOf(history: History): HistoryEvent[] {
  const events: HistoryEvent[] = [];
  for (let one: History | undefined = history; one !== undefined; one = one.before)
    if (one.event !== undefined) events.push(one.event);
  return events.reverse();
}
