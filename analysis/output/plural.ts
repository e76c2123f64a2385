/** Counts in sentences. */

/** A number of things: `1 row`, `3 rows`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
