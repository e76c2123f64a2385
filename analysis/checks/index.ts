/**
 * All checks, in the order in which reports show them. A new check is a file here and a line below.
 */

import { acknowledgedApplied } from './acknowledged.ts';
import type { Check } from './check.ts';
import { clockCondition } from './clock-condition.ts';
import { clockOrder } from './clock-order.ts';
import { committedByMajority } from './committed.ts';
import { electedByMajority } from './elected.ts';
import { exactlyOnce } from './exactly-once.ts';
import { fifo } from './fifo.ts';
import { linearizability } from './linearizability.ts';
import { logMatching } from './log-matching.ts';
import { commitNeverFalls, termsNeverFall } from './never-fall.ts';
import { oneConfiguration } from './one-configuration.ts';
import { oneLeader } from './one-leader.ts';
import { promotedAfterCheck } from './promoted.ts';
import { sameApplied } from './same-applied.ts';
import { vectorClocks } from './vector-clocks.ts';

export const CHECKS: readonly Check[] = [
  clockCondition,
  clockOrder,
  vectorClocks,
  fifo,
  oneLeader,
  electedByMajority,
  termsNeverFall,
  commitNeverFalls,
  logMatching,
  committedByMajority,
  sameApplied,
  exactlyOnce,
  acknowledgedApplied,
  oneConfiguration,
  promotedAfterCheck,
  linearizability,
];
