/** How others write times: the possible forms and units. */

/** A way to write times. */
interface Form {
  /** A regular expression that finds one. */
  readonly source: string;
  /** The units of `--time-unit` that texts of it may have; several if the texts leave a choice. */
  readonly units: (texts: readonly string[]) => readonly string[];
}

const CLOCK = '\\d\\d?[:.-]\\d\\d[:.-]\\d\\d(?:[.,]\\d{1,9})?';
const ZONE = '(?:Z|[+-]\\d\\d:?\\d\\d)?';
const iso = () => ['iso'];

/** The most special first. */
export const TIME_FORMS: readonly Form[] = [
  { source: `\\d{4}[-/.]\\d\\d?[-/.]\\d\\d?(?:[T_:]|[ ,-] ?)${CLOCK}${ZONE}`, units: iso },
  { source: `\\d\\d?[-/.]\\d\\d?[-/.]\\d{4}(?:[T_:]|[ ,-] ?)${CLOCK}`, units: dayAndMonth },
  { source: `\\d\\d?[-/.]\\d\\d?(?:[T_:]|[ ,-] ?)${CLOCK}`, units: dayAndMonth },
  {
    source: '[A-Z][a-z]{2} [A-Z][a-z]{2} +\\d\\d? \\d\\d:\\d\\d:\\d\\d \\d{4}',
    units: () => ['%a %b %d %H:%M:%S %Y'],
  },
  { source: `\\d\\d?:\\d\\d:\\d\\d(?:[.,]\\d{1,9})?${ZONE}`, units: iso },
  { source: '1\\d{9}(?:\\.\\d+)?', units: () => ['s'] },
  { source: '1\\d{12}(?:\\.\\d+)?', units: () => ['ms'] },
  { source: '1\\d{15}', units: () => ['us'] },
  { source: '1\\d{18}', units: () => ['ns'] },
];

/** A plain number: its unit is not known. */
export const ANY_NUMBER: Form = { source: '\\d+(?:\\.\\d+)?', units: () => ['s', 'ms'] };

/** The form that all of these texts have, if there is one. */
export function formOf(texts: readonly string[]): Form | undefined {
  return [...TIME_FORMS, ANY_NUMBER].find(({ source }) => {
    const whole = new RegExp(`^(?:${source})$`);
    return texts.length > 0 && texts.every((text) => whole.test(text));
  });
}

/**
 * Month or day first: both, as long as no number is above twelve. A name of a column may say the
 * unit (`time_ms`).
 */
function dayAndMonth(texts: readonly string[]): string[] {
  const parts = texts.map(
    (text) => /^(\d\d?)([-/.])(\d\d?)(?:[-/.](\d{4}))?([T_:]|[ ,-] ?)(.*)$/.exec(text)!,
  );
  const [, , between, , year, behind, clock] = parts[0]!;
  const time = clock!.replace(/^\d\d?(.)\d\d(.)\d\d/, '%H$1%M$2%S').replace(/(?<=%S[.,])\d+$/, '%f');
  const format = (first: string, second: string) =>
    `${first}${between}${second}${year === undefined ? '' : `${between}%Y`}${behind}${time}`;
  const may = (place: 1 | 3) => parts.every((part) => Number(part[place]) <= 12);
  return [...(may(1) ? [format('%m', '%d')] : []), ...(may(3) ? [format('%d', '%m')] : [])];
}

/** The unit that a column's name says. */
export function unitOf(name: string): string | undefined {
  const [, unit] =
    /(?:^|[^a-z])(s|sec|secs|seconds|ms|millis|milliseconds|us|micros|ns|nanos)\)?$/i.exec(name) ?? [];
  if (unit === undefined) return undefined;
  return /^m/i.test(unit) && !/^micro/i.test(unit)
    ? 'ms'
    : /^(u|micro)/i.test(unit)
      ? 'us'
      : /^n/i.test(unit)
        ? 'ns'
        : 's';
}
