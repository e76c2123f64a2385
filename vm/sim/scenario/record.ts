/** The records of a disk as scenarios name them. */

/** `program/log/0000000000000005` in short: `log/5`. Other spaces keep their names. */
export function plainRecord(name: string): string {
  return name.replace(/^program\//, '').replace(/\b0+(?=\d)/g, '');
}
