/** Settings of a protocol by their names, as scenarios give them. */
import type { Settings, SettingValue } from './protocol.ts';

const KINDS: Readonly<Record<string, string>> = {
  number: 'one number',
  object: 'a range such as 15-30',
  boolean: 'on or off',
};

/** What a protocol may be given: each setting's usual value, and the words that one may be. */
export interface Known {
  readonly protocol: string;
  readonly usual: Readonly<Record<string, unknown>>;
  readonly words: Readonly<Record<string, readonly string[]>>;
}

/** The settings, checked. Throws a RangeError for what the protocol does not have. */
export function checkSettings<T>({ protocol, usual, words }: Known, settings: Settings): Partial<T> {
  for (const [name, value] of Object.entries(settings)) {
    const known = Object.hasOwn(usual, name) ? usual[name] : undefined;
    if (known === undefined) {
      throw new RangeError(`${protocol} has no setting ${name} (it has ${Object.keys(usual).join(', ')})`);
    }
    const choices = Object.hasOwn(words, name) ? words[name] : undefined;
    if (choices !== undefined) checkWord(name, value, choices);
    else checkValue(name, value, typeof known);
  }
  return settings as Partial<T>;
}

function checkWord(name: string, value: SettingValue, choices: readonly string[]): void {
  if (!choices.includes(String(value))) throw new RangeError(`${name} is one of ${choices.join(', ')}`);
}

function checkValue(name: string, value: SettingValue, kind: string): void {
  if (typeof value !== kind) throw new RangeError(`${name} is ${KINDS[kind] ?? 'a word'}`);
  if (typeof value === 'boolean' || typeof value === 'string') return;
  const [low, high] = typeof value === 'number' ? [value, value] : value;
  if (low < 1 || low > high) throw new RangeError(`${name} must be at least 1, and a range must not fall`);
}
