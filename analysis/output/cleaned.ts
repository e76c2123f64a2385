/**
 * Reports made safe for a terminal: names, keys and values in them come from the writer of the
 * logs.
 */
import { printable } from '../../vm/index.ts';

/**
 * The same plain data, every text in it of one line and without control characters. Text for
 * terminals is made of this; JSON, CSV and pages are not.
 */
export function cleaned<T>(data: T): T {
  return clean(data) as T;
}

function clean(data: unknown): unknown {
  if (typeof data === 'string') return printable(data, Number.POSITIVE_INFINITY);
  if (Array.isArray(data)) return data.map(clean);
  if (!isPlain(data)) return data;
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, clean(value)]));
}

function isPlain(data: unknown): data is object {
  return typeof data === 'object' && data !== null && Object.getPrototypeOf(data) === Object.prototype;
}
