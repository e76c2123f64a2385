/** Times as logs of others write them. */

export const TIME_UNITS = ['s', 'ms', 'us', 'ns', 'iso'] as const;
export type TimeUnit = (typeof TIME_UNITS)[number];

/** Digits of a unit that are whole microseconds: seconds have six after the point. */
const SHIFT = { s: 6, ms: 3, us: 0, ns: -3 } as const;

/**
 * A time in microseconds, cut off behind them; null if the text is none. Numbers are taken digit by digit: a time in
 * nanoseconds has more of them than a number of JavaScript holds. `iso`: a date with a time, or a time of day alone; UTC if
 * no zone is said.
 */
export function toMicroseconds(text: string, unit: TimeUnit): number | null {
  if (unit === 'iso') return fromIso(text);
  const match = /^(\d+)(?:\.(\d*))?(?:e([+-]?\d{1,2}))?$/i.exec(text);
  if (match === null) return null;
  const [, whole = '', fraction = '', power = '0'] = match;
  const point = whole.length + Number(power) + SHIFT[unit];
  const us = Number(point <= 0 ? 0 : (whole + fraction).padEnd(point, '0').slice(0, point));
  return Number.isSafeInteger(us) ? us : null;
}

const ISO = /^(?:(\d{4}-\d\d-\d\d)[T ])?(\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?\s*(Z|[+-]\d\d:?\d\d)?$/i;

function fromIso(text: string): number | null {
  const match = ISO.exec(text);
  if (match === null) return null;
  const [, day = '1970-01-01', hours, minutes, seconds, fraction = '', zone = 'Z'] = match;
  const offset = /^[+-]/.test(zone) ? `${zone.slice(0, 3)}:${zone.slice(-2)}` : 'Z';
  const ms = Date.parse(`${day}T${hours}:${minutes}:${seconds}${offset}`);
  return Number.isNaN(ms) ? null : ms * 1000 + Number(fraction.slice(0, 6).padEnd(6, '0'));
}
