/** The names of the records on a disk. */
import type { Damage } from '../program.ts';

/** A record as faults name it: `program/log/0000000000000005`. */
export function recordName({ space, key }: Damage): string {
  return `${space}/${key}`;
}

/**
 * The short name, for messages: `log/5`. Records of other keyspaces than the program's keep theirs.
 */
export function plainRecord(name: string): string {
  return name.replace(/^program\//, '').replace(/\b0+(?=\d)/g, '');
}
