/**
 * A run as plain data: what was set up, what was done to it and when, and how far it went. That is
 * all it takes to reach the same instant again, with the same events, byte for byte, in any browser
 * and in Node.
 */
import { encodeEvents, HEADER } from '../../logs/format/index.ts';
import type { ProtocolRequest } from '../../replication/index.ts';
import { type KeyValueProtocol, PROTOCOLS } from '../../replication/sim/index.ts';
import type { EventRecord, Program } from '../../vm/index.ts';
import { randomMessages } from '../../vm/programs/index.ts';
import {
  CALM_WORLD,
  drawMachines,
  History,
  type Input,
  PRESETS,
  type PresetName,
  World,
  type WorldObserver,
  type WorldSettings,
} from '../../vm/sim/index.ts';

/** The classic exercise of random messages, which the machines may run in place of a protocol. */
export const CLOCKS = 'clocks';

/** The setup of a world. */
export interface Setup {
  /** A protocol by its name, or `CLOCKS`. */
  readonly program: string;
  readonly machines: number;
  /** At a quick preset the clocks exercise keeps its 1 to 6 ticks a second. */
  readonly preset: PresetName;
  readonly seed: number;
}

/** A world, what is done to it, and the instant to look at. */
export interface Run extends Setup {
  /** In order; those beyond `steps` are the known future of that instant. */
  readonly inputs: readonly Input<ProtocolRequest>[];
  /** How many simulation events to let pass. */
  readonly steps: number;
}

/** Any of the programs, running. */
export type AnyWorld = World<unknown, unknown, ProtocolRequest>;
export type AnyHistory = History<unknown, unknown, ProtocolRequest>;

/** How many events are turned into text at once. */
const EVENTS_PER_PART = 100;

/** The default settings of links. */
export function networkOf(setup: Setup): WorldSettings['network'] {
  return PRESETS[setup.preset].network;
}

/** The longest that a machine waits for a leader before it starts an election, in its own ticks. */
export function longestElection({ program, preset }: Setup): number {
  return PROTOCOLS[program]?.longestElection(preset) ?? 0;
}

/** The replication protocol that the world runs; undefined for the clocks exercise. */
export function protocolOf({ program, preset }: Setup): KeyValueProtocol | undefined {
  return PROTOCOLS[program]?.create(preset);
}

/**
 * The world at its beginning. `tickraft clocks` with the same seed draws the same rates and random
 * numbers as the quick clocks here.
 */
function createWorld(setup: Setup, observer: WorldObserver): AnyWorld {
  const { seed, preset } = setup;
  const program: unknown = protocolOf(setup) ?? randomMessages();
  return new World(
    program as Program<unknown, unknown, ProtocolRequest>,
    {
      ...{ seed, machines: machinesOf(setup), record: true },
      clock: { ...CALM_WORLD.clock, vector: true },
      network: networkOf(setup),
      disk: PRESETS[preset].disk,
    },
    observer,
  );
}

/** The names of as many machines of a protocol, in order. */
export function machineNames(count: number): readonly string[] {
  return drawMachines(count).map(({ id }) => id);
}

function machinesOf({ program, machines, preset, seed }: Setup): WorldSettings['machines'] {
  if (program === CLOCKS) return drawMachines(machines, seed, PRESETS.class.rates, 'm');
  return drawMachines(machines, seed, PRESETS[preset].rates);
}

/**
 * The history of a run, at its instant. Throws a RangeError if an input does not fit into the run:
 * it names a machine that does not exist, or an instant that is not there.
 */
export function openRun(run: Run, observer: WorldObserver = {}): AnyHistory {
  const history: AnyHistory = new History(createWorld(run, observer), observer);
  for (const { steps, atUs, action } of run.inputs) {
    history.forward(steps - history.world.steps);
    const { world } = history;
    if (world.steps !== steps || atUs < world.now || atUs > (world.nextAt ?? atUs)) {
      throw new RangeError(`nothing can be done at step ${steps}, microsecond ${atUs} of this run`);
    }
    world.now = atUs;
    history.do(action);
  }
  if (history.world.steps > run.steps) history.seek(run.steps);
  else history.forward(run.steps - history.world.steps);
  return history;
}

/** Calls `listener` with the events of a run, from its beginning to its instant. */
export function watchRun(run: Run, listener: (event: EventRecord) => void): void {
  const inputs = run.inputs.filter(({ steps }) => steps <= run.steps);
  openRun({ ...run, inputs }, { event: listener });
}

/** The event log of a run from its beginning to its instant, as CSV. */
export function eventLog(run: Run): string {
  const parts = [HEADER];
  // Encoded as they come: the text of a long run takes far less memory than its events.
  let events: EventRecord[] = [];
  const encode = () => {
    parts.push(encodeEvents(events));
    events = [];
  };
  watchRun(run, (event) => {
    if (events.push(event) === EVENTS_PER_PART) encode();
  });
  encode();
  return parts.join('');
}
