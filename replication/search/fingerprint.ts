/**
 * Fingerprints: 64 bits that stand for plain data, in two halves. Of ten million different states,
 * two have the same with a probability of one in a hundred thousand.
 */

/** Two unsigned halves of 32 bits. */
export interface Fingerprint {
  readonly a: number;
  readonly b: number;
}

/** The fingerprint of a text (FNV-1a, and another of its kind). */
export function fingerprint(text: string): Fingerprint {
  let [a, b] = [0x811c9dc5, 0x1b873593];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x5bd1e995);
    b ^= b >>> 15;
  }
  return { a: scatter(a ^ text.length), b: scatter(b + text.length) };
}

/** Every bit of the result depends on every bit of `value` (the end of MurmurHash3). */
function scatter(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

const texts = new WeakMap<object, string>();

/**
 * Plain data as text: the same for the same, whatever the order of its keys. Numbers in the fields
 * `times`, and in what these hold, are told from `now` on.
 */
export function textOf(value: unknown, now: number, times: ReadonlySet<string>): string {
  return write(value, now, times, false);
}

function write(value: unknown, now: number, times: ReadonlySet<string>, isTime: boolean): string {
  if (typeof value === 'number') return isTime ? `${value - now}` : `${value}`;
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value !== 'object' || value === null) return String(value);
  // What is frozen is shared by many states, and none of it is a time.
  const isFrozen = Object.isFrozen(value);
  const known = isFrozen ? texts.get(value) : undefined;
  if (known !== undefined) return known;
  const text = Array.isArray(value)
    ? `[${value.map((item) => write(item, now, times, isTime)).join()}]`
    : writeFields(value as Readonly<Record<string, unknown>>, now, times, isTime);
  if (isFrozen) texts.set(value, text);
  return text;
}

function writeFields(
  value: Readonly<Record<string, unknown>>,
  now: number,
  times: ReadonlySet<string>,
  isTime: boolean,
): string {
  let text = '{';
  for (const key of Object.keys(value).sort()) {
    const field = value[key];
    if (field !== undefined) text += `${key}:${write(field, now, times, isTime || times.has(key))},`;
  }
  return `${text}}`;
}
