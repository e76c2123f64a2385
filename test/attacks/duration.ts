/** The duration of random attacks. */
import { roll, seedRandom } from '../../vm/random.ts';

/**
 * The seed of random attacks: `ATTACK_SEED`, or the same in every short run, another in every long
 * one.
 */
const SEED = process.env.ATTACK_SEED ?? (process.env.ATTACK_SECONDS === undefined ? '1' : String(Date.now()));

/**
 * The duration of a random attack: `ATTACK_SECONDS`, where that is set, or `shortMs` as in the test
 * command.
 */
export function attackMs(shortMs: number): number {
  const seconds = Number(process.env.ATTACK_SECONDS ?? 0);
  return seconds > 0 ? seconds * 1_000 : shortMs;
}

/**
 * The time limit of a test that attacks for `attackMs(shortMs)`: as much again as it may take with
 * nothing else to do.
 */
export function attackLimitMs(shortMs: number): number {
  return 2 * attackMs(shortMs) + 60_000;
}

/** A die whose seed is printed, so that a run can be repeated. */
export function attackDie(what: string): (sides: number) => number {
  if (process.env.ATTACK_SECONDS !== undefined) console.log(`${what}: ATTACK_SEED=${SEED}`);
  const state = seedRandom(`${what}/${SEED}`);
  return (sides) => roll(state, sides);
}
