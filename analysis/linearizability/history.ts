/**
 * Client histories: what clients asked for and were told, and when. The input of every consistency
 * check.
 */

/** One operation of one client. Times are in any one unit, on one clock. */
export interface Operation<I, O> {
  /**
   * The client, for messages; a client has one operation at a time. The checker uses times only.
   */
  readonly client: string;
  readonly calledAt: number;
  /**
   * Undefined for an operation that never returned: it may have happened at any time after its
   * call, or never.
   */
  readonly returnedAt: number | undefined;
  readonly input: I;
  /** It was called before this part of a history begins, and may have happened before it. */
  readonly early?: boolean;
  /** What it returned; undefined if it never did, or if its answer says nothing. */
  readonly output: O | undefined;
}

/**
 * What the operations mean if they happen one after the other. `S` is plain data, never changed in
 * place.
 */
export interface Model<S, I, O> {
  readonly name: string;
  readonly initial: S;
  /**
   * Stands for every state: a step from it is legal if it is from any, and leaves what may then be
   * the case.
   */
  readonly unknown: S;
  /** Whether a state stands for several. */
  isUnknown(state: S): boolean;
  /**
   * The state after the operation, or undefined if it could not have had this output then. An
   * undefined output is any.
   */
  step(state: S, input: I, output: O | undefined): { readonly state: S } | undefined;
  /** Equal for equal states only. */
  key(state: S): string;
  /** Operations of different parts do not affect each other: each part is decided by itself. */
  part(input: I): string;
  /** Whether the operation, with this output, leaves every state as it is. */
  isRead(input: I, output: O | undefined): boolean;
  /**
   * What the operation has to do with single states, as far as its input and output tell; undefined
   * if they do not tell (an append leaves what was there and more). Searches are cut short by it,
   * and cores are found.
   */
  effect(input: I, output: O | undefined): Effect | undefined;
  /** How states grow that are never replaced (`growing-values.ts`). Default: none is known to. */
  readonly growth?: Growth<S, I, O>;
  /** A description in one line. */
  describe(input: I, output: O | undefined): string;
  /** A description of a state, as a sentence. */
  describeState(state: S): string;
}

/** States by their keys. An operation with none of these says nothing and changes nothing. */
export interface Effect {
  /** The only state that it can have found. */
  readonly sees?: string;
  /** A state that it cannot have found. */
  readonly avoids?: string;
  /** The only state that it can have changed. */
  readonly changes?: string;
  /** The only state that it can have left, if it changed anything. */
  readonly leaves?: string;
}

/** States that only grow: each is the beginning of all that follow it. */
export interface Growth<S, I, O> {
  /**
   * Whether operations leave every state as it is, or leave more of it, if all of them are such.
   */
  isGrowing(operations: readonly { readonly input: I; readonly output: O | undefined }[]): boolean;
  /** The state that the operation found, and how long that is; undefined if it does not tell. */
  found(input: I, output: O | undefined): { readonly state: S; readonly length: number } | undefined;
  /** Whether `begin` may still become `whole`. */
  begins(begin: S, whole: S): boolean;
}

/** The limits of a search. */
export interface Budget {
  /** Milliseconds, by `now`. */
  readonly ms: number;
  /** About how many bytes. Default: 512 MiB. */
  readonly bytes?: number;
  /**
   * Called every few thousand steps. A function that counts its calls gives the same verdict on
   * every machine.
   */
  readonly now: () => number;
}
