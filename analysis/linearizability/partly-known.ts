/** What is known of the value of a key where the history does not say what it began with. */
import type { Value } from '../../vm/index.ts';

/**
 * Any value except those that are excluded by operations; or, after appends to it, any that ends in
 * what was appended.
 */
export class PartlyKnown {
  /** A text, or the elements of a list; undefined: nothing was appended. */
  readonly ending: string | readonly Value[] | undefined;
  /** By their keys, in order. */
  readonly excluded: readonly string[];

  constructor(ending?: string | readonly Value[], excluded: readonly string[] = []) {
    this.ending = ending;
    this.excluded = excluded;
  }

  /** Equal for equal knowledge only, and never that of a value. */
  get key(): string {
    return `?${JSON.stringify([this.ending ?? null, this.excluded])}`;
  }

  mayBe(value: Value): boolean {
    if (this.excluded.includes(JSON.stringify(value))) return false;
    if (this.ending === undefined) return true;
    if (typeof this.ending === 'string') return typeof value === 'string' && value.endsWith(this.ending);
    const tail = Array.isArray(value) ? value.slice(-this.ending.length) : [];
    return JSON.stringify(tail) === JSON.stringify(this.ending);
  }

  without(value: Value): PartlyKnown {
    const key = JSON.stringify(value);
    if (!this.mayBe(value)) return this;
    return new PartlyKnown(this.ending, [...this.excluded, key].sort());
  }

  /**
   * After `text` was appended to it. An empty text can have been nothing at all, so that excluding
   * one of the two says nothing.
   */
  appended(text: string): PartlyKnown {
    const before = typeof this.ending === 'string' ? this.ending : '';
    const texts = this.excluded.map((key) => JSON.parse(key) as Value).filter((value) => value !== '');
    const excluded = texts.flatMap((value) =>
      typeof value === 'string' ? [JSON.stringify(value + text)] : [],
    );
    return new PartlyKnown(before + text, excluded.sort());
  }

  /**
   * After `element` was put behind a list. Nothing and the empty list are one there, and no list is
   * ever excluded.
   */
  pushed(element: Value): PartlyKnown {
    return new PartlyKnown([...(Array.isArray(this.ending) ? this.ending : []), element]);
  }

  describe(): string {
    const ends = this.ending === undefined ? [] : [`ends in ${JSON.stringify(this.ending)}`];
    const not = this.excluded.length === 0 ? [] : [`is not ${this.excluded.join(' or ')}`];
    const but = [...ends, ...not].join(' and ');
    return `the value is not known${but === '' ? '' : `, but ${but}`}`;
  }
}
