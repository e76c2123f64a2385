/**
 * The autopilot's settings as they are kept with the data, given by operators and shown to them.
 */
import {
  decide,
  defaultSettings,
  isPaused,
  namedSettings,
  pauseChanges,
  settingChanges,
  settingsOf,
} from '../../../replication/autopilot/index.ts';
import type { Policy, PolicyChanges } from '../../../replication/protocol.ts';
import { calm, healthy } from './table.ts';

const RATE = 20;

/** The policy after changes, as every replica applies them. */
function after(policy: Policy, changes: PolicyChanges): Policy {
  const kept = Object.entries({ ...policy, ...changes }).filter(([, value]) => value !== null);
  return Object.fromEntries(kept) as Policy;
}

test('a cluster that was told nothing is paused, and has the defaults for its voters', () => {
  expect(isPaused({})).toBe(true);
  expect(settingsOf({}, RATE, 5)).toEqual({ ...defaultSettings(RATE), voters: 5 });
  expect(settingsOf({}, RATE, 4).voters).toBe(3);
  expect(settingsOf({}, RATE, 1)).toMatchObject({ voters: 1, minVoters: 1 });
});

test('once it acts, it keeps the voters that there were then: who is removed later is not forgotten', () => {
  const policy = after({}, pauseChanges(false, {}, 5));
  expect(isPaused(policy)).toBe(false);
  expect(settingsOf(policy, RATE, 3).voters).toBe(5);
  // It was told how many, so nothing else says so.
  expect(pauseChanges(false, policy, 3)).toEqual({ 'autopilot.paused': false });
  expect(isPaused(after(policy, pauseChanges(true, policy, 3)))).toBe(true);
});

test('settings are given in seconds, shown in seconds, and counted in ticks', () => {
  const given = { deadSeconds: '90', silentSeconds: '1.5', leaderZone: 'east', highEventLoop: '0.6' };
  const policy = after({}, settingChanges(given, {}, RATE, 3));
  const settings = settingsOf(policy, RATE, 3);
  expect(settings).toMatchObject({
    deadTicks: 1_800,
    silentTicks: 30,
    leaderZone: 'east',
    high: { eventLoop: 0.6 },
  });
  expect(namedSettings(settings, RATE)).toMatchObject({
    deadSeconds: 90,
    silentSeconds: 1.5,
    leaderZone: 'east',
  });
  const back = after(policy, settingChanges({ deadSeconds: '', leaderZone: '' }, policy, RATE, 3));
  expect(settingsOf(back, RATE, 3).deadTicks).toBe(defaultSettings(RATE).deadTicks);
});

test.each([
  [{ dead: '90' }, 'there is no setting dead: there are voters, minVoters'],
  [{ constructor: '1' }, 'there is no setting constructor'],
  [{ deadSeconds: 'soon' }, 'deadSeconds must be seconds from 0.1 to 1000000'],
  [{ voters: '2.5' }, 'voters must be a whole number'],
  [{ voters: '4' }, 'voters must be an odd number'],
  [{ highQueue: '1.5' }, 'highQueue must be a number above 0 and not above 1'],
  [{ leaderZone: 'a b' }, 'leaderZone must be letters'],
  [{ growWindows: '0' }, 'growWindows and shrinkWindows must be above 0'],
  // dead-threshold-too-short (vault#27793)
  [{ deadSeconds: '59' }, 'a member may be called dead after a minute at the earliest'],
])('%j is refused', (given, why) => {
  expect(() => settingChanges(given as unknown as Record<string, string>, {}, RATE, 3)).toThrow(why);
});

test('what is recorded of a decision as JSON gives the same decision again', () => {
  const members = [healthy('r1'), healthy('r2'), { ...healthy('r3'), silentTicks: 400, healthyTicks: 0 }];
  const [view, settings] = [calm('r1', members), defaultSettings(1)];
  const made = decide(view, settings);
  const again = decide(JSON.parse(JSON.stringify(view)), JSON.parse(JSON.stringify(settings)));
  expect(made.action).toMatchObject({ do: 'start', instead: 'r3' });
  expect(JSON.stringify(again)).toBe(JSON.stringify(made));
});
