/** The texts that the terminal output, the page, and the report of a run share. */
import { plural } from '../output/plural.ts';
import type { HistoryReport, OperationReport, OrderReport, UndecidedReport } from './check-history.ts';
import type { RestFlag } from './judge.ts';

/** Operations of a core, keys, and lines that are shown; the JSON report has all. */
export const MOST = 20;

/** Characters of a value, or of what an operation did, that a person is shown. */
const MOST_CHARACTERS = 160;

/** The text, cut if it is very long. */
export function brief(text: string): string {
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS - 1)}…` : text;
}

/** `61 operations of 61 clients on 1 key`. */
export function extent({ operations, clients, keys, model }: HistoryReport): string {
  const on = model === 'kv' ? ` on ${plural(keys, 'key')}` : '';
  return `${plural(operations, 'operation')} of ${plural(clients, 'client')}${on}`;
}

/** What keys hold at first: `beginning with null`. */
export function beginning({ initial, initialIsAny }: HistoryReport): string {
  return `beginning with ${initialIsAny ? 'any value' : JSON.stringify(initial)}`;
}

/** Why a history is undecided, but for how far it was searched. */
export function whyUndecided(report: HistoryReport, undecided: UndecidedReport): string {
  switch (undecided.because) {
    case 'time':
      return `the time ran out (${report.seconds.toFixed(1)} s) before ${extent(report)} were decided`;
    case 'memory':
      return `the memory limit was reached before ${extent(report)} were decided`;
    case 'nothing':
      return 'there is no operation in it';
    case 'order': {
      const { read, timed, line } = undecided;
      return `by the order of its lines the verdict is "${read}", by :time, which is another order (line ${line}), it is "${timed}": use --order lines or --order time`;
    }
    case 'damage':
      return undecided.read === 'holds'
        ? `what can be read holds, but ${damaged(report)} may say otherwise`
        : `what can be read is violated, but what explains it may have been called in ${damaged(report)}`;
  }
}

function damaged({ damagedLines }: HistoryReport): string {
  return `${plural(damagedLines.length, 'damaged line')} (${lineNumbers(damagedLines)})`;
}

function lineNumbers(lines: readonly number[]): string {
  return `${lines.slice(0, MOST).join(', ')}${lines.length > MOST ? ', ...' : ''}`;
}

const ASSUMED: Readonly<Record<RestFlag, { readonly is: string; readonly else: string }>> = {
  '--nil-read any': { is: 'reads of nil', else: 'nil says that a value is not known' },
  '--initial any': { is: 'all keys holding nil at first', else: 'the history begins in the middle' },
};

/** What a violation rests on, in a sentence; undefined if it is violated under any assumption. */
export function restsOn({ restsOn: rests }: HistoryReport): string | undefined {
  if (rests === null) return undefined;
  const is = rests.flags.map((flag) => ASSUMED[flag].is).join(' and ');
  if (!rests.isSure)
    return `Whether it rests on ${is} alone could not be decided in the time (${rests.flags.join(' ')}).`;
  const otherwise = rests.flags.map((flag) => ASSUMED[flag].else).join(' and ');
  return `It rests on ${is} alone: if ${otherwise} (${rests.flags.join(' ')}), it holds.`;
}

/** As far as an order goes, and what cannot follow. */
export function orderText({ order, state, refused }: OrderReport): string {
  const shown = order.slice(-MOST).map(told);
  const way =
    shown.length === 0
      ? 'At the beginning'
      : `As far as an order goes: ${order.length > MOST ? '... ' : ''}${shown.join(', then ')}. Then`;
  const stop = refused.map(told).join(' nor ');
  return `${way} ${brief(state)}${stop === '' ? '.' : `, and what must come next cannot: ${stop}.`}`;
}

function told({ what, client }: OperationReport): string {
  return `${brief(what)} (${brief(client)})`;
}

/** Notes on an operation in a part of a history. */
export function note({ begunBefore, stillOpen }: OperationReport): string {
  return [...(begunBefore ? ['begun before'] : []), ...(stillOpen ? ['still open then'] : [])].join(', ');
}

/** The lines of an operation in its file. */
export function lines({ calledLine, returnedLine }: OperationReport): string {
  if (returnedLine === null) return `${calledLine}-`;
  return returnedLine === calledLine ? `${calledLine}` : `${calledLine}-${returnedLine}`;
}

/** Further remarks, a sentence each. */
export function remarks(report: HistoryReport): string[] {
  const { open, leftOut, readAs, format, passedOver, damagedLines, judgedBefore, notes } = report;
  const things = plural(passedOver, format === 'edn' ? 'event' : 'line');
  return [
    ...(readAs === null ? [] : [`read as: ${readAs.means}; because: ${brief(readAs.because)}`]),
    ...(judgedBefore === null
      ? []
      : [
          `decided by what comes before line ${judgedBefore}, ${damagedLines.includes(judgedBefore) ? 'which is damaged and may have called anything' : 'from which on a call is missing'}`,
        ]),
    ...(damagedLines.length > 0
      ? [
          `damaged, but looking like operations: ${plural(damagedLines.length, 'line')} (${lineNumbers(damagedLines)})`,
        ]
      : []),
    ...(open > 0
      ? [`${plural(open, 'operation')} never returned: each may have happened at any time, or never`]
      : []),
    ...(leftOut > 0
      ? [`${plural(leftOut, 'operation')} never happened or said nothing, and were left out`]
      : []),
    ...notes,
    ...(passedOver > 0 ? [`ignored, as they are not from a client: ${things}`] : []),
  ];
}
