/** The option `--lease`: for how long leaders answer reads by themselves. */
import type { Option } from 'commander';
import type { z } from 'zod';
import { leaseRangeMs } from '../process.ts';
import { option, wholeNumber } from './options.ts';

/** Milliseconds; what the clock allows is for `checkLease` to say. */
export const leaseOption = wholeNumber(1, 1_000_000).optional();

/** The option `--lease`. */
export function leaseFlag(): Option {
  return option(
    '--lease <ms>',
    'how long a leader answers reads by itself once a majority has heard it (default: not at all). It trusts clocks: ' +
      'while it lasts, none may run a tenth faster than another. For every replica of a cluster, or for none',
  );
}

/** Refuses a lease that is too long to be safe with clocks of that rate, or too short to be of use. */
export function checkLease(
  { lease, rate }: { readonly lease?: number | undefined; readonly rate: number },
  ctx: z.RefinementCtx,
): void {
  const [least, most] = leaseRangeMs(rate);
  if (lease === undefined || (lease >= least && lease <= most)) return;
  const message = `must be from ${least} to ${most} at --rate ${rate}: two ticks or more, and well below an election timeout`;
  ctx.addIssue({ code: 'custom', path: ['lease'], message });
}
