/** A way to read logs of others: the flags of the command, and what it is called among others. */
import type { MappingFlags } from '../mapping.ts';

export interface Reading {
  /** What sets it apart from other readings, in a few words. */
  readonly about: readonly string[];
  readonly flags: MappingFlags;
}

/** Something that a reading has to choose: each way with what it is called. */
export interface Choice<T> {
  readonly about: string;
  readonly value: T;
}

/** A choice that there is no need to name: there is but one. */
export function named<T>(values: readonly T[], about: (value: T) => string): Choice<T>[] {
  return values.map((value) => ({ value, about: values.length > 1 ? about(value) : '' }));
}
