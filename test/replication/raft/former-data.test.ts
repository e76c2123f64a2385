/** Replicas that start with data of the former form. */
import { keyValueMachine } from '../../../replication/core/key-value.ts';
import { type Applicable, DEFAULT_SESSION_LIMITS } from '../../../replication/core/sessions.ts';
import { logOnDisk } from '../../../replication/raft/log.ts';
import type { Entry } from '../../../replication/raft/messages.ts';
import type { StateMachine } from '../../../replication/state-machine.ts';
import { drawMachines } from '../../../vm/sim/presets.ts';
import { MemoryStore, prefixEnd, type Write } from '../../../vm/store.ts';
import { applyFormerly } from '../../support/former-sessions.ts';
import { Cluster, MS } from '../../support/simulated.ts';

const SESSION = '2-n';
/** Of one command each, as the log had them then. */
const ENTRIES: readonly Applicable[] = [
  { index: 1, place: 0, term: 1, data: { type: 'noop' } },
  { index: 2, place: 0, term: 1, data: { type: 'session', nonce: 'n', owner: { name: 'ada', most: 2 } } },
  ...[1, 2, 3].map((sequence) => ({
    index: 2 + sequence,
    place: 0,
    term: 1,
    data: {
      type: 'command' as const,
      command: { type: 'append', key: 'k', value: `${sequence}` },
      tag: { session: SESSION, sequence, acknowledged: 1 },
    },
  })),
];

/** A disk with the whole log, of which so many entries were applied formerly. */
function formerDisk(applied: number): Write[] {
  const data = new MemoryStore();
  const machine = keyValueMachine as StateMachine<unknown, unknown, unknown, unknown>;
  for (const entry of ENTRIES.slice(0, applied)) applyFormerly(machine, data, entry, DEFAULT_SESSION_LIMITS);
  const pairs = [...data.range('', prefixEnd(''))];
  return [
    ...logOnDisk(1, ENTRIES as readonly unknown[] as readonly Entry[]),
    ...pairs.map(([key, value]) => ({ space: 'data' as const, key, value })),
  ];
}

test('sessions of the former form are converted, wherever each replica was: a retried command runs once', () => {
  const machines = drawMachines(3).map((one, i) => ({ ...one, disk: formerDisk([5, 3, 0][i]!) }));
  const cluster = new Cluster(3, {}, { machines });
  const leader = cluster.elect();
  const tag = { session: SESSION, sequence: 2, acknowledged: 1 };
  const again = cluster.answered(cluster.begin(leader, { type: 'append', key: 'k', value: '2' }, tag));
  expect(again).toEqual({ ok: true, value: { done: true, previous: '1' } });
  cluster.agree();
  cluster.world.advance(100 * MS);
  cluster.compareData();
  expect(cluster.violations).toEqual([]);
  for (const node of cluster.nodes) {
    expect(cluster.peek(node, { type: 'get', key: 'k' })).toBe('123');
    const { data } = cluster.world.node(node).disk.current;
    expect([...data.range('', prefixEnd(''))].map(([key]) => key)).toEqual([
      ...['applied', 'm/k', `s/${SESSION}`],
    ]);
  }
});
