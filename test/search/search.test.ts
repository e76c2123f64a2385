/** Nothing is wrong in all that a few replicas can do, and planted bugs are found in it. */
import { type Bug, plantBug } from '../support/mutant-raft.ts';
import { CASES, searchCase } from './cases.ts';

test.each(CASES)(
  '$name',
  (one) => {
    const { clusters, wrong } = searchCase(one, one.short);
    expect(wrong).toBeUndefined();
    // It has looked at much.
    expect(clusters).toBeGreaterThan(3_000);
  },
  60_000,
);

/** A bug, the case that shows it, what is wrong then, and how many choices lead there. */
const BUGS: readonly (Bug & { readonly at: number; readonly says: RegExp; readonly choices: number })[] = [
  {
    // Ongaro's mail of 2015: two leaders remove one each.
    ...{ at: 1, says: /could be elected by a majority of n1, n2, n3 .* and it by a majority of n2, n3, n4/ },
    choices: 5,
    file: 'membership.ts',
    find: 'return termAt(log, log.commit) === hard.term && requests.transfer === undefined;',
    replace: 'return requests.transfer === undefined;',
  },
  {
    ...{ at: 2, says: /could be elected by a majority of n1, n2, n3, n4, n5/, choices: 1 },
    file: 'configuration.ts',
    find: 'return votersChanged(from, to) <= 1 ?',
    replace: 'return votersChanged(from, to) <= 2 ?',
  },
  {
    ...{ at: 2, says: /could be elected by a majority of n1, n2, n3, n4, n5/, choices: 1 },
    file: 'membership.ts',
    find: '  if (effective(log).index > log.commit) return;\n',
    replace: '',
  },
  {
    ...{ at: 0, says: /counts by the configuration of entry 2/, choices: 5 },
    file: 'log.ts',
    find: '  while (effective(log).index > index) log.configurations.pop();\n',
    replace: '',
  },
  {
    ...{ at: 3, says: /could be elected by a majority of n1, n2, n3, n4, n5/, choices: 2 },
    file: 'membership.ts',
    find: 'const isUnderWay = index > log.commit || isJoint(configuration);',
    replace: 'const isUnderWay = isJoint(configuration);',
  },
];

test.each(BUGS)(
  '$find in $file',
  async ({ at, says, choices, ...bug }) => {
    const { createRaft, dispose } = await plantBug(bug);
    try {
      const { wrong } = searchCase(CASES[at]!, CASES[at]!.short, createRaft);
      expect(wrong?.what).toMatch(says);
      expect(wrong?.way).toHaveLength(choices);
    } finally {
      dispose();
    }
  },
  60_000,
);
