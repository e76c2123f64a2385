/**
 * Names of accounts and rooms: their canonical form, and when two of them look alike.
 *
 * A name is compared in its canonical form: NFKC, in lower case. Its characters come from ranges
 * that Unicode assigned long ago, so that replicas on different versions of Node agree about them:
 * what normalisation and case say of an assigned character never changes (Unicode stability
 * policy). Beside digits and `_ . -`, all letters of a name are of one script.
 *
 * Two names that most fonts show alike have the same skeleton, after Unicode TS 39, 4; of those
 * only one can be taken. The table has the lower-case letters of Cyrillic and Greek that look like
 * Latin ones, and the pairs within ASCII. Left out: the rest of the table of TS 39, and letters
 * that differ in their marks only (`é` and `e` are two names).
 */

/** Characters of a name, at most. */
export const NAME_MAX = 32;

/** By script: the letters, in canonical form, as the inside of a character class. */
const SCRIPTS = {
  latin: 'a-z\\u00df-\\u00f6\\u00f8-\\u0131\\u0133-\\u013e\\u0142-\\u0148\\u014b-\\u017e',
  greek: '\\u03ac-\\u03ce',
  cyrillic: '\\u0430-\\u045f',
  hebrew: '\\u05d0-\\u05ea',
  arabic: '\\u0621-\\u063a\\u0641-\\u064a',
  japanese: '\\u3041-\\u3096\\u30a1-\\u30fa\\u30fc\\u3005\\u4e00-\\u9fa5',
  korean: '\\uac00-\\ud7a3',
} as const;

const anyOf = (extra: string): string =>
  Object.values(SCRIPTS)
    .map((letters) => `[${letters}0-9_.${extra}-]*`)
    .join('|');

/** What is true of every name in canonical form, but for its length. */
const NAME = new RegExp(`^(?:${anyOf('')})$`);
/** A name with `*` and `?` in it. */
const PATTERN = new RegExp(`^(?:${anyOf('*?')})$`);

/** The rule as text. */
export const NAME_RULE_TEXT = '1 to 32 letters of one script, 0-9, _ . -';

/** The form in which a typed name is stored and compared. */
export function canonicalName(typed: string): string {
  return typed.normalize('NFKC').toLowerCase().normalize('NFKC').replaceAll('ς', 'σ');
}

/** Whether it is a name in canonical form. */
export function isName(name: string): boolean {
  return name.length > 0 && name.length <= NAME_MAX && NAME.test(name) && canonicalName(name) === name;
}

/** Whether it is a pattern of names: a name with `*` (any characters) and `?` (any one). */
export function isPattern(pattern: string): boolean {
  return pattern.length <= NAME_MAX && PATTERN.test(pattern);
}

/** What letters look like in most fonts; first come the pairs of letters. */
const LOOKS: readonly (readonly [string, string])[] = [
  ['rn', 'm'],
  ['vv', 'w'],
  ['ß', 'ss'],
  ['ı', 'i'],
  ...pairs('01', 'ol'),
  ...pairs('авеёкмнорстухіїјѕ', 'aBeëkMHopcTyxiïjs'),
  ...pairs('αγεικνορτυχωόύίάϊϋ', 'ayeikvoptuxwóúíáïü'),
];

function pairs(from: string, to: string): [string, string][] {
  return [...from].map((character, i) => [character, [...to][i]!]);
}

const LOOK = new Map(LOOKS);
const LOOKING = new RegExp(LOOKS.map(([from]) => from).join('|'), 'g');

/** Names with the same skeleton look alike. */
export function skeletonOf(name: string): string {
  return name.replace(LOOKING, (found) => LOOK.get(found)!);
}
