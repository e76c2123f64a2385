/** The verdict on a history as text for a terminal. */

import { cleaned } from '../output/cleaned.ts';
import { plural } from '../output/plural.ts';
import { type TextColumn, textTable } from '../output/text-table.ts';
import type { BreachReport, HistoryReport, OperationReport } from './check-history.ts';
import { beginning, extent, lines, MOST, note, orderText, remarks, restsOn, whyUndecided } from './words.ts';

/** What colours text, as picocolors does. */
interface Colors {
  bold(text: string): string;
  dim(text: string): string;
  green(text: string): string;
  red(text: string): string;
  yellow(text: string): string;
}

const OPERATIONS: readonly TextColumn<OperationReport>[] = [
  { heading: 'client', align: 'left', value: ({ client }) => client },
  { heading: 'lines', align: 'left', value: lines },
  { heading: 'operation', align: 'left', value: ({ what }) => what },
  { heading: '', align: 'left', value: note },
];

/** The verdict, why, and what was left out. Ends with a line break. */
export function checkText(given: HistoryReport, colors: Colors): string {
  const report = cleaned(given);
  return `${[...verdict(report, colors), ...remarks(report).map((line) => colors.dim(`  ${line}`))].join('\n')}\n`;
}

function verdict(report: HistoryReport, colors: Colors): string[] {
  const { breach, undecided } = report;
  if (breach !== null) {
    const where = breach.key === '' ? '' : ` on key ${breach.key}`;
    const head = `no order of the ${plural(breach.operations, 'operation')}${where} explains all answers`;
    const rests = restsOn(report);
    return [
      `${colors.red('violated')}: ${head}`,
      ...(rests === undefined ? [] : [colors.yellow(rests)]),
      ...why(breach, report, colors),
    ];
  }
  if (undecided !== null) {
    const head = `${colors.yellow('cannot tell')}: ${whyUndecided(report, undecided)}`;
    if (!('ordered' in undecided)) return [head];
    const names = undecided.keys.slice(0, MOST).join(', ');
    return [
      head,
      `  ${names === '' ? '' : `undecided: ${names}; `}an order was found for ${undecided.ordered} of ${plural(undecided.operations, 'operation')}`,
    ];
  }
  const all = `${extent(report)} are linearizable, ${beginning(report)}`;
  return [`${colors.green('holds')}: ${all} (${report.seconds.toFixed(3)} s)`];
}

function why(breach: BreachReport, report: HistoryReport, colors: Colors): string[] {
  const start = breach.fromAnyState ? 'whatever was there before them' : beginning(report);
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
