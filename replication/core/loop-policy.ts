/** How the loop of a protocol's replica runs. */
import type { LoopPolicy } from '../../vm/index.ts';

/** Everything at once; with `eager: false`, for a class to watch, only at its ticks. */
export const EAGER: LoopPolicy = {
  messagesPerTick: Number.POSITIVE_INFINITY,
  tickWhenBusy: true,
  eager: true,
};
