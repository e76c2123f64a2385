/**
 * Logical clocks: Lamport's scalar clock and vector clocks.
 *
 * A Lamport clock orders events so that a cause is always numbered lower than its effect (Lamport
 * 1978, rules IR1 and IR2). A vector clock also tells when two events are concurrent (Fidge 1988,
 * Mattern 1989). Vectors are immutable: every event gets a new one, so rows and messages may share
 * it.
 */

/** The name of a machine, unique in its run: `m1`, `n3`, `r5`. */
export type NodeId = string;

/**
 * How many events of each machine incarnation are known to have happened; a missing name counts as
 * 0.
 */
export type Vector = Readonly<Record<string, number>>;

/** How two events relate by their vector clocks. */
export type Causality = 'before' | 'after' | 'equal' | 'concurrent';

/**
 * How far ahead of a machine's own clock a stamp may be: years of events, and many such stamps
 * until numbers run out.
 */
const LEAD = 2 ** 46;
/** Names in a vector that arrives: more than all incarnations of all machines of a run will be. */
const MAX_NAMES = 10_000;
/** The form of a name in a vector. */
const NAME = /^[\w.-]{1,100}$/;

/** A machine's clocks, or a message's. */
export interface Clocks {
  readonly lamport: number;
  readonly vector?: Vector | undefined;
}

/**
 * Whether a machine can have sent `stamp` to one whose clocks are `local`. One stamp that is far
 * ahead would push all clocks to where numbers are no longer exact. `members`: whose names it may
 * have; others would stay for ever. Undefined where machines come and go: then any names, but no
 * more in all than all incarnations of all machines of a run will be.
 */
export function isPlausibleStamp(
  local: Clocks,
  stamp: Clocks,
  members: ReadonlySet<NodeId> | undefined,
): boolean {
  if (!isStamp(stamp.lamport, local.lamport)) return false;
  if (local.vector === undefined || stamp.vector === undefined) return true;
  let names = 0;
  let unknown = 0;
  for (const name in stamp.vector) {
    if (++names > MAX_NAMES) return false;
    if (members !== undefined ? !isIncarnation(name, members) : !NAME.test(name)) return false;
    if (local.vector[name] === undefined) unknown++;
    if (!isStamp(stamp.vector[name], local.vector[name] ?? 0)) return false;
  }
  if (members !== undefined || unknown === 0) return true;
  return Object.keys(local.vector).length + unknown <= MAX_NAMES;
}

function isStamp(value: unknown, local: number): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) - local <= LEAD;
}

/** Whether `name` is a member's, or one of its later starts: `n1`, `n1.2`. */
function isIncarnation(name: string, members: ReadonlySet<NodeId>): boolean {
  if (members.has(name)) return true;
  const dot = name.lastIndexOf('.');
  return dot > 0 && members.has(name.slice(0, dot)) && /^[1-9]\d{0,9}$/.test(name.slice(dot + 1));
}

/** The clock after receiving a message stamped `stamp` (Lamport 1978, IR2b). */
export function receiveClock(local: number, stamp: number): number {
  return (local > stamp ? local : stamp) + 1;
}

/** The vector after one more event of `self`. */
export function tickVector(vector: Vector, self: string): Vector {
  const next = { ...vector };
  countEvent(next, self);
  return next;
}

/**
 * The vector of `self` after it receives a message that carries `stamp`: the maximum of each part,
 * then one event.
 */
export function receiveVector(local: Vector, stamp: Vector, self: string): Vector {
  const merged = { ...local };
  raiseTo(merged, stamp);
  countEvent(merged, self);
  return merged;
}

/** Counts one more event of `self`, in place: for a vector that nobody else has. */
export function countEvent(vector: Record<string, number>, self: string): void {
  vector[self] = (vector[self] ?? 0) + 1;
}

/** Raises each part to that of `stamp`, in place: for a vector that nobody else has. */
export function raiseTo(vector: Record<string, number>, stamp: Vector): void {
  for (const name in stamp) {
    const theirs = stamp[name] as number;
    const ours = vector[name];
    if (ours === undefined || ours < theirs) vector[name] = theirs;
  }
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
