/**
 * Decisions of the autopilot, as tables: what a leader sees, and what it does about it. Names with
 * hyphens are of ways in which other systems have gone wrong.
 */
import { checkSettings, decide, defaultSettings } from '../../../replication/autopilot/index.ts';
import { casesIn, told } from './table.ts';

const VOTERS = `
## with all well there is nothing to do
r1 voter a, leads
r2 voter b
r3 voter c
=> nothing

## a dead voter is replaced first, in its zone
r1 voter a, leads
r2 voter b
r3 voter c, silent for 300s
=> replace: start a voter in c instead of r3

## a moment before that it is not dead
r1 voter a, leads
r2 voter b
r3 voter c, silent for 299s
=> nothing

## a stable reader takes the place of a dead voter
r1 voter a, leads
r2 voter b
r3 voter c, silent for 400s
r4 reader a
r5 reader c
=> replace: promote r5

## while the replacement starts, nobody is removed
r1 voter a, leads
r2 voter b
r3 voter c, silent for 400s
starting a voter
=> nothing
   held: learning r3

## nor while it learns
r1 voter a, leads
r2 voter b
r3 voter c, silent for 400s
r4 learning c, behind 4000, healthy for 0s, not checked
=> nothing
   held: learning r3
   held: not-stable r4

## a learner votes once it is stable and its copy was compared
r1 voter a, leads
r2 voter b
r3 voter c, silent for 400s
r4 learning c
=> promote: promote r4
   held: learning r3

## not before its copy was compared
r1 voter a, leads
r2 voter b
r3 voter c, silent for 400s
r4 learning c, not checked
=> nothing
   held: learning r3
   held: not-checked r4

## the dead voter goes once its replacement votes
r1 voter a, leads
r2 voter b
r3 voter c, silent for 500s
r4 voter c
=> replace: remove r3

## of two dead voters the one that was silent longer goes first, and one at a time
r1 voter a, leads
r2 voter b, silent for 400s
r3 voter c, silent for 500s
r4 voter c
r5 voter b
settings voters=3
=> replace: remove r3

## a dead learner is removed: it counts for nothing
r1 voter a, leads
r2 voter b
r3 voter c
r4 learning c, silent for 300s
=> replace: remove r4

## two learners become voters together, so that the number stays odd
r1 voter a, leads
r2 voter b
r3 voter c
r4 learning a
r5 learning b
settings voters=5
=> promote: promote r4 and r5

## one alone waits for a second
r1 voter a, leads
r2 voter b
r3 voter c
r4 learning a
settings voters=5
=> nothing
   held: odd-voters r4

## one alone makes four voters five
r1 voter a, leads
r2 voter b
r3 voter c
r4 voter a
r5 learning b
settings voters=5
=> promote: promote r5

## of three learners those in the emptiest zones
r1 voter a, leads
r2 voter a
r3 voter b
r4 learning a
r5 learning c
r6 learning b
settings voters=5
=> promote: promote r5 and r6

## there are voters enough
r1 voter a, leads
r2 voter b
r3 voter c
r4 learning a
=> nothing
   held: enough-voters r4

## fewer voters are wanted: those of the fullest zone become readers, in one change, never the leader
r1 voter a, leads
r2 voter a
r3 voter a
r4 voter b
r5 voter c
=> demote: demote r3 and r2

## those that are not healthy become readers first
r1 voter a, leads
r2 voter a
r3 voter a
r4 voter b, silent for 20s
r5 voter c
=> demote: demote r4 and r3

## the leader is not one of them, even with a full disk
r1 voter a, leads, disk full
r2 voter a
r3 voter b
r4 voter c
r5 voter c
=> demote: demote r5 and r2

## a dead voter beyond the number goes without a replacement
r1 voter a, leads
r2 voter a
r3 voter a
r4 voter b
r5 voter c, silent for 300s
=> replace: remove r5
`;

const HOLDS = `
## paused
r1 voter a, leads
r2 voter b
r3 voter c, silent for 300s
paused
=> nothing
   held: paused

## in an election
r1 voter a, leads
r2 voter b
r3 voter c, silent for 300s
an election
=> nothing
   held: election

## while the configuration changes
r1 voter a, leads
r2 voter b
r3 voter c, silent for 300s
a change is under way
=> nothing
   held: change

## while leadership is transferred
r1 voter a, leads
r2 voter b
r3 voter c, silent for 300s
a transfer is under way
=> nothing
   held: transfer
`;

