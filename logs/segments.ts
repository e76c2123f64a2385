/**
 * The files of a run's logs. A machine's log is `r1.csv`; of a log with a size limit, older parts
 * are `r1.1.csv`, `r1.2.csv`, ... (the higher the newer) and `r1.csv` is the newest.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const SEGMENT = /^([A-Za-z0-9_-]+)(?:\.(\d+))?\.csv$/;

/** The log of one machine. */
export interface LogFiles {
  readonly node: string;
  /** Its files, oldest first. */
  readonly paths: readonly string[];
}

/** The current file of a machine's log. */
export function currentPath(dir: string, node: string): string {
  return join(dir, `${node}.csv`);
}

/** An older part of a machine's log. */
export function olderPath(dir: string, node: string, number: number): string {
  return join(dir, `${node}.${number}.csv`);
}

/** The numbers of a log's older parts, oldest first. */
export function olderNumbers(dir: string, node: string): number[] {
  return segments(dir)
    .filter((segment) => segment.node === node && segment.number !== Number.POSITIVE_INFINITY)
    .map((segment) => segment.number)
    .sort((a, b) => a - b);
}

/** All logs in a folder, by machine (`m2` before `m10`). */
export function listLogs(dir: string): LogFiles[] {
  const logs = new Map<string, { number: number; path: string }[]>();
  for (const { node, number, file } of segments(dir)) {
    const parts = logs.get(node) ?? [];
    parts.push({ number, path: join(dir, file) });
    logs.set(node, parts);
  }
  return [...logs]
    .map(([node, parts]) => ({
      node,
      paths: parts.sort((a, b) => (a.number < b.number ? -1 : 1)).map(({ path }) => path),
    }))
    .sort((a, b) => a.node.localeCompare(b.node, 'en', { numeric: true }));
}

function segments(dir: string): { node: string; number: number; file: string }[] {
  return readdirSync(dir).flatMap((file) => {
    const match = SEGMENT.exec(file);
    if (match === null) return [];
    const number = match[2] === undefined ? Number.POSITIVE_INFINITY : Number(match[2]);
    return [{ node: match[1]!, number, file }];
  });
}
