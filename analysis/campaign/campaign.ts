/**
 * A campaign: many seeds of one protocol, one after the other, or every nth of them on each of n
 * machines.
 */
import type { SimulatedProtocol } from '../../replication/sim/index.ts';
import type { FailureClass } from './failure.ts';
import { type RecordedSeed, recordSeed, type SeedResult } from './run-seed.ts';

/** Which seeds. */
export interface CampaignRange {
  readonly firstSeed: number;
  readonly seeds: number;
  /** Part `index` (from 1) of `count`. */
  readonly shard: { readonly index: number; readonly count: number };
}

/** The results of all seeds together. */
export interface CampaignResult {
  readonly ran: number;
  readonly failed: number;
  /** How many failed, by class. */
  readonly outcomes: Readonly<Record<FailureClass, number>>;
  /** The first failures. */
  readonly failures: readonly SeedResult[];
  readonly totals: Readonly<
    Record<
      'steps' | 'virtualMs' | 'faults' | 'terms' | 'acknowledged' | 'changes' | 'reads' | 'undecided',
      number
    >
  >;
}

/** The most failures kept in full; a broken protocol would fill the memory. */
const KEPT_FAILURES = 100;

/**
 * Runs the seeds of the range; `each` is called with every result, and with the scenario of a
 * failure.
 */
export function runCampaign(
  protocol: SimulatedProtocol,
  { firstSeed, seeds, shard }: CampaignRange,
  each: (told: RecordedSeed) => void = () => {},
): CampaignResult {
  const failures: SeedResult[] = [];
  const totals = {
    ...{ steps: 0, virtualMs: 0, faults: 0, terms: 0 },
    ...{ acknowledged: 0, changes: 0, reads: 0, undecided: 0 },
  };
  let ran = 0;
  const outcomes = { unsafe: 0, crashed: 0, stuck: 0 };
  let failed = 0;
  for (let offset = shard.index - 1; offset < seeds; offset += shard.count) {
    const told = recordSeed(protocol, firstSeed + offset);
    const { result } = told;
    ran++;
    for (const what of Object.keys(totals) as (keyof typeof totals)[]) totals[what] += result[what];
    if (result.failure !== undefined) {
      outcomes[result.failure.outcome]++;
      if (failed++ < KEPT_FAILURES) failures.push(result);
    }
    each(told);
  }
  return { ran, failed, outcomes, failures, totals };
}
