/**
 * When a replica may be started. What starts replicas can be out of order, or out of computers:
 * then each start comes to nothing, and one after the other would only pile up what has to be
 * cleaned away. So the next one waits, twice as long each time, up to a limit.
 */
import type { AutopilotSettings, HeldReason } from './settings.ts';
import type { View } from './view.ts';

/** The wait is doubled so often at most. */
const MOST_DOUBLINGS = 5;

/** Why no replica is started now; undefined if one may be. */
export function noStart(
  { canStart, failedStarts, sinceFailedTicks }: View,
  { backOffTicks }: AutopilotSettings,
): Extract<HeldReason, 'no-replacement' | 'backing-off'> | undefined {
  if (!canStart) return 'no-replacement';
  if (failedStarts === 0) return undefined;
  const wait = backOffTicks * 2 ** Math.min(failedStarts - 1, MOST_DOUBLINGS);
  return sinceFailedTicks < wait ? 'backing-off' : undefined;
}
