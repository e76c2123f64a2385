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

test('a learner that is given up before it was heard of is a start that came to nothing', () => {
  const added = (id: string) => {
    const { members } = foundedBy(['r1', 'r2', 'r3', id]);
    return { members: { ...members, [id]: { ...members[id]!, role: 'learner' as const } } };
  };
  const at = (now: number, newcomer: string | undefined, drained: false | undefined): RaftState => {
    const state = leading(3, now, now);
    const founders = foundedBy(['r1', 'r2', 'r3']);
    const configuration = newcomer === undefined ? founders : added(newcomer);
    const progress = { ...state.leadership!.progress };
    if (newcomer !== undefined) progress[newcomer] = { ...newProgress(2, now), drained };
    const log = { ...state.log, configurations: [effectiveFrom(0, configuration)] };
    return { ...state, log, leadership: { ...state.leadership!, progress } };
  };
  const view = new LeaderView('r1', at(100, undefined, undefined));
  const starts = (now: number, newcomer?: string, drained?: false) => {
    const { failedStarts, sinceFailedTicks } = view.look(at(now, newcomer, drained), SETTINGS, AROUND);
    return [failedStarts, sinceFailedTicks];
  };
  expect(starts(110, 'r4')[0]).toBe(0);
  expect(starts(120)).toEqual([1, 0]);
  expect(starts(130, 'r5')).toEqual([1, 10]);
  expect(starts(140)).toEqual([2, 0]);
  // It cannot even be started.
  view.startFailed(at(150, undefined, undefined));
  expect(starts(155)).toEqual([3, 5]);
  // One that is heard of ends the row, and may be removed later.
  expect(starts(160, 'r6')[0]).toBe(3);
  expect(starts(170, 'r6', false)[0]).toBe(0);
  expect(starts(180)[0]).toBe(0);
});
