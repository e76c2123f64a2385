/** Times as logs of others write them, in SQL. */

export const TIME_UNITS = ['s', 'ms', 'us', 'ns', 'iso'] as const;
export type TimeUnit = (typeof TIME_UNITS)[number];

/** How far the point moves to make microseconds of one. */
const SHIFT = { s: 6, ms: 3, us: 0, ns: -3 } as const;

/**
 * SQL for the time that the column `text` tells, in microseconds, cut off behind them; null if it tells none. Numbers are taken digit by
 * digit: floating point does not hold a time in nanoseconds. `iso`: a date with a time, or a time of day alone; UTC if no zone is
 * said.
 */
export function microseconds(text: string, unit: TimeUnit): string {
  const us = unit === 'iso' ? fromIso(text) : fromNumber(text, SHIFT[unit]);
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

const DATE = '\\d{4}-\\d\\d-\\d\\d';
const TIME = '\\d\\d:\\d\\d:\\d\\d';
/** Nearly all are so, and read as they are. */
const USUAL = `${DATE}[T ]${TIME}(\\.\\d{1,6})?Z?`;
const ANY = `(?i)(?:(${DATE})[T ])?(${TIME})(?:[.,](\\d{1,9}))?\\s*(Z|[+-]\\d\\d:?\\d\\d)?`;

function fromIso(text: string): string {
  const part = (group: number) => `regexp_extract(${text}, '^${ANY}$', ${group})`;
  const day = `coalesce(nullif(${part(1)}, ''), '1970-01-01')`;
  const zone = `replace(${part(4)}, ':', '')`;
  const minutes = `${zone}[2:3]::BIGINT * 60 + ${zone}[4:5]::BIGINT`;
  const offset = `CASE ${zone}[1] WHEN '+' THEN ${minutes} WHEN '-' THEN -(${minutes}) ELSE 0 END`;
  const seconds = `epoch_us(try_cast(${day} || ' ' || ${part(2)} AS TIMESTAMP))`;
  return `(CASE WHEN regexp_full_match(${text}, '${USUAL}') THEN epoch_us(try_cast(${text} AS TIMESTAMP))
    WHEN regexp_full_match(${text}, '${ANY}')
    THEN ${seconds} + rpad(${part(3)}, 6, '0')::BIGINT - (${offset}) * 60000000 END)`;
}
