/** Times as logs of others write them, in SQL. */
import { literal } from '../run/database.ts';

export const TIME_UNITS = ['s', 'ms', 'us', 'ns', 'iso'] as const;
type TimeUnit = (typeof TIME_UNITS)[number];

/** How far the decimal point moves to convert it to microseconds. */
const SHIFT = { s: 6, ms: 3, us: 0, ns: -3 } as const;

/** The allowed contents of a user's format: directives of strptime that the database supports. */
const DIRECTIVES = /^(?:[^%]|%[aAbBdfgHIjmMnpSyYzZ%]|%-[dHIjmMSy])*$/;

/** Whether it describes times: a unit, or a format with directives (`%H:%M:%S.%f`). */
export function isTimeUnit(text: string): boolean {
  return isUnit(text) || (text.includes('%') && DIRECTIVES.test(text));
}

function isUnit(text: string): text is TimeUnit {
  return (TIME_UNITS as readonly string[]).includes(text);
}

/**
 * SQL for the time that the column `text` tells, in microseconds, cut off behind them; null if it
 * tells none. Numbers are taken digit by digit: floating point does not hold a time in nanoseconds.
 * `iso`: a date with a time, the greatest unit first, or a time of day alone; UTC if no zone is
 * said. Anything else is a format of strptime. `unit` is one that `isTimeUnit` takes.
 */
export function microseconds(text: string, unit: string): string {
  const us = !isUnit(unit)
    ? fromFormat(text, unit)
    : unit === 'iso'
      ? fromIso(text)
      : fromNumber(text, SHIFT[unit]);
  // Numbers in JavaScript hold no more.
  return `if(${us} <= ${Number.MAX_SAFE_INTEGER}, ${us}, NULL)`;
}

function fromNumber(text: string, shift: number): string {
  const part = (of: string, separator: string, place: number) =>
    `split_part(${of}, '${separator}', ${place})`;
  const whole = part(text, '.', 1);
  const fraction = part(text, '.', 2);
  const plain = shift < 0 ? `left(${whole}, ${shift})` : `${whole} || rpad(${fraction}, ${shift}, '0')`;
  // 1.7e9, as tables with floating-point columns are written.
  const mantissa = part(`lower(${text})`, 'e', 1);
  const point = `length(${part(mantissa, '.', 1)}) + ${part(`lower(${text})`, 'e', 2)}::INTEGER + ${shift}`;
  const scientific = `rpad(replace(${mantissa}, '.', ''), greatest(${point}, 0)::INTEGER, '0')`;
  return `(CASE WHEN regexp_full_match(${text}, '\\d+(\\.\\d*)?') THEN try_cast('0' || ${plain} AS BIGINT)
    WHEN regexp_full_match(${text}, '\\d+(\\.\\d*)?[eE][+-]?\\d{1,2}') THEN try_cast('0' || ${scientific} AS BIGINT) END)`;
}

/** A year that has a 29th of February, for dates that say none. */
const SOME_YEAR = '1972';

/** Nearly all are so, and read as they are. */
const USUAL = '\\d{4}-\\d\\d-\\d\\d[T ]\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,6})?Z?';
/** Year (or none), month and day, with whatever stands between them and the time. */
const DATE = '(?:(\\d{4})[-/.])?(\\d\\d?)[-/.](\\d\\d?)(?:[T_:]|[ ,-]\\s*)';
const REST = '(?:[.,](\\d{1,9}))?\\s*(Z|[+-]\\d\\d:?\\d\\d)?';
const DATED = `(?i)${DATE}(\\d\\d?)[:.-](\\d\\d)[:.-](\\d\\d)${REST}`;
/** Without a date, other signs than a colon might be one of a date. */
const OF_DAY = `(?i)(\\d\\d?):(\\d\\d):(\\d\\d)${REST}`;

function fromIso(text: string): string {
  const dated = (group: number) => `regexp_extract(${text}, '^${DATED}$', ${group})`;
  const ofDay = (group: number) => `regexp_extract(${text}, '^${OF_DAY}$', ${group})`;
  const two = (digits: string) => `lpad(${digits}, 2, '0')`;
  const day = `coalesce(nullif(${dated(1)}, ''), '${SOME_YEAR}') || '-' || ${two(dated(2))} || '-' || ${two(dated(3))}`;
  return `(CASE WHEN regexp_full_match(${text}, '${USUAL}') THEN epoch_us(try_cast(${text} AS TIMESTAMP))
    WHEN regexp_full_match(${text}, '${DATED}')
    THEN ${instant(day, [4, 5, 6].map(dated), dated(7), dated(8))}
    WHEN regexp_full_match(${text}, '${OF_DAY}')
    THEN ${instant(`'1970-01-01'`, [1, 2, 3].map(ofDay), ofDay(4), ofDay(5))} END)`;
}

/** SQL for a time of its parts. */
function instant(day: string, [hour, minute, second]: string[], fraction: string, zone: string): string {
  const bare = `replace(${zone}, ':', '')`;
  const minutes = `${bare}[2:3]::BIGINT * 60 + ${bare}[4:5]::BIGINT`;
  const offset = `CASE ${bare}[1] WHEN '+' THEN ${minutes} WHEN '-' THEN -(${minutes}) ELSE 0 END`;
  const seconds = `epoch_us(try_cast(${day} || ' ' || ${hour} || ':' || ${minute} || ':' || ${second} AS TIMESTAMP))`;
  return `${seconds} + rpad(${fraction}, 6, '0')::BIGINT - (${offset}) * 60000000`;
}

/** What a format does not say of the date is added to it and to the text. Blanks count once. */
function fromFormat(text: string, format: string): string {
  const has = (directives: string) => new RegExp(`%-?[${directives}]`).test(format);
  const [missing, value] = has('dj')
    ? has('yY')
      ? ['', '']
      : ['%Y ', `${SOME_YEAR} `]
    : ['%Y-%m-%d ', '1970-01-01 '];
  const once = format.trim().replaceAll(/\s+/g, ' ');
  return `epoch_us(try_strptime('${value}' || regexp_replace(trim(${text}), '\\s+', ' ', 'g'), ${literal(missing + once)}))`;
}
