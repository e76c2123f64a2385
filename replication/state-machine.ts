/**
 * What an application writes: a deterministic reducer over an ordered key-value store.
 *
 * `apply` runs on every replica for every committed command, in the same order. It may use nothing
 * but its arguments: no clock, no randomness, no other state. What must be decided once (an id, a
 * time, a password's salt) is decided before the command is submitted and travels in it.
 */
import type { Store, StoreReader } from '../vm/index.ts';

/** The position of a command in the log. */
export interface Position {
  /** Its entry's index. An entry may hold several commands, applied in order. */
  readonly index: number;
  /** Its place among the commands of its entry, counted from 0. */
  readonly place: number;
  readonly term: number;
}

/**
 * A replicated state machine: commands `C` with results `R`, queries `Q` with answers `A`, all
 * plain data. Throwing from `apply` is a bug and stops the replica; a command that cannot be done
 * returns a result that says so.
 */
export interface StateMachine<C, R, Q, A> {
  readonly name: string;
  apply(command: C, store: Store, position: Position): R;
  query(query: Q, store: StoreReader): A;
}
