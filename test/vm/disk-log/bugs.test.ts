/** Bugs planted in the log: each must be caught by the check that is there for it. */
import { type Bug, compile, plant } from '../../support/mutant.ts';
import type { LogModule } from './bench.ts';
import * as checks from './checks.ts';

type Check = (module: LogModule) => void;

/** What is done wrong, where, and who notices. */
const BUGS: readonly (readonly [name: string, by: Check, bugs: readonly Bug[]])[] = [
  [
    'checksums are not compared',
    checks.survivesEveryCrash,
    [
      {
        file: 'layout.ts',
        find: 'return codec.crc32(segment.subarray(at + GROUP_SUMMED_FROM, end), salt) === checksum;',
        replace: 'return true;',
      },
    ],
  ],
  [
    'groups are not chained',
    checks.refusesGroupsOfACopy,
    [{ file: 'read-log.ts', find: ' && previous === this.checksum;', replace: ';' }],
  ],
  [
    'no salt, so that groups of other segments count',
    checks.ignoresGroupsOfOtherSegments,
    [
      { file: 'layout.ts', find: 'return viewOf(segment).getUint32(SALT_AT, true);', replace: 'return 0;' },
      {
        file: 'layout.ts',
        find: '!== saltOf(segment)) return undefined;',
        replace: '!== viewOf(segment).getUint32(SALT_AT, true)) return undefined;',
      },
    ],
  ],
  [
    'the directory is not synced after a new segment has its name',
    checks.survivesEveryCrash,
    [{ file: 'disk-log.ts', find: "      { do: 'syncDirectory' },\n", replace: '' }],
  ],
  [
    'a segment gets its name before it is synced',
    checks.survivesEveryCrash,
    [
      { file: 'disk-log.ts', find: "      { do: 'sync', name: file },\n", replace: '' },
      {
        file: 'disk-log.ts',
        find: "      { do: 'syncDirectory' },\n",
        replace: "      { do: 'syncDirectory' },\n      { do: 'sync', name: segmentName(segment.number) },\n",
      },
    ],
  ],
  [
    'a group is not synced',
    checks.survivesEveryCrash,
    [{ file: 'disk-log.ts', find: "        { do: 'sync', name },\n", replace: '' }],
  ],
  [
    'what a start finds counts before it is synced',
    checks.countsWhatItFindsOnceDurable,
    [
      {
        file: 'read-log.ts',
        find: "return [{ do: 'sync', name: segmentName(last.number) }, { do: 'syncDirectory' }];",
        replace: 'return [];',
      },
    ],
  ],
  [
    'a start syncs what it finds, but not its name',
    checks.countsWhatItFindsOnceDurable,
    [{ file: 'read-log.ts', find: ", { do: 'syncDirectory' }]", replace: ']' }],
  ],
  [
    'a segment is dropped although it has live records',
    checks.survivesEveryCrash,
    [
      {
        file: 'disk-log.ts',
        find: 'this.#segments.find((segment) => segment.live > 0) ?? last',
        replace: 'last',
      },
    ],
  ],
  [
    'a segment with live records is never dropped, for they are not written again',
    checks.staysSmall,
    [
      {
        file: 'disk-log.ts',
        find: 'const all = [...records, ...this.#rewritten(records)];',
        replace: 'const all = [...records];',
      },
    ],
  ],
  [
    'a record that is written again replaces what its group says of it',
    checks.writesNoOldValueAgain,
    [
      {
        file: 'disk-log.ts',
        find: '.filter(([key]) => !written.has(key))',
        replace: '.filter(() => written.size > 0)',
      },
    ],
  ],
  [
    'deletions are lost: what was deleted is written again',
    checks.survivesEveryCrash,
    [
      {
        file: 'segment.ts',
        find: '    const old = this.#records.get(key);',
        replace: '    if (value === undefined) return;\n    const old = this.#records.get(key);',
      },
    ],
  ],
  [
    'a short write counts as a whole one',
    checks.noticesAShortWrite,
    [
      {
        file: 'files.ts',
        find: 'if (written !== bytes.length) throw',
        replace: 'if (written > bytes.length) throw',
      },
    ],
  ],
  [
    'a torn write is taken for damage',
    checks.survivesEveryCrash,
    [
      {
        file: 'read-log.ts',
        find: 'return !isEndOrTorn(bytes, end) ||',
        replace: 'return groupAt(bytes, end) !== undefined ||',
      },
    ],
  ],
  [
    'damage is taken for a torn write',
    checks.refusesEveryFlippedBit,
    [
      {
        file: 'read-log.ts',
        find: 'return !isEndOrTorn(bytes, end) || isGroupBehind(bytes, end, salt, this.#codec);',
        replace: 'return false;',
      },
    ],
  ],
  [
    'what was left behind the end that a start found is read',
    checks.survivesCrashesInARow,
    [{ file: 'read-log.ts', find: '(last === undefined || this.sequence < last) && ', replace: '' }],
  ],
  [
    'the mark does not say how far the log must reach',
    checks.refusesALostEnd,
    [
      { file: 'read-log.ts', find: ' || this.sequence < this.#mark.applied', replace: '' },
      {
        file: 'read-log.ts',
        find: 'if (this.sequence < applied) this',
        replace: 'if (this.sequence < 0) this',
      },
    ],
  ],
  [
    'the mark does not say where the log begins',
    checks.refusesAMissingSegment,
    [
      {
        file: 'read-log.ts',
        find: 'if (numbers[0] !== first && !isNew)',
        replace: 'if (numbers.length === 0 && !isNew)',
      },
    ],
  ],
  [
    'a segment may be of another disk',
    checks.refusesForeignSegments,
    [
      {
        file: 'read-log.ts',
        find: 'header.identity.some((byte, i) => byte !== this.#identity[i])',
        replace: 'header.identity.length === 0',
      },
    ],
  ],
  [
    'what passes through the log is forgotten before it has arrived',
    checks.survivesEveryCrash,
    [
      {
        file: 'read-log.ts',
        find: 'sequence > this.#mark.applied',
        replace: 'sequence > this.#mark.applied + 1',
      },
    ],
  ],
];

/** A copy of the log with bugs, for as long as `use` takes. */
async function withBugs(bugs: readonly Bug[], use: (mutant: LogModule) => void): Promise<void> {
  const placed = bugs.map((bug) => ({ ...bug, file: `vm/disk-log/${bug.file}` }));
  const { load, dispose } = plant(['vm/disk-log'], placed, compile);
  try {
    const parts = ['disk-log.js', 'read-log.js', 'files.js'].map((file) => load(`vm/disk-log/${file}`));
    use(Object.assign({}, ...(await Promise.all(parts))) as LogModule);
  } finally {
    dispose();
  }
}

test.each(BUGS)('%s', async (_, check, bugs) => {
  await withBugs(bugs, (mutant) => expect(() => check(mutant)).toThrow());
});

test('a copy without a bug passes every check', async () => {
  await withBugs([], (copy) => {
    for (const check of Object.values(checks)) check(copy);
  });
});
