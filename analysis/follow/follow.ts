/**
 * `tickraft analyze RUN --follow`: keeps the verdicts of a run current while it is written. A pass
 * copies what is new and analyses all of it; the time between passes is a multiple of what the last
 * one took, so that following costs a bounded part of a core however long the run becomes.
 */
import { setTimeout } from 'node:timers/promises';
import pc from 'picocolors';
import { onEndSignal } from '../../vm/live/process/index.ts';
import { analyzeRun, isViolated, type RunReport } from '../analyze.ts';
import { cleaned } from '../output/cleaned.ts';
import { changesSince } from './changes.ts';
import { type Change, changeLine, screenLines } from './follow-text.ts';
import { Mirror } from './mirror.ts';

/** The pause between the passes of a small run, in milliseconds. */
const PAUSE_MS = 1000;
/**
 * A pause is this many times as long as the pass before it: a fifth of the time is spent on passes.
 */
const PAUSES = 4;
/** Changes that are kept for the screen. */
const MOST_CHANGES = 200;

/**
 * Follows the run in `dir` until it is finished or the user ends it with Ctrl-C. The exit code
 * becomes 1 if something is violated. Throws a `LogError` if the run cannot be read.
 */
export async function followRun(dir: string, out: NodeJS.WriteStream = process.stdout): Promise<void> {
  const begin = performance.now();
  const mirror = new Mirror(dir);
  const changes: Change[] = [];
  let report: RunReport | undefined;
  // An exit lets the database and the mirror remove their files, even in the middle of a pass.
  const end = () => process.exit(report !== undefined && isViolated([report]) ? 1 : 0);
  const ignoreSignals = onEndSignal(end);
  // The output is closed: there is no reason to continue.
  out.on('error', end);
  try {
    for (;;) {
      const passBegin = performance.now();
      const { changed, manifest } = mirror.update();
      if (changed || report === undefined) {
        const now = cleaned(await analyzeRun(mirror.dir));
        const atSeconds = (performance.now() - begin) / 1000;
        const fresh = changesSince(report, now).map((text) => ({ atSeconds, text }));
        changes.push(...fresh);
        changes.splice(0, changes.length - MOST_CHANGES);
        report = now;
        show(dir, report, fresh, changes, out);
      }
      if (manifest.finished) break;
      await setTimeout(Math.max(PAUSE_MS, PAUSES * (performance.now() - passBegin)));
    }
    out.write(`${dir} is finished\n`);
    if (isViolated([report])) process.exitCode = 1;
  } finally {
    out.off('error', end);
    ignoreSignals();
    mirror.close();
  }
}

/** On a terminal the whole screen; elsewhere the new lines. */
function show(
  dir: string,
  report: RunReport,
  fresh: readonly Change[],
  changes: readonly Change[],
  out: NodeJS.WriteStream,
): void {
  if (!out.isTTY) return void out.write(fresh.map((change) => `${changeLine(change)}\n`).join(''));
  const lines = screenLines(dir, report, changes, { rows: out.rows, columns: out.columns }, pc);
  out.write(`\x1b[H${lines.map((line) => `${line}\x1b[K\n`).join('')}\x1b[J`);
}
