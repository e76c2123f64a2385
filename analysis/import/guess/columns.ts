/** Which columns of a table may be which of ours, by their names and values. */
import { kindByWord } from '../event-kind.ts';
import { formOf, unitOf } from './times.ts';
import { usualKind } from './words.ts';

/** A column of a sample. */
export interface SampleColumn {
  /** Its name, or its number where there is no header. */
  readonly ref: string;
  /** Whether `ref` is a name. */
  readonly named: boolean;
  /** In order; empty where a row has none. */
  readonly values: readonly string[];
}

/** Our columns that a guess may fill. */
export type Role =
  | 'time'
  | 'machine'
  | 'event'
  | 'clock'
  | 'vector'
  | 'queue'
  | 'peer'
  | 'message'
  | 'sender_clock'
  | 'send'
  | 'receive'
  | 'internal';

/** Names of columns, by what they are. A name is taken by the first that fits. */
const NAMES: readonly (readonly [Role | 'none', RegExp])[] = [
  ['none', /\b(old|before|prev|previous|seed|tick rate|rate)\b/],
  ['vector', /\b(vector|vc|vclock|vec)\b/],
  [
    'sender_clock',
    /\b(sender|message|msg|remote|received?|recv|their|incoming|other) (logical |lamport )?(clock|logical|lamport|lc|ts|timestamp)\b/,
  ],
  ['send', /\b(is|was|did) ?(send|sent)\b|^sent$|^send$/],
  ['receive', /\b(is|was|did) ?(receive|received|recv|rcv)\b|^received$|^recv$|^receive$/],
  ['internal', /\b(is|was) ?(internal|local)\b|^internal$/],
  ['queue', /\b(queue|inbox|backlog|qlen|buffer|pending)\b/],
  ['clock', /\b(logical|lamport|lc|lclock)\b/],
  ['time', /\b(system|sys|global|wall|real|unix|epoch|date|datetime|timestamp|time|ts|at|t)\b/],
  ['clock', /\b(clock|clk)\b/],
  ['event', /\b(event|type|kind|action|op|operation|what|activity)\b/],
  ['message', /\b(msg|message|mid|uuid)( ?id)?\b/],
  ['peer', /\b(from|to|peer|dest|destination|src|source|sender|receiver|recipient|target|partner|other)\b/],
  ['machine', /\b(machine|node|host|process|proc|pid|server|vm|name|who|replica|id)\b/],
];

/** A name in small letters, its words separated by blanks. */
function words(name: string): string {
  return name
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .replaceAll(/[^a-z]+/g, ' ')
    .trim();
}

const INTEGER = /^\d+(?:\.0*)?$/;
const VECTOR = /^\s*(?:"?\{.*:.*\}"?|[[(<]\s*\d+(?:[\s,;]+\d+)*\s*[\])>])\s*$/;

/** The roles that a column may have. */
export function rolesOf({ ref, named, values }: SampleColumn): Role[] {
  const some = values.filter((value) => value !== '');
  if (some.length === 0) return [];
  const fits: Readonly<Record<Role, () => boolean>> = {
    time: () => formOf(some) !== undefined,
    vector: () => some.every((value) => VECTOR.test(value)),
    clock: () => some.every((value) => INTEGER.test(value)),
    sender_clock: () => some.every((value) => INTEGER.test(value)),
    queue: () => some.every((value) => INTEGER.test(value)),
    send: () => isFlag(some),
    receive: () => isFlag(some),
    internal: () => isFlag(some),
    event: () => distinct(some) <= 24,
    message: () => true,
    peer: () => true,
    machine: () => true,
  };
  const byName = named ? NAMES.find(([, name]) => name.test(words(ref)))?.[0] : undefined;
  if (byName === 'none') return [];
  if (byName !== undefined) {
    if (fits[byName]()) return [byName];
    // "sent" may say to whom, "event" may be a number of its own.
    return [];
  }
  if (named) return fits.vector() ? ['vector'] : [];
  return byValues(some, fits);
}

/** Guesses without a name. */
function byValues(some: readonly string[], fits: Readonly<Record<Role, () => boolean>>): Role[] {
  if (fits.vector()) return ['vector'];
  const form = formOf(some);
  if (form !== undefined && !some.every((value) => INTEGER.test(value))) return ['time'];
  if (some.every((value) => INTEGER.test(value))) {
    if (form !== undefined && unitsOf(some, '').length === 1) return ['time'];
    if (rises(some)) return ['time', 'clock'];
    return ['clock', 'queue'];
  }
  const kinds = some.filter((value) => (kindByWord(value) ?? usualKind(value)) !== undefined);
  if (kinds.length >= some.length / 2 && fits.event()) return ['event'];
  if (distinct(some) <= 16) return ['machine', 'peer'];
  return ['message'];
}

/** The units in which times may be. */
export function unitsOf(values: readonly string[], name: string): readonly string[] {
  const some = values.filter((value) => value !== '');
  const units = formOf(some)?.units(some) ?? [];
  const told = unitOf(name);
  return told !== undefined && units.includes('s') ? [told] : units;
}

function isFlag(values: readonly string[]): boolean {
  return values.every((value) => /^(?:[01]|true|false|yes|no)$/i.test(value));
}

/** Whether numbers never fall, and do go up. */
export function rises(values: readonly string[]): boolean {
  const numbers = values.map(Number);
  return (
    numbers.length > 1 &&
    numbers.every((value, i) => i === 0 || value >= numbers[i - 1]!) &&
    distinct(values) > 1
  );
}

export function distinct(values: readonly string[]): number {
  return new Set(values).size;
}