const LEADERSHIP = `
## a leader that is drained hands over to the voter that is furthest along
r1 voter a, leads, draining
r2 voter b, behind 7
r3 voter c, behind 2
=> lead: move leadership to r3

## so does one whose disk is full, though it leads since a moment
r1 voter a, leads for 12s, disk full
r2 voter b
r3 voter c
=> lead: move leadership to r2

## to none that is itself drained or not stable
r1 voter a, leads, draining
r2 voter b, draining
r3 voter c, healthy for 9s
=> nothing
   held: no-successor

## to the zone that the leader should be in
r1 voter a, leads
r2 voter b
r3 voter c
settings leaderZone=c
=> lead: move leadership to r3

## but not to and fro
r1 voter a, leads for 59s
r2 voter b
r3 voter c
settings leaderZone=c
=> nothing
   held: cool-down
`;

const READERS = `
## three high windows: a reader more, where there are none
r1 voter a, leads
r2 voter b
r3 voter c
load 0.5 x5, 1.1 x3
=> scale: start a reader in a
   desired readers 1

## two are not enough
r1 voter a, leads
r2 voter b
r3 voter c
load 1.1 x5, 0.9, 1.4 x2
=> nothing

## not more than there may be
r1 voter a, leads
r2 voter b
r3 voter c
r4 reader b
settings maxReaders=1
load 1.1 x3
=> nothing
   held: max-readers

## not again so soon
r1 voter a, leads
r2 voter b
r3 voter c
r4 reader b
scaled 299s ago
load 1.1 x4
=> nothing
   held: cool-down

## windows from before the change do not count, as they are of another number of replicas
r1 voter a, leads
r2 voter b
r3 voter c
r4 reader b
scaled 599s ago
load 0.3 x15
=> nothing

## ten low windows: a reader less, of the fullest zone
r1 voter a, leads
r2 voter b
r3 voter c
r4 reader b
r5 reader b
r6 reader c
load 0.4 x10
=> scale: remove r5
   desired readers 2

## nine are not enough
r1 voter a, leads
r2 voter b
r3 voter c
r4 reader b
load 0.4 x9
=> nothing

## not if the others would then be near to high
r1 voter a, leads
r2 reader b
load 0.4 x10
settings voters=1 minVoters=1
=> nothing
   held: predicted-load

## not fewer than there must be
r1 voter a, leads
r2 voter b
r3 voter c
r4 reader b
settings minReaders=1
load 0.1 x10
=> nothing

## a reader that was removed as dead is started again
r1 voter a, leads
r2 voter b
r3 voter c
desired readers 1
=> scale: start a reader in a
   desired readers 1
`;

