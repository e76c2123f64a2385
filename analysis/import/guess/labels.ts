/** The labels beside a number or a name in a sentence. */
import { kindByWord } from '../event-kind.ts';
import { ANY_NUMBER, TIME_FORMS } from './times.ts';
import { eventWord, usualKind } from './words.ts';

/** A part of a pattern: a regular expression with one group, called as our column. */
export interface Field {
  readonly name: string;
  readonly source: string;
}

/** Labels before a number, the most special first. */
const CLOCKS = [
  'logical[ _-]?clock[ _-]?time',
  'logical[ _-]?clock',
  'logical[ _-]?time',
  'lamport[ _-]?clock',
  'lamport',
  'logical',
  'lc',
  'clock',
  'clk',
];
const OTHERS_CLOCK =
  "(?:sender|sender's|system|global|wall|old|prev|previous|message|msg|received|remote|their|from)[ _-]";
const SENDER_CLOCKS =
  "(?:sender|sender's|message|msg|received|remote|their)[ _-](?:logical[ _-]?)?(?:clock|logical|time|lc)";
const QUEUES = [
  '(?:message )?queue(?:[ _-]?(?:length|size|len))?',
  'inbox(?:[ _-]?(?:length|size))?',
  'qlen',
  'remaining(?: messages)?',
];
const AFTER_QUEUES =
  '(?: messages?)?(?: (?:are|is))? (?:left|remaining|waiting|pending|in)(?: in)?(?: (?:the|my|its))? (?:queue|inbox)';
const WHO = '(?:machine|process|node|server|host|client|peer|vm|port|proc)';
const PEER = `\\b(?:from|to)(?: the)?(?: ${WHO})?[ #_:-]*`;
const VECTOR = '\\{[^{}]*:\\s*\\d[^{}]*\\}|\\[\\d+(?:,\\s*\\d+)+\\]|\\(\\d+(?:,\\s*\\d+)+\\)';

/** A label in the case that the lines have it in, as a pattern of the command has no flags. */
function inCase(label: string, lines: readonly string[]): string {
  const written = (write: (word: string) => string) =>
    label.replaceAll(/\\.|\[[^\]]*\]|\(\?(?:<?[!=]|:)|[a-z]+/g, (part) =>
      /^[a-z]+$/.test(part) ? write(part) : part,
    );
  const ways = [
    label,
    written((word) => word[0]!.toUpperCase() + word.slice(1)),
    written((word) => word.toUpperCase()),
    written((word) => word.replaceAll(/[a-z]/g, (letter) => `[${letter.toUpperCase()}${letter}]`)),
  ];
  const matches = (way: string) => lines.filter((line) => new RegExp(way).test(line)).length;
  const most = matches(ways.at(-1)!);
  return ways.find((way) => matches(way) === most)!;
}

const labelled = (label: string, name: string) => `\\b${label}\\W{0,4}(?<${name}>\\d+)`;

/**
 * A field with exactly the words that stand around its value in these lines, if they are few: a
 * person can read it then.
 */
function narrowed({ name, source }: Field, lines: readonly string[]): Field {
  const group = new RegExp(`\\(\\?<${name}>(?:[^()]|\\((?:[^()])*\\))*\\)`).exec(source)![0];
  const around = new Set<string>();
  for (const line of lines) {
    const found = new RegExp(source, 'd').exec(line);
    const [from, to] = found?.indices?.groups?.[name] ?? [];
    if (found === null || from === undefined || to === undefined) continue;
    const [before, behind] = [line.slice(found.index, from), line.slice(to, found.index + found[0].length)];
    around.add(`${escaped(before).replace(/^(?:from|to)\b/, '(?:from|to)')}${group}${escaped(behind)}`);
  }
  if (around.size > 1) return { name, source };
  const [only] = around;
  return { name, source: (/^\w/.test(only!) ? '\\b' : '') + only };
}

/** The ways to find a clock: several where lines have several numbers that may be one. */
export function clockFields(lines: readonly string[]): Field[] {
  const found: Field[] = [];
  const seen = new Set<string>();
  for (const label of CLOCKS) {
    const others = othersBefore(label, lines);
    const not = others.length === 0 ? '' : `(?<!${others.map(escaped).join('|')})`;
    const source = labelled(inCase(label, lines), 'clock');
    const field = { name: 'clock', source: `${not}${source}` };
    const values = lines.map((line) => new RegExp(field.source).exec(line)?.groups?.clock);
    if (values.filter(Boolean).length < lines.length / 2 || seen.has(values.join())) continue;
    seen.add(values.join());
    const own = narrowed(field, lines);
    found.push(
      own === field ? field : { ...own, source: `${own.source.startsWith('(?<!') ? '' : not}${own.source}` },
    );
  }
  return found;
}

