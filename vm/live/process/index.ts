/**
 * What a process needs to behave well: signals, deadlines, standard streams, and notices that are
 * not repeated without limit. Needs Node.
 */
export { stopBySteps } from './deadline.ts';
export { Notices } from './notices.ts';
export { exitCodeOf, onEndSignal } from './signals.ts';
export { startOf } from './started.ts';
export { guardStdio } from './stdio.ts';
