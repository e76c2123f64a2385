/** The verdict on a history as text for a terminal. */
import { plural } from '../check.ts';
import { type TextColumn, textTable } from '../text-table.ts';
import type { BreachReport, HistoryReport, OperationReport, OrderReport } from './check-history.ts';

/** What colours text, as picocolors does. */
interface Colors {
  bold(text: string): string;
  dim(text: string): string;
  green(text: string): string;
  red(text: string): string;
  yellow(text: string): string;
}

/** Operations of a core, and keys, that are shown; the JSON report has all. */
const MOST = 20;

const OPERATIONS: readonly TextColumn<OperationReport>[] = [
  { heading: 'client', align: 'left', value: ({ client }) => client },
  { heading: 'lines', align: 'left', value: lines },
  { heading: 'operation', align: 'left', value: ({ what }) => what },
  { heading: '', align: 'left', value: note },
];

/** The verdict, why, and what was left out. Ends with a line break. */
export function checkText(report: HistoryReport, colors: Colors): string {
  return `${[...verdict(report, colors), ...remarks(report).map((line) => colors.dim(`  ${line}`))].join('\n')}\n`;
}

function verdict(report: HistoryReport, colors: Colors): string[] {
  const { breach, undecided, operations, keys, clients, model, initial } = report;
  const all = `${plural(operations, 'operation')} of ${plural(clients, 'client')}`;
  const on = model === 'kv' ? ` on ${plural(keys, 'key')}` : '';
  if (breach !== null) {
    const where = breach.key === '' ? '' : ` on key ${breach.key}`;
    const head = `no order of the ${plural(breach.operations, 'operation')}${where} explains all answers`;
    return [`${colors.red('violated')}: ${head}`, ...why(breach, report, colors)];
  }
  if (undecided !== null) {
    const { because, ordered } = undecided;
    const end =
      because === 'time' ? `the time was up (${report.seconds.toFixed(1)} s)` : 'the memory was used up';
    const names = undecided.keys.slice(0, MOST).join(', ');
    return [
      `${colors.yellow('cannot tell')}: ${end} before ${all}${on} were decided`,
      `  ${names === '' ? '' : `undecided: ${names}; `}an order was found for ${ordered} of ${plural(undecided.operations, 'operation')}`,
    ];
  }
  const from = `beginning with ${JSON.stringify(initial)}`;
  return [`${colors.green('holds')}: ${all}${on} are linearizable, ${from} (${report.seconds.toFixed(3)} s)`];
}

function why(breach: BreachReport, { initial }: HistoryReport, colors: Colors): string[] {
  const start = breach.fromAnyState
    ? 'whatever was there before them'
    : `beginning with ${JSON.stringify(initial)}`;
  const few = breach.core.length <= MOST ? '' : `, the first ${MOST} of them`;
  return [
    '',
    colors.bold(
      `The smallest part that shows it (${plural(breach.core.length, 'operation')}${few}), ${start}:`,
    ),
    ...textTable(OPERATIONS, breach.core.slice(0, MOST)).map((line) => `  ${line}`),
    '',
    orderText(breach.ofCore),
    '',
  ];
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

/** Characters of a value, or of what an operation did, that a person is shown. */
const MOST_CHARACTERS = 160;

/** The text, cut if it is very long. */
export function brief(text: string): string {
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS - 1)}…` : text;
}

/** What is to be said of an operation in a part of a history. */
export function note({ begunBefore, stillOpen }: OperationReport): string {
  return [...(begunBefore ? ['begun before'] : []), ...(stillOpen ? ['still open then'] : [])].join(', ');
}

/** Where an operation stands in its file. */
export function lines({ calledLine, returnedLine }: OperationReport): string {
  if (returnedLine === null) return `${calledLine}-`;
  return returnedLine === calledLine ? `${calledLine}` : `${calledLine}-${returnedLine}`;
}

/** What else there is to say, a sentence each. */
export function remarks({ open, leftOut, notes }: HistoryReport): string[] {
  return [
    ...(open > 0
      ? [`${plural(open, 'operation')} never returned: each may have happened at any time, or never`]
      : []),
    ...(leftOut > 0
      ? [`${plural(leftOut, 'operation')} never happened or said nothing, and were left out`]
      : []),
    ...notes,
  ];
}
