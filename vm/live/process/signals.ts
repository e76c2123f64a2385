/** Signals that ask a process to end. */
import { constants } from 'node:os';

/**
 * A terminal sends SIGINT (Ctrl-C), SIGQUIT (Ctrl-\) and, when it is closed, SIGHUP to all that
 * runs in it; service managers send SIGTERM, and some tools that restart what they run SIGUSR2.
 * SIGUSR1 is Node's own: it opens the debugger.
 */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'] as const;

/** The exit code of a process that a second signal ends, as if by Ctrl-C. */
const HURRIED = 130;

/** The exit code that a shell gives a process that `signal` has ended. */
export function exitCodeOf(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}

/**
 * Calls `end` at the first signal that asks this process to end. At a second one calls `hurry`,
 * which must do all it does before it returns, and exits. Returns a function that stops listening.
 */
export function onEndSignal(end: (signal: NodeJS.Signals) => void, hurry: () => void = () => {}): () => void {
  let isEnding = false;
  const listener = (signal: NodeJS.Signals) => {
    if (isEnding) {
      hurry();
      process.exit(HURRIED);
    }
    isEnding = true;
    end(signal);
  };
  for (const signal of SIGNALS) process.on(signal, listener);
  return () => {
    for (const signal of SIGNALS) process.off(signal, listener);
  };
}
