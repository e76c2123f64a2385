/**
 * The classic logical-clock exercise: machines of different speeds that send each other their
 * clocks at random.
 *
 * Each tick a machine takes one message from its inbox; if there is none it rolls a die and either
 * sends its clock or has an internal event. With three machines and a ten-sided die: 1 sends to one
 * of the others, 2 to the other one, 3 to both (as one event), and 4 to 10 are internal.
 *
 * For other numbers of machines and other dice the proportions stay: of the faces that send, a
 * third sends to all others, and two thirds send to one, shared evenly among the others. Where the
 * faces do not divide so, the die gets the smallest multiple of its sides that does. A machine with
 * nobody to send to has internal events only.
 */
import type { Program } from '../program.ts';

/**
 * The part of rolls that are internal events: `internal` faces of a die with `sides` (0 <= internal
 * <= sides).
 */
export interface DieSettings {
  /** Faces that are internal events. */
  readonly internal: number;
  /** All faces. */
  readonly sides: number;
}

/** The die of the exercise. */
export const CLASSIC_DIE: DieSettings = { internal: 7, sides: 10 };

/**
 * A machine's die. Faces from 1: `each` faces for every other machine in turn, then up to `sending`
 * to all, the rest internal.
 */
export interface Die {
  readonly sides: number;
  readonly sending: number;
  readonly each: number;
}

/** The body of a message: empty. The clock is on the envelope. */
export type ClockMessage = Readonly<Record<string, never>>;
const NOTHING: ClockMessage = Object.freeze({});

/**
 * The die of a machine with `others` other machines. Throws a RangeError for settings that make no
 * die.
 */
export function makeDie(settings: DieSettings, others: number): Die {
  const { internal, sides } = settings;
  if (
    !Number.isInteger(internal) ||
    !Number.isInteger(sides) ||
    sides < 1 ||
    internal < 0 ||
    internal > sides
  ) {
    throw new RangeError(`no die has ${internal} internal faces of ${sides}`);
  }
  const sending = sides - internal;
  if (others === 0 || sending === 0) return { sides, sending: 0, each: 0 };
  // Faces to one machine are (2/3) sending / others; whole for some multiple up to 3 * others.
  let multiple = 1;
  while ((sending * multiple) % 3 !== 0 || (sending * multiple * 2) % (3 * others) !== 0) multiple++;
  return {
    sides: sides * multiple,
    sending: sending * multiple,
    each: (sending * multiple * 2) / (3 * others),
  };
}

/** The exercise's program. Its state is the machine's die: all else is the machine's own clock. */
export function randomMessages(settings: DieSettings = CLASSIC_DIE): Program<Die, ClockMessage> {
  return {
    name: 'random-messages',
    policy: { messagesPerTick: 1, tickWhenBusy: false, eager: false },
    init: (ctx) => makeDie(settings, ctx.peers.length),
    onTick(die, ctx) {
      const face = ctx.random(die.sides);
      const one = face <= die.sending ? ctx.peers[Math.ceil(face / die.each) - 1] : undefined;
      if (face > die.sending) ctx.note('internal');
      else ctx.send(one ?? ctx.peers, NOTHING);
    },
    isMessage: (body): body is ClockMessage =>
      typeof body === 'object' && body !== null && Object.keys(body).length === 0,
    // Nothing else to do: the machine has moved its clock and written the row.
    onMessage() {},
  };
}
