/**
 * A run as plain data: what was set up, what was done to it and when, and how far it went. That is
 * all it takes to reach the same instant again, with the same events, byte for byte, in any browser
 * and in Node.
 */
import { encodeEvents, HEADER } from '../../../logs/format/index.ts';
import type { ProtocolRequest } from '../../../replication/index.ts';
import { type KeyValueProtocol, PROTOCOLS } from '../../../replication/sim/index.ts';
import type { EventRecord, Program } from '../../../vm/index.ts';
import { randomMessages } from '../../../vm/programs/index.ts';
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
} from '../../../vm/sim/index.ts';
import { openScript } from './script.ts';

/** The classic exercise of random messages, which the machines may run in place of a protocol. */
export const CLOCKS = 'clocks';

/** Machines that are drawn from a seed. */
export interface Drawn {
  /** A protocol by its name, or `CLOCKS`. */
  readonly program: string;
  readonly machines: number;
  /** At a quick preset the clocks exercise keeps its 1 to 6 ticks a second. */
  readonly preset: PresetName;
  readonly seed: number;
}

/** Machines that a scenario sets up. */
export interface Scripted {
  /** The scenario's text. */
  readonly script: string;
}

/** The setup of a world. */
export type Setup = Drawn | Scripted;

/** A world, what is done to it, and the instant to look at. */
export type Run = Setup & {
  /** In order; those beyond `steps` are the known future of that instant. */
  readonly inputs: readonly Input<ProtocolRequest>[];
  /** How many simulation events to let pass. */
  readonly steps: number;
};

/** Any of the programs, running. */
export type AnyWorld = World<unknown, unknown, ProtocolRequest>;
export type AnyHistory = History<unknown, unknown, ProtocolRequest>;

/** How many events are turned into text at once. */
const EVENTS_PER_PART = 100;
/** From which longest delay on, in virtual microseconds, a network is slow enough for a class. */
const CLASS_DELAY_US = 50_000;

/** A setup alone: of a run, too. */
export function setupOf(setup: Setup): Setup {
  if ('script' in setup) return { script: setup.script };
  const { program, machines, preset, seed } = setup;
  return { program, machines, preset, seed };
}

/** The replication protocol that the world runs; undefined for the clocks exercise. */
export function protocolOf(setup: Setup): KeyValueProtocol | undefined {
  if ('script' in setup) return openScript(setup.script).protocol;
  return PROTOCOLS[setup.program]?.create(setup.preset);
}

/** The longest that a machine waits for a leader before it starts an election, in its own ticks. */
export function longestElection(setup: Setup): number {
  if (!('script' in setup)) return PROTOCOLS[setup.program]?.longestElection(setup.preset) ?? 0;
  const { protocol, settings } = openScript(setup.script);
  const preset = settings.network.delayUs[1] > CLASS_DELAY_US ? 'class' : 'quick';
  return PROTOCOLS[protocol.name]?.longestElection(preset) ?? 0;
}

/**
 * The world at its beginning. `tickraft clocks` with the same seed draws the same rates and random
 * numbers as the quick clocks here.
 */
function createWorld(setup: Setup, observer: WorldObserver): AnyWorld {
  const program: unknown = protocolOf(setup) ?? randomMessages();
  const settings = 'script' in setup ? openScript(setup.script).settings : drawnSettings(setup);
  return new World(program as Program<unknown, unknown, ProtocolRequest>, settings, observer);
}

function drawnSettings(setup: Drawn): WorldSettings {
  const { seed, preset } = setup;
  return {
    ...{ seed, machines: machinesOf(setup), record: true },
    clock: { ...CALM_WORLD.clock, vector: true },
    network: PRESETS[preset].network,
    disk: PRESETS[preset].disk,
  };
}

/** The names of as many machines of a protocol, in order. */
export function machineNames(count: number): readonly string[] {
  return drawMachines(count).map(({ id }) => id);
}

function machinesOf({ program, machines, preset, seed }: Drawn): WorldSettings['machines'] {
  if (program === CLOCKS) return drawMachines(machines, seed, PRESETS.class.rates, 'm');
  return drawMachines(machines, seed, PRESETS[preset].rates);
}

/**
 * The history of a run, at its instant. Throws a RangeError if an input does not fit into the run:
 * it names a machine that does not exist, or an instant that is not there. `passed` is called at
 * the beginning and after every simulation event and every input.
 */
export function openRun(
  run: Run,
  observer: WorldObserver = {},
  passed: (world: AnyWorld) => void = () => {},
): AnyHistory {
  const history: AnyHistory = new History(createWorld(run, observer), observer);
  const goTo = (steps: number) => {
    while (history.world.steps < steps && history.world.next !== undefined) {
      history.forward();
      passed(history.world);
    }
  };
  passed(history.world);
  for (const { steps, atUs, action } of run.inputs) {
    goTo(steps);
    const { world } = history;
    if (world.steps !== steps || atUs < world.now || atUs > (world.nextAt ?? atUs)) {
      throw new RangeError(`nothing can be done at step ${steps}, microsecond ${atUs} of this run`);
    }
    world.now = atUs;
    history.do(action);
    passed(world);
  }
  if (history.world.steps > run.steps) history.seek(run.steps);
  else goTo(run.steps);
  return history;
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
  const inputs = run.inputs.filter(({ steps }) => steps <= run.steps);
  openRun(
    { ...run, inputs },
    {
      event(record) {
        if (events.push(record) === EVENTS_PER_PART) encode();
      },
    },
  );
  encode();
  return parts.join('');
}
