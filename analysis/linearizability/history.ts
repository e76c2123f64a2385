/**
 * Client histories: what clients asked for and were told, and when. The input of every consistency check.
 */

/** One operation of one client. Times are in any one unit, on one clock. */
export interface Operation<I, O> {
  /** Which client; a client has one operation at a time. For people to read: the checker uses times only. */
  readonly client: string;
  readonly calledAt: number;
  /** Undefined for an operation that never returned: it may have happened at any time after its call, or never. */
  readonly returnedAt: number | undefined;
  readonly input: I;
  /** What it returned; undefined if it never did, or if its answer says nothing. */
  readonly output: O | undefined;
}

/** What the operations mean if they happen one after the other. `S` is plain data, never changed in place. */
export interface Model<S, I, O> {
  readonly name: string;
  readonly initial: S;
  /** The state after the operation, or undefined if it could not have had this output then. An undefined output is any. */
  step(state: S, input: I, output: O | undefined): { readonly state: S } | undefined;
  /** Equal for equal states only. */
  key(state: S): string;
  /** Operations of different parts do not affect each other: each part is decided by itself. */
  part(input: I): string;
  /** Whether the operation leaves every state as it is. */
  isRead(input: I): boolean;
  /**
   * The values that the operation saw or left, as keys of states; undefined if they cannot be told. What saw and
   * left none of some values must mean the same in a history without them.
   */
  values(input: I, output: O | undefined): readonly string[] | undefined;
  /** One line for people. */
  describe(input: I, output: O | undefined): string;
}

/** How long to look. */
export interface Budget {
  /** Milliseconds, by `now`. */
  readonly ms: number;
  readonly now: () => number;
}