/** Words before a label that make it another clock, as they stand in the lines. */
function othersBefore(label: string, lines: readonly string[]): string[] {
  const other = new RegExp(`\\b(${OTHERS_CLOCK})${label}\\b`, 'i');
  return [...new Set(lines.flatMap((line) => other.exec(line)?.[1] ?? []))];
}

/** The fields that are there in at least one line, without those of which there may be several. */
export function otherFields(lines: readonly string[], machines: readonly string[], alone: boolean): Field[] {
  const has = ({ source }: Field) => lines.some((line) => new RegExp(source).test(line));
  const first = (fields: readonly Field[]) =>
    fields
      .filter(has)
      .slice(0, 1)
      .map((one) => narrowed(one, lines));
  const field = (name: string, label: string) => ({ name, source: labelled(inCase(label, lines), name) });
  const names = [...machines.map(escaped), '\\d+'].join('|');
  return [
    ...first([field('sender_clock', SENDER_CLOCKS)]),
    ...first([
      { name: 'queue', source: `(?<queue>\\d+)${inCase(AFTER_QUEUES, lines)}` },
      ...QUEUES.map((label) => field('queue', label)),
    ]),
    ...first([{ name: 'peer', source: `${inCase(PEER, lines)}(?<peer>${names})\\b` }]),
    ...[{ name: 'vector', source: `(?<vector>${VECTOR})` }].filter(has),
    ...(alone
      ? first([
          { name: 'machine', source: `(?<!\\b(?:from|to) )\\b${inCase(WHO, lines)}[ #_-]?(?<machine>\\d+)` },
        ])
      : []),
  ];
}

/** What may not surround a time. */
const NO_WORD = ['(?<![\\w.])', '(?![\\w.])'] as const;

/** What a time looks like: any digits in place of its own. */
function shapeOf(text: string): string {
  return escaped(text)
    .replaceAll(/\d+/g, '\\d+')
    .replaceAll(/[A-Z][a-z]{2}/g, '\\w+');
}

/** How the times of lines are found, with the texts that are found so. */
export function timeField(lines: readonly string[]): { field: Field; units: readonly string[] } | undefined {
  const ways = [
    ...TIME_FORMS.map((form) => ({ form, source: `${NO_WORD[0]}(?<time>${form.source})${NO_WORD[1]}` })),
    { form: ANY_NUMBER, source: `^\\W*(?<time>${ANY_NUMBER.source})` },
    {
      form: ANY_NUMBER,
      source: `\\b${inCase('(?:time|timestamp)', lines)}\\W{0,4}(?<time>${ANY_NUMBER.source})`,
    },
  ];
  for (const { form, source } of ways) {
    const texts = lines.flatMap((line) => new RegExp(source).exec(line)?.groups?.time ?? []);
    if (texts.length < lines.length / 2) continue;
    const shapes = new Set(texts.map(shapeOf));
    const [shape] = shapes;
    const own = shapes.size === 1 ? source.replace(form.source, () => shape!) : source;
    return {
      field: { name: 'time', source: own.replace(NO_WORD[0], '').replace(NO_WORD[1], '') },
      units: form.units(texts),
    };
  }
  return undefined;
}

/** The words that mark events, and the meanings of those that the reader does not know. */
export function eventField(lines: readonly string[]): { field: Field; events: string } | undefined {
  const words = [...new Set(lines.flatMap((line) => eventWord(line) ?? []))].sort(
    (a, b) => b.length - a.length,
  );
  if (words.length === 0) return undefined;
  const told = words.filter((word) => kindByWord(word) === undefined);
  return {
    field: { name: 'event', source: `\\b(?<event>${words.join('|')})\\b` },
    events: told.map((word) => `${word}=${usualKind(word)}`).join(','),
  };
}

function escaped(text: string): string {
  return text
    .replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&')
    .replaceAll('\t', '\\t')
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (char) =>
      Array.from(
        { length: char.length },
        (_, i) => `\\u${char.charCodeAt(i).toString(16).padStart(4, '0')}`,
      ).join(''),
    );
}
