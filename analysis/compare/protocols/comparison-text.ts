/** Protocols side by side as text for a terminal. */
import { plural } from '../../output/plural.ts';
import { type TextColumn, textTable, wrap } from '../../output/text-table.ts';
import type { Colors } from '../../report/text.ts';
import { CONFIDENCE } from '../statistics.ts';
import type {
  CostCell,
  CostRow,
  GuaranteeCell,
  GuaranteeRow,
  ProtocolComparison,
} from './compare-protocols.ts';

const WIDTH = 100;

/** The text, ended by a line feed. */
export function comparisonText(comparison: ProtocolComparison, colors: Colors): string {
  const { protocols, guarantees, costs } = comparison;
  const lines = [
    describe(comparison),
    ...table('In how many seeds each guarantee was broken', guaranteeColumns(protocols), guarantees, colors),
    ...table(
      `What each costs: mean over the seeds, and half of its interval`,
      costColumns(protocols),
      costs,
      colors,
    ),
    '',
    ...wrap(legend(comparison), WIDTH).map(colors.dim),
    comparison.violated
      ? colors.red('a protocol broke what it claims')
      : colors.green('no protocol broke what it claims'),
  ];
  return `${lines.join('\n')}\n`;
}

/** What was done, in a line. */
export function describe({ seeds, firstSeed, replicas, faults }: ProtocolComparison): string {
  const many = plural(seeds, 'seed');
  return `${many} from ${firstSeed} on, ${plural(replicas, 'replica')}, faults: ${faults.join(', ') || 'none'}`;
}

/** What the tables mean. */
function legend({ seeds }: ProtocolComparison): string {
  return `All protocols get the same requests and the same faults at the same times. * it claims to keep this; - it has nothing that this is about. In brackets the ${100 * CONFIDENCE}% interval of the part of seeds that break it, in per cent (Wilson's score interval); costs with half of Student's ${100 * CONFIDENCE}% interval of the mean over ${plural(seeds, 'seed')}.`;
}

function table<T>(
  title: string,
  columns: readonly TextColumn<T>[],
  rows: readonly T[],
  colors: Colors,
): string[] {
  const [head, ...lines] = textTable(columns, rows);
  return ['', colors.bold(title), colors.dim(head!), ...lines];
}

function guaranteeColumns(protocols: readonly string[]): TextColumn<GuaranteeRow>[] {
  return [
    { heading: 'guarantee', align: 'left', value: ({ title }) => title },
    ...protocols.map((heading, i) => ({
      heading,
      value: ({ cells }: GuaranteeRow) => (cells[i] == null ? null : guaranteeText(cells[i])),
    })),
  ];
}

/** `0*`, or `12 [4.1, 9.8]`. */
function guaranteeText({ claimed, broken, undecided, part }: GuaranteeCell): string {
  if (part === null) return 'undecided';
  const [low, high] = [1 - part.high, 1 - part.low].map((value) => (100 * value).toFixed(1));
  const open = undecided === 0 ? '' : ` (${undecided} undecided)`;
  return `${broken}${claimed ? '*' : ''} [${low}, ${high}]${open}`;
}

function costColumns(protocols: readonly string[]): TextColumn<CostRow>[] {
  return [
    {
      heading: 'cost',
      align: 'left',
      value: ({ title, unit }) => (unit === '' ? title : `${title} (${unit})`),
    },
    ...protocols.map((heading, i) => ({
      heading,
      value: (row: CostRow) => (row.cells[i] == null ? null : costText(row.cells[i], row.digits)),
    })),
  ];
}

/** `12.3 ± 0.4`. */
export function costText({ mean, margin }: CostCell, digits: number): string {
  return margin === null ? mean.toFixed(digits) : `${mean.toFixed(digits)} ± ${margin.toFixed(digits)}`;
}
