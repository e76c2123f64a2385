/** The checker of what must hold after every step of a simulated run. */
export { SplitBrain } from './split-brain.ts';
export { describeViolation } from './violations.ts';
