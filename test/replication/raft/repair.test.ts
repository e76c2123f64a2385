/**
 * What Raft keeps of a damaged disk, what it refuses to keep, and that the replica then recovers.
 */
import { keyValueMachine } from '../../../replication/core/key-value.ts';
import { logOnDisk } from '../../../replication/raft/log.ts';
import { createRaft } from '../../../replication/raft/raft.ts';
import type { Damage } from '../../../vm/program.ts';
import { applyWrite, MemoryDisk, prefixEnd } from '../../../vm/store.ts';

const raft = createRaft(keyValueMachine);
const key = (index: number) => `log/${String(index).padStart(16, '0')}`;
const rotten = (index: number): Damage => ({ space: 'program', key: key(index) });

/**
 * A disk with entries 1 to 5 in term 3, of which `applied` are applied. Damaged records are gone,
 * as repair sees them.
 */
function disk(damage: readonly Damage[], applied = 0): MemoryDisk {
  const made = new MemoryDisk();
  for (const write of logOnDisk(3, [])) applyWrite(made, write);
  for (const index of [1, 2, 3, 4, 5]) made.program.put(key(index), [{ term: 2, data: { type: 'noop' } }]);
  if (applied > 0) made.data.put('applied', applied);
  for (const { space, key: name } of damage) made[space].delete(name);
  return made;
}

function logOf(repaired: MemoryDisk): number[] {
  return [...repaired.program.range('log/', prefixEnd('log/'))].map(([name]) => Number(name.slice(4)));
}

test('drop-tail keeps what is before the first damaged entry, and the term', () => {
  const damage = [rotten(3), rotten(5)];
  const repaired = disk(damage, 2);
  expect(raft.repair!(repaired, damage, 'drop-tail')).toMatch(
    /^dropped the log's entries 3 to 5, kept those up to 2;/,
  );
  expect(logOf(repaired)).toEqual([1, 2]);
  expect(repaired.program.get('raft')).toEqual({ term: 3, votedFor: null, recovery: 'recovering' });
});

test('drop-tail treats a missing entry as a damaged one', () => {
  const repaired = disk([rotten(4)], 1);
  raft.repair!(repaired, [], 'drop-tail');
  expect(logOf(repaired)).toEqual([1, 2, 3]);
});

test('drop-tail drops an incoming snapshot', () => {
  const repaired = disk([]);
  repaired.program.put('receiving', { index: 9, lastTerm: 2, next: 'k' });
  raft.repair!(repaired, [{ space: 'incoming', key: 'a' }], 'drop-tail');
  expect(repaired.program.get('receiving')).toBeUndefined();
});

test.each([
  [
    'an entry that is applied',
    [rotten(2)],
    3,
    'entry 2 is damaged, and 3 entries are applied already: start empty',
  ],
  ['the term and vote', [{ space: 'program', key: 'raft' }], 0, 'the term, the vote or'],
  ["the log's beginning", [{ space: 'program', key: 'base' }], 0, 'the term, the vote or'],
  ['the data', [{ space: 'data', key: 'm/x' }], 0, 'the replicated data is damaged'],
] as const)('drop-tail refuses where %s is damaged, and changes nothing', (_what, damage, applied, says) => {
  const repaired = disk(damage, applied);
  const before = [...repaired.program.range('', prefixEnd(''))];
  expect(() => raft.repair!(repaired, damage, 'drop-tail')).toThrow(says);
  expect([...repaired.program.range('', prefixEnd(''))]).toEqual(before);
});

test('start-empty keeps only the term and vote', () => {
  const repaired = disk([rotten(1)], 4);
  expect(raft.repair!(repaired, [rotten(1)], 'start-empty')).toMatch(/^dropped everything;/);
  expect([...repaired.program.range('', prefixEnd(''))]).toEqual([
    ['raft', { term: 3, votedFor: null, recovery: 'recovering' }],
  ]);
  expect([...repaired.data.range('', prefixEnd(''))]).toEqual([]);
});

test('start-empty works without a term', () => {
  const repaired = disk([{ space: 'program', key: 'raft' }]);
  raft.repair!(repaired, [{ space: 'program', key: 'raft' }], 'start-empty');
  expect(repaired.program.get('raft')).toEqual({ term: 0, votedFor: null, recovery: 'recovering' });
});
