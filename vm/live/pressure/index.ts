/** Limits on what clients may hold: queues, rates, shares and bytes. */
export type { Asker } from './fair-queue.ts';
export { type Gate, gateOf } from './gate.ts';
export { Rates } from './rates.ts';
export { ShareExceeded, Shares } from './shares.ts';
export { isBehind, whenFlushed } from './socket-budget.ts';
