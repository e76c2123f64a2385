/** `tickraft analyze RUN1 RUN2 ...`: analyses all runs and prints them side by side. */
import pc from 'picocolors';
import { Progress } from '../../logs/index.ts';
import { analyzeRun, type RunReport } from '../analyze.ts';
import type { RunSource } from '../run/load.ts';
import { type Column, compare } from './compare.ts';
import { compareText } from './compare-text.ts';

/** An argument, and the runs that it stands for. */
export interface Given {
  readonly path: string;
  readonly sources: readonly (string | RunSource)[];
}

/**
 * Prints the comparison. The exit code becomes 1 if something is violated. Throws a `LogError` if a
 * run cannot be read.
 */
export async function compareRuns(given: readonly Given[], json: boolean): Promise<void> {
  const progress = new Progress();
  const columns: Column[] = [];
  for (const { path, sources } of given) {
    const runs: RunReport[] = [];
    for (const source of sources)
      runs.push(await analyzeRun(source, (step) => progress.update(() => `analysing ${path}: ${step}`)));
    columns.push({ path, runs });
  }
  progress.clear();
  const comparison = compare(columns);
  const violated = comparison.columns.some((column) => column.violated > 0);
  const document = () => `${JSON.stringify({ violated, ...comparison }, null, 2)}\n`;
  process.stdout.write(json ? document() : compareText(comparison, pc));
  if (violated) process.exitCode = 1;
}
