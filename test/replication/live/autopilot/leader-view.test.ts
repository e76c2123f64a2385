/** What a leader sees: only what it has seen itself, in its own term. */
import { decide, defaultSettings } from '../../../../replication/autopilot/index.ts';
import { LeaderView } from '../../../../replication/live/autopilot/leader-view.ts';
import { foundedBy } from '../../../../replication/raft/configuration.ts';
import { effectiveFrom } from '../../../../replication/raft/effective.ts';
import { newProgress, type Progress } from '../../../../replication/raft/progress.ts';
import type { RaftState } from '../../../../replication/raft/state.ts';

/** A tick is a second. */
const SETTINGS = { ...defaultSettings(1), voters: 3 };
const AROUND = { isPaused: false, isDiskFull: false, canStart: true, windows: [] };

/** A leader in `term` at tick `now`. All have its one entry; r3 was last heard at `heardAt`. */
function leading(term: number, now: number, heardAt: number, more: Partial<Progress> = {}): RaftState {
  const follower = { ...newProgress(2, now), match: 1, drained: false };
  const state = {
    hard: { term },
    tickedAt: now,
    election: { drained: false },
    requests: { transfer: undefined },
    log: {
      base: { index: 0, term: 0 },
      entries: [{ index: 1, term, data: { type: 'noop' } }],
      commit: 1,
      configurations: [effectiveFrom(0, foundedBy(['r1', 'r2', 'r3']))],
    },
    leadership: { progress: { r2: follower, r3: { ...follower, heardAt, ...more } } },
  };
  return state as unknown as RaftState;
}

const third = (view: ReturnType<LeaderView['look']>) => view.members.find(({ id }) => id === 'r3')!;

test('health is counted from when it was seen, and a break begins it anew', () => {
  const view = new LeaderView('r1', leading(3, 100, 100));
  expect(third(view.look(leading(3, 100, 100), SETTINGS, AROUND)).healthyTicks).toBe(0);
  expect(third(view.look(leading(3, 109, 109), SETTINGS, AROUND)).healthyTicks).toBe(9);
  expect(third(view.look(leading(3, 113, 109), SETTINGS, AROUND))).toMatchObject({
    healthyTicks: 0,
    silentTicks: 4,
  });
  expect(third(view.look(leading(3, 120, 120), SETTINGS, AROUND)).healthyTicks).toBe(0);
});

test('who has not answered in this term, or lags, or recovers, is not healthy', () => {
  for (const more of [{ drained: undefined }, { recovering: { incarnation: 1, index: 1 } }]) {
    const view = new LeaderView('r1', leading(3, 100, 100));
    view.look(leading(3, 100, 100, more), SETTINGS, AROUND);
    expect(third(view.look(leading(3, 150, 150, more), SETTINGS, AROUND))).toMatchObject({
      ...{ isSameTerm: false, healthyTicks: 0 },
    });
  }
});

test('a new leader has watched nobody: it calls none dead whom the last one did', () => {
  const old = new LeaderView('r1', leading(3, 100, 100));
  expect(decide(old.look(leading(3, 400, 100), SETTINGS, AROUND), SETTINGS).action).toMatchObject({
    ...{ do: 'start', instead: 'r3' },
  });
  const fresh = new LeaderView('r1', leading(4, 400, 100));
  expect(decide(fresh.look(leading(4, 401, 100), SETTINGS, AROUND), SETTINGS)).toMatchObject({
    ...{ action: undefined, held: [] },
  });
  expect(decide(fresh.look(leading(4, 700, 100), SETTINGS, AROUND), SETTINGS).action).toMatchObject({
    do: 'start',
  });
});

test('a change of the number of readers counts from when it was decided', () => {
  const view = new LeaderView('r1', leading(3, 100, 100));
  view.scaled(0, leading(3, 110, 110));
  expect(view.look(leading(3, 120, 120), SETTINGS, AROUND).sinceScaledTicks).toBe(20);
  view.scaled(1, leading(3, 130, 130));
  expect(view.look(leading(3, 140, 140), SETTINGS, AROUND)).toMatchObject({
    sinceScaledTicks: 10,
    desiredReaders: 1,
  });
});
