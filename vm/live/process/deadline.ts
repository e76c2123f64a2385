/**
 * Waiting with a deadline: for stops, which must end whatever the disk, the log or a stranger does.
 */
import { LiveError, reason } from '../../errors.ts';

/** One step of a stop. */
export interface Step {
  /** What is waited for, in words such as "closing the disk". */
  readonly what: string;
  /** How long, at most, in milliseconds. */
  readonly ms: number;
  readonly run: () => Promise<unknown>;
}

/**
 * Carries out `steps` one after another, even if earlier ones failed. Rejects at the end with a
 * `LiveError` that names those that failed or were not done in time.
 */
export async function stopBySteps(steps: readonly Step[]): Promise<void> {
  const failed: string[] = [];
  for (const { what, ms, run } of steps) {
    try {
      if (!(await isDoneWithin(ms, run()))) failed.push(`${what} took longer than ${ms} ms`);
    } catch (error) {
      failed.push(`${what} failed: ${reason(error)}`);
    }
  }
  if (failed.length > 0) throw new LiveError('StopIncomplete', failed.join('; '));
}

/** Whether `work` is done within `ms` milliseconds. Rejects as `work` does. */
export async function isDoneWithin(ms: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
