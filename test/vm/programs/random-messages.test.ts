import { Machine } from '../../../vm/machine.ts';
import type { ClockSettings, Effect, Envelope } from '../../../vm/program.ts';
import {
  CLASSIC_DIE,
  type ClockMessage,
  type Die,
  makeDie,
  randomMessages,
} from '../../../vm/programs/random-messages.ts';
import { MemoryDisk } from '../../../vm/store.ts';

const CLOCK: ClockSettings = { stamp: 'after', vector: true };

function makeMachine(others: readonly string[], settings = CLASSIC_DIE, seed = 1, clock = CLOCK) {
  const disk = new MemoryDisk();
  const options = { self: 'm1', peers: others, seed, boot: 1, clock, record: true, disk };
  const machine = new Machine(randomMessages(settings), options);
  machine.start(0);
  return machine;
}

/** What one tick does when the die shows each face in turn. */
function everyFace(machine: Machine<Die, ClockMessage, never>): string[] {
  const die = machine.state.program;
  const program = machine.program;
  return Array.from({ length: die.sides }, (_, i) => {
    let did = '';
    program.onTick(die, {
      self: 'm1',
      peers: machine.options.peers,
      random: (sides: number) => {
        expect(sides).toBe(die.sides);
        return i + 1;
      },
      send: (to: string | readonly string[]) => {
        did += `send ${typeof to === 'string' ? to : to.join('+')}`;
      },
      note: (event: string) => {
        did += event;
      },
    } as unknown as Parameters<typeof program.onTick>[1]);
    return did;
  });
}

const events = (effects: readonly Effect<ClockMessage>[]) =>
  effects.flatMap((effect) => (effect.type === 'event' ? [effect.event] : []));

const envelope = (id: string, lamport: number): Envelope<ClockMessage> => ({
  id,
  from: 'm2',
  lamport,
  vector: { m2: lamport },
  body: {},
});

describe('the roll', () => {
  test('of the classic exercise: 1 to the first, 2 to the second, 3 to both, 4 to 10 internal', () => {
    expect(everyFace(makeMachine(['m2', 'm3']))).toEqual([
      'send m2',
      'send m3',
      'send m2+m3',
      ...Array(7).fill('internal'),
    ]);
  });

  test.each([
    [{ internal: 7, sides: 10 }, 1],
    [{ internal: 7, sides: 10 }, 4],
    [{ internal: 9, sides: 10 }, 2],
    [{ internal: 1, sides: 2 }, 6],
    [{ internal: 0, sides: 1 }, 3],
  ])('of %j with %d others keeps the proportions', (settings, others) => {
    const names = Array.from({ length: others }, (_, i) => `m${i + 2}`);
    const faces = everyFace(makeMachine(names, settings));
    const part = (what: string) => faces.filter((face) => face === what).length / faces.length;
    const sending = 1 - settings.internal / settings.sides;
    expect(part('internal')).toBeCloseTo(1 - sending);
    if (others === 1) {
      expect(part('send m2')).toBeCloseTo(sending);
      return;
    }
    expect(part(`send ${names.join('+')}`)).toBeCloseTo(sending / 3);
    for (const name of names) expect(part(`send ${name}`)).toBeCloseTo(((2 / 3) * sending) / others);
  });

  test('of a single machine, or with internal events only, never sends', () => {
    expect(new Set(everyFace(makeMachine([])))).toEqual(new Set(['internal']));
    expect(new Set(everyFace(makeMachine(['m2', 'm3'], { internal: 1, sides: 1 })))).toEqual(
      new Set(['internal']),
    );
  });

  test.each([
    { internal: 11, sides: 10 },
    { internal: -1, sides: 10 },
    { internal: 0, sides: 0 },
    { internal: 1.5, sides: 3 },
  ])('%j is no die', (settings) => {
    expect(() => makeDie(settings, 2)).toThrow(RangeError);
  });
});

describe('the classic rules', () => {
  test('each tick is exactly one event: a message taken, or one action', () => {
    const machine = makeMachine(['m2', 'm3']);
    for (let i = 0; i < 3; i++) machine.deliver({ envelope: envelope(`m2-${i}`, 10 * i) });
    const seen: string[] = [];
    for (let tick = 1; tick <= 200; tick++) {
      const [event, ...more] = events(machine.tick(tick));
      expect(more).toEqual([]);
      expect(event).toMatchObject({ tick, queue: Math.max(0, 3 - tick) });
      seen.push(event!.event);
    }
    expect(seen.slice(0, 3)).toEqual(['receive', 'receive', 'receive']);
    expect(new Set(seen.slice(3))).toEqual(new Set(['send', 'internal']));
  });

  test('link events take no tick and no place in the queue', () => {
    const machine = makeMachine(['m2', 'm3']);
    machine.deliver({ link: 'm2', up: true });
    expect(events(machine.tick(1))).toMatchObject([{ tick: 1, queue: 0 }]);
  });

  test('messages are taken in the order of arrival, and the clock jumps past theirs', () => {
    const machine = makeMachine(['m2', 'm3']);
    machine.deliver({ envelope: envelope('m2-1', 41) });
    machine.deliver({ envelope: envelope('m2-2', 5) });
    const taken = [machine.tick(1), machine.tick(2)].flatMap(events);
    expect(taken.map(({ message, lamport }) => [message, lamport])).toEqual([
      ['m2-1', 42],
      ['m2-2', 43],
    ]);
  });

  test('a send to both is one event and one message with two receivers', () => {
    for (let seed = 1; ; seed++) {
      const machine = makeMachine(['m2', 'm3'], CLASSIC_DIE, seed);
      const effects = machine.tick(1);
      const send = effects.find((effect) => effect.type === 'send');
      if (send?.type !== 'send' || send.to.length !== 2) continue;
      expect(events(effects)).toHaveLength(1);
      expect(events(effects)[0]).toMatchObject({
        event: 'send',
        peer: 'm2 m3',
        message: send.envelope.id,
        lamport: 2,
      });
      return;
    }
  });

  test.each([
    ['after', 2],
    ['before', 1],
  ] as const)('a message carries the clock %s its send, and nothing else', (stamp, lamport) => {
    const machine = makeMachine(['m2', 'm3'], { internal: 0, sides: 1 }, 1, { stamp, vector: false });
    const send = machine.tick(1).find((effect) => effect.type === 'send');
    expect(send).toMatchObject({ envelope: { lamport, body: {} } });
    expect(machine.state.lamport).toBe(2);
  });
});
