/**
 * Choices that spread members over zones. Members without a zone are in one of their own. Ties are
 * decided by the order of ids, so that a decision can be made again.
 */
import { compareKeys } from '../../vm/index.ts';
import type { Member } from './view.ts';

type Zone = string | undefined;

/** How many of `members` are in a zone. */
function countIn(zone: Zone, members: readonly Member[]): number {
  return members.filter((member) => member.zone === zone).length;
}

/** Of `candidates`, up to `count` that go to where `present` are fewest, one after the other. */
export function spread(
  candidates: readonly Member[],
  present: readonly Member[],
  count: number,
): readonly Member[] {
  const left = [...candidates].sort((a, b) => compareKeys(a.id, b.id));
  const chosen: Member[] = [];
  while (chosen.length < count && left.length > 0) {
    const there = [...present, ...chosen];
    const counts = left.map(({ zone }) => countIn(zone, there));
    chosen.push(...left.splice(counts.indexOf(Math.min(...counts)), 1));
  }
  return chosen;
}

/** Of `candidates`, up to `count` that come from where `present` are most, one after the other. */
export function thin(
  candidates: readonly Member[],
  present: readonly Member[],
  count: number,
): readonly Member[] {
  const left = [...candidates].sort((a, b) => compareKeys(b.id, a.id));
  const chosen: Member[] = [];
  while (chosen.length < count && left.length > 0) {
    const there = present.filter((member) => !chosen.includes(member));
    const counts = left.map(({ zone }) => countIn(zone, there));
    chosen.push(...left.splice(counts.indexOf(Math.max(...counts)), 1));
  }
  return chosen;
}

/** The zone of `known` in which `present` are fewest: of several, the first by name. */
export function emptiest(known: readonly Member[], present: readonly Member[]): Zone {
  const zones = [...new Set(known.map(({ zone }) => zone))].filter((zone) => zone !== undefined);
  const counts = zones.sort(compareKeys).map((zone) => countIn(zone, present));
  return zones[counts.indexOf(Math.min(...counts))];
}
