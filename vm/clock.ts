/**
 * Logical clocks: Lamport's scalar clock and vector clocks.
 *
 * A Lamport clock orders events so that a cause is always numbered lower than its effect (Lamport 1978,
 * rules IR1 and IR2). A vector clock also tells when two events have nothing to do with each other
 * (Fidge 1988, Mattern 1989). Vectors are immutable: every event gets a new one, so rows and messages
 * may share it.
 */

/** The name of a machine, unique in its run: `m1`, `n3`, `r5`. */
export type NodeId = string;

/** How many events of each machine incarnation are known to have happened; a missing name counts as 0. */
export type Vector = Readonly<Record<string, number>>;

/** How two events relate by their vector clocks. */
export type Causality = 'before' | 'after' | 'equal' | 'concurrent';

/** The clock after receiving a message stamped `stamp` (Lamport 1978, IR2b). */
export function receiveClock(local: number, stamp: number): number {
  return (local > stamp ? local : stamp) + 1;
}

/** The vector after one more event of `self`. */
export function tickVector(vector: Vector, self: string): Vector {
  const next: Record<string, number> = { ...vector };
  next[self] = (next[self] ?? 0) + 1;
  return next;
}

/** The vector of `self` after it receives a message that carries `stamp`: the maximum of each part, then one event. */
export function receiveVector(local: Vector, stamp: Vector, self: string): Vector {
  const merged: Record<string, number> = { ...local };
  for (const name in stamp) {
    const theirs = stamp[name] as number;
    const ours = merged[name];
    if (ours === undefined || ours < theirs) merged[name] = theirs;
  }
  merged[self] = (merged[self] ?? 0) + 1;
  return merged;
}

/** Whether `a` happened before, after, at, or independently of `b`. */
export function compareVectors(a: Vector, b: Vector): Causality {
  let less = false;
  let more = false;
  for (const name in a) {
    const difference = (a[name] as number) - (b[name] ?? 0);
    if (difference < 0) less = true;
    else if (difference > 0) more = true;
  }
  for (const name in b) {
    if (a[name] === undefined && (b[name] as number) > 0) less = true;
  }
  if (less && more) return 'concurrent';
  if (less) return 'before';
  return more ? 'after' : 'equal';
}
