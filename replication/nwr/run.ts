/**
 * Running commands and queries of any state machine over copies that are elsewhere: first with what
 * is here, to find out which keys they look at; then again with what R machines have of those. If
 * they look at others then, those are asked for too.
 */
import { compareKeys, type RangeOptions, type Store, type Value } from '../../vm/index.ts';
import { copiesIn, copyOf, isIn, nextNumber, rangeOf } from './copies.ts';
import type { Item, KeyRange, Nwr, Operation } from './state.ts';
import { latest, merge, pastOf, type Versions, visible } from './versions.ts';

/** The result of a run: what it looked at and was not given, what it returned, what it wrote. */
export interface Run {
  readonly lacks: readonly KeyRange[];
  readonly value: readonly unknown[];
  readonly writes: readonly Item[];
}

/** Runs the job of an operation over what it has been answered so far. */
export function run(replica: Nwr, operation: Operation): Run {
  const { machine, state } = replica;
  const store = new CopiesStore(replica, operation);
  const { job } = operation;
  if (job.type === 'read')
    return { lacks: store.lacks, value: [machine.query(job.query, store)], writes: [] };
  const value = job.commands.map((command, place) =>
    machine.apply(command, store, { index: state.clock, place, term: 0 }),
  );
  return { lacks: store.lacks, value, writes: store.writes() };
}

/** The copies that were answered, with what the run itself has written over them. */
class CopiesStore implements Store {
  readonly lacks: KeyRange[] = [];
  readonly #replica: Nwr;
  readonly #ranges: readonly KeyRange[];
  readonly #answered: ReadonlyMap<string, Versions>;
  readonly #written = new Map<string, Value | undefined>();

  constructor(replica: Nwr, { ranges, answers }: Operation) {
    this.#replica = replica;
    this.#ranges = ranges;
    this.#answered = mergeAnswers(replica, Object.values(answers));
  }

  get(key: string): Value | undefined {
    this.#need(rangeOf(key));
    if (this.#written.has(key)) return this.#written.get(key);
    return visible(this.#versions(key));
  }

  *range(from: string, to: string, options: RangeOptions = {}): Iterable<readonly [string, Value]> {
    this.#need([from, to]);
    const here = copiesIn(this.#replica.ctx.disk, [from, to]).map(([key]) => key);
    const all = new Set([...here, ...this.#answered.keys(), ...this.#written.keys()]);
    const keys = [...all].filter((key) => isIn([from, to], key)).sort(compareKeys);
    if (options.reverse) keys.reverse();
    let left = options.limit ?? Number.POSITIVE_INFINITY;
    for (const key of keys) {
      const value = this.#written.has(key) ? this.#written.get(key) : visible(this.#versions(key));
      if (value === undefined) continue;
      if (left-- <= 0) return;
      yield [key, value];
    }
  }

  put(key: string, value: Value): void {
    // What it is written over must be known: the new value's version is later than that.
    this.#need(rangeOf(key));
    this.#written.set(key, value);
  }

  delete(key: string): void {
    this.#need(rangeOf(key));
    this.#written.set(key, undefined);
  }

  /** The new values, each later than all that was found of its key. */
  writes(): Item[] {
    const { state, settings } = this.#replica;
    if (this.#written.size === 0 || this.lacks.length > 0) return [];
    const found = [...this.#written.keys()].map((key) => latest(this.#versions(key)));
    const at = nextNumber(this.#replica, Math.max(...found));
    return [...this.#written].map(([key, value]) => {
      const past = settings.conflicts === 'siblings' ? pastOf(this.#versions(key)) : {};
      const own = { by: state.writer, at, past, value: value ?? null };
      return [key, [value === undefined ? { ...own, gone: true } : own]];
    });
  }

  /**
   * What was answered, and what is here: a writer knows all that it has written itself, or whoever
   * knows its last number would be thought to know the earlier ones.
   */
  #versions(key: string): Versions {
    const { ctx, settings } = this.#replica;
    return merge(this.#answered.get(key) ?? [], copyOf(ctx.disk, key), settings.conflicts);
  }

  #need([from, to]: KeyRange): void {
    const isCovered = (range: KeyRange) => {
      const [low, high] = range;
      return compareKeys(low, from) <= 0 && (high === '' || (to !== '' && compareKeys(to, high) <= 0));
    };
    if (!this.#ranges.some(isCovered) && !this.lacks.some(isCovered)) this.lacks.push([from, to]);
  }
}

/** All answers in one. */
export function mergeAnswers(
  { settings }: Pick<Nwr, 'settings'>,
  answers: readonly (readonly Item[])[],
): Map<string, Versions> {
  const merged = new Map<string, Versions>();
  for (const [key, versions] of answers.flat())
    merged.set(key, merge(merged.get(key) ?? [], versions, settings.conflicts));
  return merged;
}
