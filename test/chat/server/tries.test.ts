import { Tries } from '../../../chat/server/tries.ts';
import { PASSWORD_TRIES } from '../../../chat/state/limits.ts';

const { free, ofStrangers, longestWaitMs, forgottenAfterMs } = PASSWORD_TRIES;
const MINUTE = 60_000;

/** Makes wrong tries for `ada` until one is refused, and says how many went through. */
function guess(tries: Tries, address: string, now: number): number {
  for (let n = 0; ; n++) {
    try {
      tries.begin('ada', address, now);
    } catch {
      return n;
    }
  }
}

test('guessing takes longer and longer, up to a limit; later the count is forgotten', () => {
  const tries = new Tries(PASSWORD_TRIES);
  expect(guess(tries, 'a', 0)).toBe(free);
  for (const [at, through] of [
    [999, 0],
    [1_000, 1],
    [2_999, 0],
    [3_000, 1],
    [6_999, 0],
    [7_000, 1],
  ] as const) {
    expect([at, guess(tries, 'a', at)]).toEqual([at, through]);
  }
  let now = 7_000;
  for (let n = 0; n < 10; n++) {
    now += longestWaitMs;
    guess(tries, 'a', now);
  }
  expect(guess(tries, 'a', now + longestWaitMs - 1)).toBe(0);
  expect(guess(tries, 'a', now + longestWaitMs)).toBe(1);
  expect(guess(tries, 'a', now + longestWaitMs + forgottenAfterMs + 1)).toBe(free);
});

test('the owner at another address is not delayed, nor are other accounts', () => {
  const tries = new Tries(PASSWORD_TRIES);
  guess(tries, 'a', 0);
  tries.begin('ada', 'b', 0).succeeded();
  tries.begin('bob', 'a', 0).succeeded();
});

test('many addresses guess no faster than a few, and an address that has logged in before is not limited', () => {
  const tries = new Tries(PASSWORD_TRIES);
  tries.begin('ada', 'home', 0).succeeded();
  let through = 0;
  for (let n = 0; n < 1_000; n++) through += guess(tries, `bot ${n}`, 0);
  expect(through).toBe(ofStrangers.burst);
  tries.begin('ada', 'home', 0).succeeded();
  // And the owner, somewhere new, gets a turn as time passes.
  tries.begin('ada', 'cafe', MINUTE).succeeded();
});

test('right passwords, and attempts that were not checked, do not count', () => {
  const tries = new Tries(PASSWORD_TRIES);
  for (let n = 0; n < 10 * free; n++) tries.begin('ada', 'a', 0).succeeded();
  for (let n = 0; n < 10 * ofStrangers.burst; n++) tries.begin('ada', 'b', 0).withdrawn();
  expect(guess(tries, 'b', 0)).toBe(free);
});
