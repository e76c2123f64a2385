/** The statements about machines: processes, disks and clocks. */
import type { RepairWay } from '../../vm/index.ts';
import { type DiskSettings, type Fault, plainRecord, recordName, type Unsynced } from '../../vm/sim/index.ts';
import type { ScenarioRun } from './run.ts';
import type { Statement } from './statement.ts';
import { MAX_RATE, MIN_RATE, type Words } from './words.ts';

/** Something done to one machine. */
type MachineFault = Extract<Fault, { node: string }>;

/** A word that does something to one machine, which must be in one of these states. */
function toMachine(type: 'wipe' | 'pause' | 'resume', ...states: readonly string[]): Statement {
  return {
    usage: `${type} NODE`,
    read({ words }) {
      const name = words.node();
      return (run) => doTo(run, { type, node: run.who(name) }, states);
    },
  };
}

/** Does something to a machine that is in one of these states. */
function doTo(run: ScenarioRun, fault: MachineFault, states: readonly string[]): void {
  const { status } = run.world.node(fault.node);
  if (!states.includes(status)) run.fail(`cannot ${fault.type} ${fault.node}, which is ${status}`);
  run.fault(fault);
}

const RUNNING = ['up', 'paused'];
const ANY = ['up', 'paused', 'down'];

const crash: Statement = {
  usage: 'crash NODE [losing unsynced|keeping unsynced|torn]',
  read({ words }) {
    const name = words.node();
    const unsynced = readUnsynced(words);
    return (run) => doTo(run, { type: 'crash', node: run.who(name), ...unsynced }, RUNNING);
  },
};

function readUnsynced(words: Words): { readonly unsynced?: Unsynced } {
  if (words.maybe('torn')) return { unsynced: 'torn' };
  for (const [word, unsynced] of [
    ['losing', 'lost'],
    ['keeping', 'kept'],
  ] as const) {
    if (!words.maybe(word)) continue;
    words.must('unsynced');
    return { unsynced };
  }
  return {};
}

const restart: Statement = {
  usage: 'restart NODE [every N ticks|us|ms|s for N ticks|us|ms|s]',
  read({ words }) {
    const name = words.node();
    if (words.isEmpty) return (run) => doTo(run, { type: 'restart', node: run.who(name) }, ANY);
    words.must('every');
    const every = words.duration(1);
    words.must('for');
    const whole = words.duration();
    return (run) => {
      const node = run.who(name);
      for (let left = run.us(whole); left > 0; left -= run.us(every)) {
        run.fault({ type: 'restart', node });
        run.advance(Math.min(left, run.us(every)));
      }
    };
  },
};

const rot: Statement = {
  usage: 'rot NODE [RECORD]',
  read({ words }) {
    const name = words.node();
    const wanted = words.isEmpty ? undefined : words.text('a record');
    return (run) => {
      const node = run.who(name);
      const record = wanted === undefined ? {} : { record: findRecord(run, node, wanted) };
      if (run.world.node(node).disk.records.length === 0) run.fail(`the disk of ${node} is empty`);
      run.fault({ type: 'rot', node, ...record });
    };
  },
};

/** The full name of a durable record that a scenario calls `wanted`. */
function findRecord(run: ScenarioRun, node: string, wanted: string): string {
  const names = run.world.node(node).disk.records.map(recordName);
  const found = names.includes(wanted) ? wanted : names.find((name) => plainRecord(name) === wanted);
  return found ?? run.fail(`there is no record ${wanted} on the disk of ${node}`);
}

const repair: Statement = {
  usage: 'repair NODE drop-tail|start-empty',
  read({ words }) {
    const name = words.node();
    const way = WAYS.find((way) => words.maybe(way)) ?? words.expected('`drop-tail` or `start-empty`');
    return (run) => run.fault({ type: 'repair', node: run.who(name), way });
  },
};

const WAYS: readonly RepairWay[] = ['drop-tail', 'start-empty'];

const disk: Statement = {
  usage: 'disk sync MS|full|free|lazy|prompt [at NODES]',
  read({ words }) {
    const change = readDiskChange(words);
    const nodes = words.maybe('at') ? words.nodes() : undefined;
    return (run) => {
      for (const name of nodes ?? run.nodes) {
        const node = run.resolve(name);
        const settings = { ...run.world.node(node).disk.settings, ...change };
        run.fault({ type: 'disk', node, settings });
      }
    };
  },
};

function readDiskChange(words: Words): Partial<DiskSettings> {
  if (words.maybe('sync')) return { syncUs: words.milliseconds() };
  if (words.maybe('full')) return { full: true };
  if (words.maybe('free')) return { full: false };
  if (words.maybe('lazy')) return { lazyData: true };
  if (words.maybe('prompt')) return { lazyData: false };
  return words.expected('`sync`, `full`, `free`, `lazy` or `prompt`');
}

const rate: Statement = {
  usage: 'rate NODE TICKS-PER-SECOND',
  read({ words }) {
    const name = words.node();
    const ticksPerSecond = words.number('ticks a second', MIN_RATE, MAX_RATE);
    return (run) => run.fault({ type: 'rate', node: run.who(name), ticksPerSecond });
  },
};

/** The fastest change of a rate in a second, up; down it is one over this. */
const MAX_DRIFT = 10;

const drift: Statement = {
  usage: 'drift NODE FACTOR-PER-SECOND',
  read({ words }) {
    const name = words.node();
    const perSecond = words.number('a factor', 1 / MAX_DRIFT, MAX_DRIFT);
    return (run) => run.fault({ type: 'drift', node: run.who(name), perSecond });
  },
};

const jump: Statement = {
  usage: 'jump NODE N ticks, or jump NODE back N ticks',
  read({ words }) {
    const name = words.node();
    const back = words.maybe('back');
    const count = words.integer('how many ticks', 1, MAX_JUMP);
    if (!words.maybe('tick')) words.must('ticks');
    return (run) => run.fault({ type: 'jump', node: run.who(name), ticks: back ? -count : count });
  },
};

/** The most ticks that a clock can be set forward or back at once. */
const MAX_JUMP = 100_000;

export const MACHINE_WORDS: Readonly<Record<string, Statement>> = {
  crash,
  restart,
  pause: toMachine('pause', 'up'),
  resume: toMachine('resume', 'paused'),
  rot,
  wipe: toMachine('wipe', ...ANY),
  repair,
  disk,
  rate,
  drift,
  jump,
};
