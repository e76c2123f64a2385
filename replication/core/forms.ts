/** The forms of values that arrive from elsewhere, checked by hand: every message is. */

/** An object that is no list. */
export type Fields = Readonly<Record<string, unknown>>;

/** The form of ids, sessions, nonces and names of requests. */
const TOKEN = /^[\x21-\x7e]{1,200}$/;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isListOf(value: unknown, isItem: (item: unknown) => boolean): value is readonly unknown[] {
  return Array.isArray(value) && value.every(isItem);
}

export function isBoolean(value: unknown): value is boolean {
  return typeof value === 'boolean';
}

export function isUpTo(value: unknown, most: number): value is number {
  return isCount(value) && value <= most;
}

export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** A name that is not one of those that every object has. */
export function isToken(value: unknown): value is string {
  return typeof value === 'string' && TOKEN.test(value) && !(value in Object.prototype);
}
