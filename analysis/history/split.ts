/** The shapes that values of a history can have: where the key is, and what the value is. */
import type { Value } from '../../vm/index.ts';
import type { HistoryEvent } from './events.ts';

/** The shapes, as `--shape` names them. */
export const SHAPES = ['plain', 'tuple', 'triple', 'txn'] as const;

export type ShapeName = (typeof SHAPES)[number];

/** The shapes in words. */
export const SHAPE_MEANS: Readonly<Record<ShapeName, string>> = {
  plain: 'values as they are, a cas as [old new]',
  tuple: '[key value], as of jepsen.independent, a cas as [key [old new]]',
  triple: '[key value], a cas as [key old new]',
  txn: 'transactions of one micro-operation each, as [[:r key value]]',
};

/** Names of operations in histories. */
const NAMES: Readonly<Record<string, OperationType>> = {
  read: 'read',
  get: 'read',
  write: 'write',
  put: 'write',
  append: 'append',
  cas: 'cas',
};

/** Names of micro-operations. */
const MICRO: Readonly<Record<string, OperationType>> = {
  ':r': 'read',
  ':read': 'read',
  ':w': 'write',
  ':write': 'write',
  ':append': 'append',
};

/** Which checker decides histories of other operations. */
const OTHERS: readonly (readonly [readonly string[], string])[] = [
  [['txn', 'transfer'], 'transactions: Elle, or a checker of Jepsen, decides them'],
  [['add', 'inc', 'dec', 'increment', 'decrement'], "a set or a counter: Jepsen's own checkers decide them"],
  [['enqueue', 'dequeue', 'drain', 'send', 'poll'], "a queue: Jepsen's own checkers decide them"],
  [['acquire', 'release', 'lock', 'unlock'], 'a lock: Knossos decides them'],
];

export type OperationType = 'read' | 'write' | 'append' | 'cas';

/** The contents of an event in one shape. */
export interface Part {
  readonly type: OperationType;
  readonly key: string;
  readonly value: Value;
}

/** Why an event does not have a shape. */
export class Misfit {
  readonly line: number;
  readonly what: string;
  /** It has the shape, but cannot be decided here. */
  readonly isKnown: boolean;
  constructor(line: number, what: string, isKnown = false) {
    this.line = line;
    this.what = what;
    this.isKnown = isKnown;
  }
}

/** What an event says if its value has the shape. */
export function split(shape: ShapeName, event: HistoryEvent): Part | Misfit {
  if (shape === 'txn') return splitTransaction(event);
  const { f, value, line, key } = event;
  const type = isKnown(f) ? NAMES[f] : undefined;
  if (type === undefined) return new Misfit(line, unknownFunction(f));
  if (shape === 'plain') return { type, key: key ?? '', value };
  if (shape === 'triple' && type === 'cas' && Array.isArray(value) && value.length === 3) {
    return { type, key: keyText(value[0] as Value), value: value.slice(1) as Value };
  }
  if (!isTuple(event)) return new Misfit(line, `a ${f} of ${shortly(value)} is no [key value]`);
  const [own, rest] = event.value;
  return { type, key: keyText(own), value: rest };
}

function splitTransaction({ line, f, value }: HistoryEvent): Part | Misfit {
  if (!isMicro(value)) return new Misfit(line, `${shortly(value)} is no list of micro-operations`);
  if (!['', 'txn', 'read', 'write', 'append'].includes(f)) return new Misfit(line, unknownFunction(f));
  const [first, ...others] = value;
  if (first === undefined || others.length > 0) {
    const what = `a transaction of ${value.length} micro-operations: a transactional checker, as Elle, decides such histories`;
    return new Misfit(line, what, true);
  }
  const [name, key, rest = null] = first;
  const type = Object.hasOwn(MICRO, name) ? MICRO[name] : undefined;
  if (type === undefined) return new Misfit(line, `"${name}" is no micro-operation that is known here`);
  if ((f === 'read' && type !== 'read') || (f === 'write' && type === 'read')) {
    return new Misfit(line, `a ${f} holds the micro-operation "${name}"`);
  }
  return { type, key: keyText(key), value: rest };
}

/** Whether a function is one of a register or a map. */
export function isKnown(f: string): boolean {
  return Object.hasOwn(NAMES, f);
}

/** Why a function is not known. */
export function unknownFunction(f: string): string {
  const other = OTHERS.find(([names]) => names.includes(f));
  const hint = other === undefined ? '' : `; this looks like ${other[1]}`;
  return `"${f}" is no operation of a register or a map (known: ${Object.keys(NAMES).join(', ')})${hint}`;
}

type Tuple = HistoryEvent & { readonly value: readonly [Value, Value] };

/** Whether the value is a vector of two, or tagged as a tuple. */
export function isTuple(event: HistoryEvent): event is Tuple {
  const { value, kind } = event;
  return Array.isArray(value) && value.length === 2 && (kind === undefined || isTagged(event));
}

/** Whether a tag says that the value is a tuple. */
export function isTagged({ kind }: HistoryEvent): boolean {
  return kind !== undefined && /tuple|MapEntry/i.test(kind);
}

type Micro = readonly [name: string, key: Value, value?: Value];

/** Whether a value is a list of micro-operations: `[[:r 9 nil] [:append 3 1]]`. */
export function isMicro(value: Value): value is readonly Micro[] & Value {
  return Array.isArray(value) && value.length > 0 && value.every(isMicroOperation);
}

function isMicroOperation(value: Value): boolean {
  if (!Array.isArray(value) || value.length < 2 || value.length > 3) return false;
  const [name] = value as readonly Value[];
  return typeof name === 'string' && /^:[a-z]/.test(name);
}

/** A key as text: different keys are different texts, and none is empty. */
export function keyText(key: Value): string {
  if (typeof key !== 'string') return key === null ? 'nil' : JSON.stringify(key);
  // A text that could be taken for another key is told apart by its quotes.
  return /^$|^nil$|^true$|^false$|^["[{\d-]/.test(key) ? JSON.stringify(key) : key;
}

/** Characters of a value in a message. */
const MOST = 60;

/** A value as people read it. */
export function shortly(value: Value): string {
  const text = value === null ? 'nil' : JSON.stringify(value);
  return text.length > MOST ? `${text.slice(0, MOST - 1)}…` : text;
}
