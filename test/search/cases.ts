/** The clusters that are searched, and the changes that are made. */
import { keyValueMachine } from '../../replication/core/key-value.ts';
import type { MemberChange } from '../../replication/members.ts';
import { createRaft } from '../../replication/raft/raft.ts';
import { Cluster, type Raft } from './cluster.ts';
import type { Bounds, Found } from './search.ts';
import { search } from './search.ts';

const remove = (...ids: readonly string[]): readonly MemberChange[] =>
  ids.map((id) => ({ do: 'remove', id }));
const demote = (...ids: readonly string[]): readonly MemberChange[] =>
  ids.map((id) => ({ do: 'demote', id }));

/** A cluster, and two changes that are made in it, with one crash. */
interface Case {
  readonly name: string;
  readonly size: number;
  readonly changes: readonly (readonly MemberChange[])[];
  readonly campaigns: number;
  readonly crashes: number;
  /** How far the tests go, and how far `npm run search` does. */
  readonly short: Bounds;
  readonly long: Bounds;
}

export const CASES: readonly Case[] = [
  {
    name: 'three, of which one is demoted and one removed',
    size: 3,
    changes: [demote('n3'), remove('n2')],
    campaigns: 2,
    crashes: 1,
    short: { depth: 16, clusters: 3_500 },
    long: { depth: 16, clusters: 40_000 },
  },
  {
    name: 'four, of which two leaders remove one each',
    size: 4,
    changes: [remove('n4'), remove('n1')],
    campaigns: 2,
    crashes: 1,
    short: { depth: 16, clusters: 4_500 },
    long: { depth: 16, clusters: 40_000 },
  },
  {
    name: 'five, of which two are removed in a joint change',
    size: 5,
    changes: [remove('n4', 'n5'), demote('n3')],
    campaigns: 1,
    crashes: 1,
    short: { depth: 16, clusters: 3_500 },
    long: { depth: 16, clusters: 40_000 },
  },
  {
    name: 'five, of which two are demoted one after the other',
    size: 5,
    changes: [demote('n5'), demote('n4')],
    campaigns: 1,
    crashes: 1,
    short: { depth: 16, clusters: 3_500 },
    long: { depth: 16, clusters: 40_000 },
  },
];

/** Searches a case. `create`: Raft, or a copy with a bug in it. */
export function searchCase(
  { size, changes, campaigns, crashes }: Case,
  bounds: Bounds,
  create = createRaft,
): Found {
  const raft: unknown = create(keyValueMachine, {});
  return search(Cluster.begin(raft as Raft, size, { campaigns, crashes, changes }), bounds);
}
