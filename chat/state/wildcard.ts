/** Matching names against patterns with `*` and `?`. */

/**
 * Whether `name` matches `pattern`, in time proportional to the product of their lengths at worst
 * (no exponential backtracking).
 */
export function matchesWildcard(pattern: string, name: string): boolean {
  let p = 0;
  let n = 0;
  // The last star so far, and the first character of the name that it does not take.
  let star = -1;
  let resume = 0;
  while (n < name.length) {
    if (pattern[p] === '*') {
      star = p++;
      resume = n;
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === name[n])) {
      p++;
      n++;
    } else if (star >= 0) {
      // The last star takes one character more.
      p = star + 1;
      n = ++resume;
    } else return false;
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}

/** What every name that matches `pattern` begins with. */
export function literalPrefix(pattern: string): string {
  return pattern.match(/^[^*?]*/)![0];
}
