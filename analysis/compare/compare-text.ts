/**
 * Runs side by side as text for a terminal. Columns are named by letters; a star marks what
 * matters.
 */

import { cleaned } from '../output/cleaned.ts';
import { plural } from '../output/plural.ts';
import { type TextColumn, textTable, wrap } from '../output/text-table.ts';
import type { Colors } from '../report/text.ts';
import type { Comparison, NumberRow, SettingRow, VerdictRow } from './compare.ts';
import { KEY_NUMBERS } from './key-numbers.ts';

const WIDTH = 80;
/** The most columns beside each other; more follow below. */
const BESIDE = 5;

/** The text, ended by a line feed. */
export function compareText(given: Comparison, colors: Colors): string {
  const comparison = cleaned(given);
  const { columns, settings } = comparison;
  const blocks = Array.from({ length: Math.ceil(columns.length / BESIDE) }, (_, i) =>
    columns.map((_, column) => column).slice(i * BESIDE, (i + 1) * BESIDE),
  );
  const lines = [
    ...columns.map(
      ({ path, runs }, i) =>
        `${colors.bold(letter(i))}  ${path}${runs > 1 ? `  (mean of ${runs} runs)` : ''}`,
    ),
    ...blocks.flatMap((block) => [
      ...table('Settings', settingColumns(block), settings, colors),
      ...table('Verdicts', verdictColumns(block), comparison.verdicts.filter(isTold), colors),
      ...table('Numbers', numberColumns(block), comparison.numbers, colors),
    ]),
    '',
    ...wrap(legend(comparison), WIDTH).map(colors.dim),
    ending(comparison, colors),
  ];
  return `${lines.join('\n')}\n`;
}

/** A, B, ... Z, AA, ... */
function letter(i: number): string {
  return (i < 26 ? '' : letter(Math.floor(i / 26) - 1)) + String.fromCharCode(65 + (i % 26));
}

function table<T>(
  title: string,
  columns: readonly TextColumn<T>[],
  rows: readonly T[],
  colors: Colors,
): string[] {
  if (rows.length === 0) return [];
  const [head, ...lines] = textTable(columns, rows);
  return ['', colors.bold(title), colors.dim(head!), ...lines];
}

function settingColumns(block: readonly number[]): TextColumn<SettingRow>[] {
  return [
    { heading: 'setting', align: 'left', value: ({ name }) => name },
    ...block.map((i) => ({ heading: letter(i), value: ({ values }: SettingRow) => values[i] ?? 'differs' })),
  ];
}

const isTold = ({ outcomes }: VerdictRow) => outcomes.some((counts) => counts.holds + counts.violated > 0);

function verdictColumns(block: readonly number[]): TextColumn<VerdictRow>[] {
  return [
    { heading: 'check', align: 'left', value: ({ name }) => name },
    ...block.map((i) => ({ heading: letter(i), value: ({ outcomes }: VerdictRow) => outcome(outcomes[i]!) })),
    { heading: '', align: 'left', value: ({ differs }) => (differs ? '*' : '') },
  ];
}

/** The worst outcome, and of how many runs if not of all. */
function outcome(counts: VerdictRow['outcomes'][number]): string {
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const worst =
    (['violated', 'holds', 'cannot tell'] as const).find((one) => counts[one] > 0) ?? 'not-applicable';
  return counts[worst] === all ? worst : `${worst} ${counts[worst]}/${all}`;
}

function numberColumns(block: readonly number[]): TextColumn<NumberRow>[] {
  return [
    {
      heading: 'number',
      align: 'left',
      value: ({ title, unit }) => (unit === '' ? title : `${title} (${unit})`),
    },
    ...block.map((i) => ({ heading: `${letter(i)} `, value: (row: NumberRow) => cell(row, i) })),
    { heading: 'spread', value: (row) => (row.deviation === null ? null : written(row, row.deviation)) },
  ];
}

function cell(row: NumberRow, i: number): string {
  const of = row.cells[i];
  return of == null ? '- ' : `${written(row, of.mean)}${of.matters ? '*' : ' '}`;
}

function written({ name }: NumberRow, value: number): string {
  return value.toFixed(KEY_NUMBERS.find((number) => number.name === name)!.digits);
}

function legend({ numbers }: Comparison): string {
  const known = numbers.some(({ deviation }) => deviation !== null);
  const what = known
    ? '* after a number: further from A than the variation between runs of the same settings explains (spread: their standard deviation; 99%).'
    : 'No two runs have the same settings, so it is not known which differences are random: compare folders of several runs.';
  return `${what} * after verdicts: they differ. Checks that no run decides are left out.`;
}

function ending({ columns }: Comparison, colors: Colors): string {
  const runs = columns.reduce((sum, column) => sum + column.runs, 0);
  const bad = columns.reduce((sum, { violated }) => sum + violated, 0);
  return bad === 0
    ? colors.green(`${plural(runs, 'run')}: nothing is violated`)
    : colors.red(`${plural(runs, 'run')}: ${bad} with violations`);
}
