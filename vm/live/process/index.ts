/**
 * A process among others: signals, deadlines, standard streams, and notices that are not repeated
 * without end. Needs Node.
 */
export { stopBySteps } from './deadline.ts';
export { Notices } from './notices.ts';
export { exitCodeOf, onEndSignal } from './signals.ts';
export { guardStdio } from './stdio.ts';
