/** The checker of what must hold after every step of a simulated run. */
export { describeViolation } from './violations.ts';
