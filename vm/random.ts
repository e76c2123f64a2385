/**
 * Seeded randomness: sfc32 (Chris Doty-Humphrey's Small Fast Counting generator), whose state is
 * four 32-bit integers of plain data, so that a machine's randomness is cloned, compared and
 * replayed with it. Integer arithmetic only: the same numbers in every JavaScript engine.
 */

/** The state of a generator: four unsigned 32-bit integers, changed in place by every draw. */
export type RandomState = [number, number, number, number];

/** A generator whose stream depends on every character of `seed` (FNV-1a into sfc32, warmed up). */
export function seedRandom(seed: string | number): RandomState {
  const text = String(seed);
  const state: RandomState = [0, 0, 0, 1];
  for (let lane = 0; lane < 3; lane++) {
    let hash = 0x811c9dc5 ^ Math.imul(lane, 0x9e3779b9);
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    state[lane] = hash >>> 0;
  }
  for (let i = 0; i < 15; i++) nextUint32(state);
  return state;
}

/** The next unsigned 32-bit integer. */
function nextUint32(state: RandomState): number {
  const sum = (state[0] + state[1] + state[3]) >>> 0;
  state[3] = (state[3] + 1) >>> 0;
  state[0] = (state[1] ^ (state[1] >>> 9)) >>> 0;
  state[1] = (state[2] + (state[2] << 3)) >>> 0;
  state[2] = ((((state[2] << 21) | (state[2] >>> 11)) >>> 0) + sum) >>> 0;
  return sum;
}

/**
 * A fair die: an integer from 1 to `sides` (1 to 2^32), by rejection, so that no face is favoured.
 */
export function roll(state: RandomState, sides: number): number {
  for (;;) {
    const draw = nextUint32(state);
    const face = draw % sides;
    // A last block of draws that has not all faces is not used.
    if (draw - face + sides <= 0x100000000) return face + 1;
  }
}

/** An integer from `low` to `high`, both included. */
export function between(state: RandomState, low: number, high: number): number {
  return low + roll(state, high - low + 1) - 1;
}

/** True with the given probability (0 to 1), to a part in a million. Draws nothing for 0. */
export function chance(state: RandomState, probability: number): boolean {
  return probability > 0 && roll(state, 1_000_000) <= Math.round(probability * 1_000_000);
}

/** Draws one of the choices. */
export function pick<T>(state: RandomState, choices: readonly T[]): T {
  return choices[roll(state, choices.length) - 1]!;
}
