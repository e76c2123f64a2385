/** Notices: a few of a kind, and then the number of those left out. */
import { jest } from '@jest/globals';
import { Notices } from '../../../../vm/live/process/notices.ts';

let said: string[];
let notices: Notices;

beforeEach(() => {
  jest.useFakeTimers();
  said = [];
  notices = new Notices((line) => said.push(line));
});

afterEach(() => jest.useRealTimers());

test('five of a kind are printed per minute; the others are counted, and the count is printed', () => {
  for (let i = 0; i < 100; i++) notices.say(`r1: refused a peer from 10.0.0.${i}: it says "${i}"`);
  notices.say('r1: the disk is full');
  expect(said).toEqual([
    ...[0, 1, 2, 3, 4].map((i) => `r1: refused a peer from 10.0.0.${i}: it says "${i}"`),
    'r1: the disk is full',
  ]);
  said.length = 0;
  jest.advanceTimersByTime(60_000);
  expect(said).toEqual(['... and 95 more in the last minute: r#: refused a peer ...']);
  notices.say('r1: refused a peer from 10.0.0.200: another minute');
  expect(said).toHaveLength(2);
});

test('nothing is added if nothing was left out', () => {
  for (let i = 0; i < 5; i++) notices.say('r1: refused a peer');
  jest.advanceTimersByTime(60_000);
  expect(said).toHaveLength(5);
});

test('unlimited kinds are counted as one in the end', () => {
  for (let i = 0; i < 1_000; i++)
    notices.say(`${'x'.repeat(i % 70)}${String.fromCharCode(97 + (i % 26))} says`);
  expect(said.length).toBeLessThanOrEqual(51 * 5);
});
