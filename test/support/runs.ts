/** Runs that tests of determinism repeat, in Node and in the browser. */
import { openRun, type Run, type Setup } from '../../analysis/explorer/run.ts';
import type { ProtocolRequest } from '../../replication/protocol.ts';
import type { Input } from '../../vm/sim/history.ts';
import { CALM_NETWORK } from '../../vm/sim/network.ts';

/** The classic exercise: a minute of five machines. */
export const CLASSIC: Run = {
  program: 'clocks',
  machines: 5,
  pace: 'quick',
  seed: 11,
  steps: 1_500,
  inputs: [],
};

type Command = Input<ProtocolRequest>['command'];

function put(node: string, key: string, value: string): Command {
  return { type: 'request', node, body: { type: 'submit', command: { type: 'put', key, value } } };
}

/** What goes wrong, or is asked for, and how many microseconds after the last. */
const TROUBLE: readonly (readonly [number, Command])[] = [
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

/** Five replicas with delays, loss, duplicates, a partition, crashes and commands. */
export function troubledRaft(seed = 7): Run {
  const setup: Setup = { program: 'raft', machines: 5, pace: 'quick', seed };
  const history = openRun({ ...setup, steps: 0, inputs: [] });
  for (const [afterUs, command] of TROUBLE) {
    history.advance(afterUs);
    history.do(command);
  }
  history.advance(500_000);
  return { ...setup, inputs: history.inputs, steps: history.world.steps };
}
