/** All checks, in the order in which reports show them. A new check is a file here and a line below. */
import type { Check } from '../check.ts';
import { clockCondition } from './clock-condition.ts';
import { clockOrder } from './clock-order.ts';
import { oneLeader } from './one-leader.ts';

export const CHECKS: readonly Check[] = [clockCondition, clockOrder, oneLeader];
