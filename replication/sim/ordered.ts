/** What the simulated protocols of `../ordering/` have in common. */
import { chance, pick, type RandomState, type Write } from '../../vm/index.ts';
import { batchOf } from '../core/batch.ts';
import { type Entry, recordsOf } from '../ordering/log.ts';
import type { Demands, Settings, WrittenEntry } from './protocol.ts';

/** More than any run has clients. */
const MANY_SESSIONS = 1_000;

/** The log records of a disk with these entries. Nobody in the run ordered them. */
export function logRecords(entries: readonly WrittenEntry[]): readonly Write[] {
  const logged = entries.map(
    ({ index, term, command }): Entry => ({
      ...{ index, term, by: `${term}.before` },
      data: { type: 'commands', batches: [batchOf([command], undefined)] },
    }),
  );
  return recordsOf(logged).map((record) => ({ space: 'program', ...record }));
}

/** Settings for a run of a campaign, sometimes so low that limits are reached. */
export function drawOrderingSettings(random: RandomState, { sessionLimits }: Demands): Settings {
  const eager = chance(random, 0.8);
  return {
    eager,
    requestTicks: pick(random, [30, 100, 500]),
    maxEntriesPerUpdate: pick(random, [1, 2, 1_000]),
    maxLogEntries: pick(random, [4, 12, 10_000]),
    maxBytesPerPage: pick(random, [30, 2 ** 16]),
    maxWaiting: pick(random, [3, 1_000]),
    ...sessionLimits,
    // If everything waits for ticks, more clients than sessions would end each other's unused.
    ...(eager ? {} : { maxSessions: MANY_SESSIONS }),
  };
}
