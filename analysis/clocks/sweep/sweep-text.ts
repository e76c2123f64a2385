/** The report of a sweep as text for a terminal: the answers first, then every setting. */
import type { KeyNumber } from '../../compare/key-numbers.ts';
import { type TextColumn, textTable, wrap } from '../../output/text-table.ts';
import type { Colors } from '../../report/text.ts';
import type { Effect } from './effects.ts';
import { FACTORS } from './grid.ts';
import type { SweepSetting } from './results.ts';
import type { SweepReport } from './sweep.ts';
import {
  answerOf,
  type Change,
  changesOf,
  describe,
  explanations,
  intervalOf,
  numberOf,
  shown,
  TOPICS,
  titled,
} from './sweep-words.ts';

const WIDTH = 80;

/** The text, ended by a line feed. */
export function sweepText(report: SweepReport, colors: Colors): string {
  const lines = [
    colors.bold(`The clock exercise: ${describe(report)}`),
    ...explanations(report).flatMap((text) => wrap(text, WIDTH).map(colors.dim)),
    ...changesOf(report).flatMap((change) => ['', ...changeLines(change, report, colors)]),
    ...TOPICS.flatMap(({ title, numbers }) => [
      '',
      colors.bold(title),
      ...settingLines(report, numbers, colors),
    ]),
  ];
  return `${lines.join('\n')}\n`;
}

function changeLines(change: Change, report: SweepReport, colors: Colors): string[] {
  const [head, ...rows] = textTable(effectColumns(report), change.effects);
  return [
    colors.bold(change.title),
    ...answerOf(change).flatMap((sentence) => wrap(sentence, WIDTH)),
    colors.dim(head!),
    ...rows,
  ];
}

function effectColumns({ confidence }: SweepReport): TextColumn<Effect>[] {
  const of = ({ number }: Effect) => numberOf(number);
  return [
    { heading: 'number', align: 'left', value: (effect) => titled(of(effect)) },
    { heading: 'before', value: (effect) => shown(effect.before, of(effect)) },
    { heading: 'after', value: (effect) => shown(effect.after, of(effect)) },
    { heading: 'difference', value: (effect) => shown(effect.difference.mean, of(effect)) },
    { heading: `${100 * confidence}% interval`, value: (effect) => intervalOf(effect) || null },
    { heading: '', align: 'left', value: ({ clear }) => (clear ? 'clear' : '') },
  ];
}

function settingLines(
  { settings, factors }: SweepReport,
  numbers: readonly KeyNumber[],
  colors: Colors,
): string[] {
  const varied = FACTORS.filter((factor) => factors[factor].length > 1);
  const columns: TextColumn<SweepSetting>[] = [
    ...(varied.length === 0 ? FACTORS : varied).map((factor) => ({
      heading: factor,
      value: ({ levels }: SweepSetting) => levels[factor],
    })),
    ...numbers.map((number) => {
      const [heading, ...rest] = titled(number).split(', ');
      return { heading: heading!, unit: rest.join(', '), value: (of: SweepSetting) => cell(of, number) };
    }),
  ];
  const lines = textTable(columns, settings);
  const rows = lines.slice(-settings.length);
  const heads = lines.slice(0, -settings.length).filter((line) => line !== '');
  return [...heads.map(colors.dim), ...rows];
}

function cell({ estimates }: SweepSetting, number: KeyNumber): string | null {
  const estimate = estimates[number.name];
  if (estimate == null) return null;
  const margin = estimate.margin === null ? '' : ` ± ${shown(estimate.margin, number)}`;
  return shown(estimate.mean, number) + margin;
}
