/** Runs that tests of determinism repeat, in Node and in the browser. */
import { type Drawn, openRun, type Run, type Setup } from '../../analysis/explorer/run/run.ts';
import type { MemberChange } from '../../replication/members.ts';
import type { ProtocolRequest } from '../../replication/protocol.ts';
import type { Input } from '../../vm/sim/history.ts';
import { CALM_NETWORK } from '../../vm/sim/network.ts';

/** The classic exercise: a minute of five machines. */
export const CLASSIC: Drawn & Run = {
  program: 'clocks',
  machines: 5,
  preset: 'quick',
  seed: 11,
  steps: 1_500,
  inputs: [],
};

type Action = Input<ProtocolRequest>['action'];

function put(node: string, key: string, value: string): Action {
  return { type: 'request', node, body: { type: 'submit', command: { type: 'put', key, value } } };
}

/** What goes wrong, or is asked for, and how many microseconds after the last. */
const FAULTS: readonly (readonly [number, Action])[] = [
  [700_000, put('n1', 'x', '1')],
  [100_000, put('n4', 'y', 'a "quoted", value')],
  [
    50_000,
    {
      type: 'network',
      settings: { delayUs: [500, 40_000], lossRate: 0.1, duplicateRate: 0.05, reorderRate: 0.1 },
    },
  ],
  [400_000, put('n2', 'x', '2')],
  [
    100_000,
    {
      type: 'partition',
      groups: [
        ['n1', 'n2'],
        ['n3', 'n4', 'n5'],
      ],
    },
  ],
  [10_000, put('n1', 'x', '3')],
  [10_000, put('n5', 'z', 'grüß €')],
  [900_000, { type: 'heal' }],
  [30_000, { type: 'network', settings: { ...CALM_NETWORK, lossRate: 0.02 } }],
  [200_000, { type: 'rate', node: 'n2', ticksPerSecond: 37 }],
  [3, { type: 'crash', node: 'n3' }],
  [300_000, put('n2', 'y', '4')],
  [500_000, { type: 'restart', node: 'n3' }],
  [100_000, { type: 'restart', node: 'n1' }],
  [700_000, { type: 'heal' }],
];

/** Faults of disks, clocks and links. */
const BREAKAGE: readonly (readonly [number, Action])[] = [
  [700_000, put('n1', 'x', '1')],
  [1_000, { type: 'disk', node: 'n2', settings: { syncUs: [100, 500], full: true } }],
  [0, put('n1', 'y', '2')],
  [100_000, { type: 'disk', node: 'n2', settings: { syncUs: [100, 500], full: false } }],
  [30_000, { type: 'clog', from: 'n1', to: 'n2' }],
  [0, { type: 'clog', from: 'n3', to: 'n2' }],
  [300_000, { type: 'unclog', from: 'n1', to: 'n2' }],
  [50_000, { type: 'heal' }],
  [100_000, { type: 'jump', node: 'n3', ticks: 30 }],
  [100_000, { type: 'jump', node: 'n1', ticks: -40 }],
  [500_000, { type: 'rot', node: 'n2' }],
  [0, { type: 'restart', node: 'n2' }],
  [100_000, { type: 'repair', node: 'n2', way: 'start-empty' }],
  [0, { type: 'restart', node: 'n2' }],
  [500_000, { type: 'wipe', node: 'n3' }],
  [100_000, { type: 'restart', node: 'n3' }],
  [200_000, put('n3', 'x', '3')],
];

function change(...changes: readonly MemberChange[]): Action {
  return { type: 'request', node: 'n1', body: { type: 'change-members', changes } };
}

/** Machines that join, learn, vote and leave. */
const CHANGES: readonly (readonly [number, Action])[] = [
  [700_000, put('n1', 'x', '1')],
  [50_000, { type: 'join', machine: { id: 'n4', ticksPerSecond: 100 } }],
  [0, change({ do: 'add', role: 'voter', id: 'n4' })],
  [50_000, { type: 'join', machine: { id: 'n5', ticksPerSecond: 100 } }],
  [900_000, change({ do: 'add', role: 'learner', id: 'n5' })],
  [300_000, change({ do: 'remove', id: 'n2' })],
  [500_000, change({ do: 'demote', id: 'n4' })],
  [300_000, { type: 'partition', groups: [['n1', 'n3', 'n4'], ['n2'], ['n5']] }],
  [300_000, { type: 'heal' }],
  [100_000, change({ do: 'promote', id: 'n4' }, { do: 'promote', id: 'n5' })],
];

/** Three replicas whose members change. */
export function changingRaft(): Run {
  return runOf('raft', 3, 7, CHANGES);
}

/** Five replicas with delays, loss, duplicates, a partition, crashes and commands. */
export function faultyRaft(seed = 7): Run {
  return runOf('raft', 5, seed, FAULTS);
}

/** The same done to another protocol. */
export function faultyRun(program: string): Run {
  return runOf(program, 5, 7, FAULTS);
}

/** Three replicas whose disks fill up, rot and get lost, whose clocks jump and whose links clog. */
export function brokenRaft(): Run {
  return runOf('raft', 3, 7, BREAKAGE);
}

function runOf(program: string, machines: number, seed: number, faults: typeof FAULTS): Run {
  const setup: Setup = { program, machines, preset: 'quick', seed };
  const history = openRun({ ...setup, steps: 0, inputs: [] });
  for (const [afterUs, action] of faults) {
    history.advance(afterUs);
    history.do(action);
  }
  history.advance(500_000);
  return { ...setup, inputs: history.inputs, steps: history.world.steps };
}