const OPERATIONS = `
## add-dead-to-unhealthy (etcd#6103): a learner gets no vote where the new majority would not be there
r1 voter a, leads
r2 voter b, silent for 3s
r3 voter c, silent for 60s
r4 voter a, behind 5000
r5 learning b
settings voters=5
=> nothing
   held: quorum r5

## add-dead-to-unhealthy (etcd#10499): nor one that is itself not there
r1 voter a, leads
r2 voter b
r3 voter c, silent for 60s
r4 learning c, silent for 60s
=> nothing
   held: not-stable r4

## cleanup-shrinks-to-one (consul#5922): the dead are not removed one after the other
r1 voter a, leads
r2 voter b, silent for 600s
r3 voter c, silent for 600s
nothing starts replicas
=> nothing
   held: no-replacement r2

## cleanup-shrinks-to-one: they are where fewer voters are allowed, ...
r1 voter a, leads
r2 voter b
r3 voter c
r4 voter a, silent for 600s
r5 voter b, silent for 700s
settings voters=5 minVoters=3
nothing starts replicas
=> replace: remove r5

## cleanup-shrinks-to-one: ... down to these
r1 voter a, leads
r2 voter b
r3 voter c, silent for 600s
settings voters=5 minVoters=3
nothing starts replicas
=> nothing
   held: no-replacement r3

## cleanup-shrinks-to-one: ... and never where the rest has no majority
r1 voter a, leads
r2 voter b, behind 900
r3 voter c, behind 900
r4 voter a, silent for 600s
settings voters=5 minVoters=3
nothing starts replicas
=> nothing
   held: quorum r4

## cleanup-shrinks-to-one, with fewer voters wanted than there must be left
r1 voter a, leads
r2 voter b, silent for 600s
settings voters=1 minVoters=1
=> replace: remove r2

## cleanup-prunes-catching-up (raft-autopilot#17): far behind is not dead
r1 voter a, leads
r2 voter b
r3 voter c
r4 learning c, behind 900000, healthy for 0s, not checked
=> nothing
   held: not-stable r4

## rolling-restart-outruns-stabilisation (consul#8118): a voter that restarts keeps its vote
r1 voter a, leads
r2 voter b, silent for 40s
r3 voter c, healthy for 3s
r4 reader c
=> nothing

## fresh-leader-thinks-all-stable (raft-autopilot#9): it has seen nobody for ten seconds yet
r1 voter a, leads for 9s
r2 voter b
r3 voter c, silent for 5000s
r4 learning c
=> nothing
   held: not-stable r4

## fresh-leader-thinks-all-stable: nor has it seen anybody silent for five minutes
r1 voter a, leads for 299s
r2 voter b
r3 voter c, silent for 5000s
=> nothing

## offline-voter-no-replacement (go-dqlite#263): without a replacement it stays
r1 voter a, leads
r2 voter b
r3 voter c, silent for 600s
nothing starts replicas
=> nothing
   held: no-replacement r3

## a replica that was never heard of has longer to come up: a computer may have to boot
r1 voter a, leads
r2 voter b
r3 voter c, silent for 900s
r4 learning c, never heard of, silent for 599s
=> nothing
   held: learning r3
   held: not-stable r4

## ... and is given up after that
r1 voter a, leads
r2 voter b
r3 voter c, silent for 900s
r4 learning c, never heard of, silent for 600s
=> replace: remove r4

## ... though never before a member that was heard of would be
r1 voter a, leads
r2 voter b
r3 voter c
r4 learning c, never heard of, silent for 700s
settings deadTicks=900
=> nothing
   held: not-stable r4

## a voter has no such time, whether this leader has heard of it or not
r1 voter a, leads
r2 voter b
r3 voter c, never heard of, silent for 300s
=> replace: start a voter in c instead of r3

## after a start that came to nothing there is no other for a minute
r1 voter a, leads
r2 voter b
r3 voter c, silent for 900s
1 start came to nothing, the last 59s ago
=> nothing
   held: backing-off r3

## ... and then there is
r1 voter a, leads
r2 voter b
r3 voter c, silent for 900s
1 start came to nothing, the last 60s ago
=> replace: start a voter in c instead of r3

## after three in a row it is four minutes
r1 voter a, leads
r2 voter b
r3 voter c, silent for 900s
3 starts came to nothing, the last 239s ago
=> nothing
   held: backing-off r3

## after however many, it is 32 at most
r1 voter a, leads
r2 voter b
r3 voter c, silent for 9000s
60 starts came to nothing, the last 1920s ago
=> replace: start a voter in c instead of r3

## a stable reader need not be started
r1 voter a, leads
r2 voter b
r3 voter c, silent for 900s
r4 reader c
2 starts came to nothing, the last 1s ago
=> replace: promote r4

## where fewer voters are allowed, the dead one is still not removed while its replacement is only delayed
r1 voter a, leads
r2 voter b
r3 voter c
r4 voter a, silent for 600s
settings voters=5 minVoters=3
1 start came to nothing, the last 1s ago
=> nothing
   held: backing-off r4

## readers wait as well, and no more are wanted meanwhile
r1 voter a, leads
r2 voter b
r3 voter c
load 1.2 x3
1 start came to nothing, the last 1s ago
=> nothing
   held: backing-off

## scale-in-takes-the-voters (consul#3472): with no reader left there is nothing to remove
r1 voter a, leads
r2 voter b
r3 voter c
load 0 x10
=> nothing

## scaler-counts-drained-as-missing: a drained reader is one of the desired
r1 voter a, leads
r2 voter b
r3 voter c
r4 reader b, draining
r5 reader c, silent for 90s
desired readers 2
load 0.6 x10
=> nothing

## scaler-flaps (kubernetes/autoscaler#581): high and low in turn are neither
r1 voter a, leads
r2 voter b
r3 voter c
r4 reader b
load 1.2 x2, 0.2, 1.2 x2, 0.2, 1.2 x2, 0.2, 1.2 x2, 0.2 x9
=> nothing
`;

describe.each([
  ['voters', VOTERS],
  ['what holds everything', HOLDS],
  ['leadership', LEADERSHIP],
  ['readers', READERS],
  ['operations', OPERATIONS],
])('%s', (_, text) => {
  test.each(casesIn(text).map((one) => [one.name, one] as const))('%s', (_, { view, settings, expected }) => {
    expect(told(decide(view, settings))).toBe(expected);
  });
});

test('dead-threshold-too-short (vault#27793): under a minute is refused', () => {
  const settings = defaultSettings(20);
  expect(checkSettings(settings, 20)).toBeUndefined();
  expect(checkSettings({ ...settings, deadTicks: 59 * 20 }, 20)).toMatch(/after a minute at the earliest/);
});

test.each([
  [{ voters: 4 }, /odd/],
  [{ voters: 3, minVoters: 5 }, /minVoters/],
  [{ stableTicks: 6_000 }, /stable sooner/],
  [{ minReaders: 11 }, /minReaders/],
])('settings that do not go together are refused: %j', (given, why) => {
  expect(checkSettings({ ...defaultSettings(20), ...given }, 20)).toMatch(why);
});

test('the same view gives the same decision, in whatever order members are listed', () => {
  for (const { view, settings } of casesIn(VOTERS)) {
    const turned = { ...view, members: [...view.members].reverse() };
    expect(decide(turned, settings).action).toEqual(decide(view, settings).action);
  }
});
