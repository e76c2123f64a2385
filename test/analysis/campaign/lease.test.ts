/** Seeds with leases: their clocks keep what leases take for granted, in the run as it was and in its smallest story. */

import { campaignRaft } from '../../../analysis/campaign/protocols.ts';
import { tellSeed } from '../../../analysis/campaign/run-seed.ts';
import { shrinkStory } from '../../../analysis/campaign/shrink.ts';
import type { Story } from '../../../analysis/campaign/story.ts';
import { judged } from '../../../analysis/campaign/with-history-check.ts';
import { writeStory } from '../../../analysis/campaign/write-story.ts';
import { type Bug, plantBug } from '../../support/mutant-raft.ts';

/** Fails late, so that a whole storm is told. */
const LATE: Bug = {
  file: 'election.ts',
  find: "setRole(replica, 'leader');",
  replace: "if (state.term > 6) throw new RangeError('late');\n  setRole(replica, 'leader');",
};
const TOO_LONG: Bug = {
  file: 'lease.ts',
  find: 'until: lease.askedAt + settings.leaseTicks',
  replace: 'until: lease.askedAt + settings.electionTicks[1]',
};

/** All rates that a clock has in a story. */
function ratesOf({ rates, steps }: Story): number[] {
  const faults = steps.flatMap(({ act }) => (act.type === 'fault' ? act.fault : []));
  return [...rates, ...faults.flatMap((fault) => (fault.type === 'rate' ? fault.ticksPerSecond : []))];
}

function kindsOf({ steps }: Story): Set<string> {
  return new Set(steps.map(({ act }) => (act.type === 'fault' ? act.fault.type : act.type)));
}

/** Whether the lease is shorter than the shortest election timeout, a tick less, between any two of the clocks. */
function isShort({ settings, ...story }: Story): boolean {
  const [shortest] = (settings.electionTicks ?? [15, 30]) as readonly [number, number];
  const rates = ratesOf({ settings, ...story });
  return (settings.leaseTicks as number) / Math.min(...rates) <= (shortest - 1) / Math.max(...rates);
}

test('where clients read by leases, clocks keep pace and no process stands still', async () => {
  const { createRaft, dispose } = await plantBug(LATE);
  try {
    const raft = campaignRaft(createRaft);
    const told = Array.from({ length: 120 }, (_, i) => tellSeed(raft, i + 1).story);
    const stories = told.filter((story) => story !== undefined);
    const reads = (story: Story) =>
      story.steps.some(({ act }) => act.type === 'read' && act.consistency === 'lease');
    const leased = stories.filter(reads);
    expect(leased.length).toBeGreaterThan(10);
    expect(leased.length).toBeLessThan(stories.length / 2);
    for (const story of leased) {
      expect(isShort(story)).toBe(true);
      for (const kind of ['pause', 'drift', 'jump']) expect(kindsOf(story)).not.toContain(kind);
    }
    expect(leased.some((story) => kindsOf(story).has('rate'))).toBe(true);
    // Elsewhere leases are on now and then, and clocks do as they please.
    const others = stories.filter((story) => !reads(story));
    expect(others.some(({ settings }) => settings.leaseTicks !== undefined)).toBe(true);
    expect(others.some((story) => kindsOf(story).has('jump'))).toBe(true);
  } finally {
    dispose();
  }
}, 120_000);

test('a story of an old answer is shrunk without breaking what leases take for granted', async () => {
  const { createRaft, dispose } = await plantBug(TOO_LONG);
  try {
    const raft = campaignRaft(createRaft);
    const stories = Array.from({ length: 60 }, (_, i) => tellSeed(raft, i + 1).story);
    const story = stories.find((one) => one !== undefined)!;
    const shrunk = shrinkStory(story, { raft: (options) => judged(raft.subject(options)) });
    expect(shrunk.fails).toBe(true);
    expect(isShort(shrunk.story)).toBe(true);
    expect(writeStory(shrunk.story)).toMatch(/^set leaseTicks \d+$/m);
    expect(writeStory(shrunk.story)).toMatch(/^get \w+ lease at n\d$/m);
  } finally {
    dispose();
  }
}, 120_000);
