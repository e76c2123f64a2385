/**
 * An oracle of lists that only grow (after Jepsen's list-append): everything that was ever seen of
 * a list is a prefix of the longest that was seen. Unlike linearizability it holds for stale reads
 * too.
 */
import type { Value } from '../../vm/index.ts';

/** One run's oracle. A list is a key that nothing but appends ever changes. */
export class ListOracle {
  readonly #lies = new Map<string, string>();
  readonly #longest = new Map<string, string>();
  readonly #isList = new Map<string, boolean>();

  /** The first contradiction about a list. */
  get contradiction(): string | undefined {
    return [...this.#lies].find(([key]) => this.#isList.get(key))?.[1];
  }

  /** Somebody asks for a change of `key`. */
  changes(key: string, isAppend: boolean): void {
    this.#isList.set(key, isAppend && this.#isList.get(key) !== false);
  }

  /** Somebody saw that `key` held this. */
  sees(key: string, value: Value): void {
    if (!this.#isList.get(key)) return;
    const list = value === null ? '' : String(value);
    const longest = this.#longest.get(key) ?? '';
    if (list.startsWith(longest)) this.#longest.set(key, list);
    else if (!longest.startsWith(list))
      this.#lies.set(key, `${key} was seen as "${list}" and as "${longest}"`);
  }
}
