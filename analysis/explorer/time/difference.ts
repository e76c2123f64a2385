/** The first event in which two timelines differ. */
import type { EventRecord } from '../../../vm/index.ts';
import type { Timeline } from '../run/timeline.ts';
import type { Row } from '../run/track.ts';

/** Where two timelines part: the rows that differ. One of them may have none there yet. */
export interface Difference {
  /** Virtual microseconds. */
  readonly atUs: number;
  readonly a: Row | undefined;
  readonly b: Row | undefined;
}

/** The first difference of what was seen of two timelines; undefined while they are the same. */
export function firstDifference(a: Timeline, b: Timeline): Difference | undefined {
  const [first, second] = [a.track.rows, b.track.rows];
  const seenUs = Math.min(a.track.endUs, b.track.endUs);
  for (let i = 0; i < Math.max(first.length, second.length); i++) {
    const [one, other] = [first[i], second[i]];
    if (one !== undefined && other !== undefined && isSameEvent(one.record, other.record)) continue;
    const atUs = Math.min(...[one, other].flatMap((row) => row?.record.timeUs ?? []));
    // A row that one of them lacks may still come there.
    const isOpen = one === undefined || other === undefined;
    return isOpen && atUs >= seenUs ? undefined : { atUs, a: one, b: other };
  }
  return undefined;
}

/** Two timelines share the rows of their past, and rows are the same if all that they say is. */
function isSameEvent(a: EventRecord, b: EventRecord): boolean {
  if (a === b) return true;
  return (
    a.timeUs === b.timeUs &&
    a.node === b.node &&
    a.event === b.event &&
    a.kind === b.kind &&
    a.peer === b.peer &&
    a.message === b.message &&
    a.index === b.index &&
    a.term === b.term &&
    a.detail === b.detail
  );
}
