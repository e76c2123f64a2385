/** The whole state of a leader, copied page by page to who missed too much. */
import { type KeyValueCluster, PROTOCOLS, SimulatedCluster } from '../../../replication/sim/index.ts';
import { CALM_NETWORK } from '../../../vm/sim/index.ts';

const MS = 1_000;
const KEYS = Array.from({ length: 12 }, (_, i) => `key${i}`);

/** A cluster whose third replica is down while more is written than the log of the others keeps. */
function behind(protocol: string): { readonly cluster: KeyValueCluster; readonly copies: () => number } {
  let copies = 0;
  const created = PROTOCOLS[protocol]!.create('quick', { maxLogEntries: 3, maxBytesPerPage: 30 });
  const cluster: KeyValueCluster = new SimulatedCluster(created, {
    seed: 7,
    record({ event, kind }) {
      if (event === 'receive' && kind === 'Copy') copies++;
    },
  });
  cluster.until('a leader', () => cluster.leader === 'n1' && cluster.haveAgreed());
  cluster.submit('n1', { type: 'put', key: 'before', value: 1 });
  cluster.agree();
  // All of that is on disk.
  cluster.advance(100 * MS);
  cluster.do({ type: 'crash', node: 'n3' });
  for (const key of KEYS) cluster.submit('n1', { type: 'put', key, value: 'some text' });
  cluster.do({ type: 'restart', node: 'n3' });
  return { cluster, copies: () => copies };
}

describe.each(['primary-backup', 'lowest-port'])('%s', (protocol) => {
  test('in many pages, some of them lost', () => {
    const { cluster, copies } = behind(protocol);
    cluster.do({ type: 'network', settings: { ...CALM_NETWORK, lossRate: 0.2, reorderRate: 0.2 } });
    cluster.agree();
    expect(copies()).toBeGreaterThan(6);
    expect(cluster.peek('n3', { type: 'get', key: 'key11' })).toBe('some text');
    cluster.compareData();
    expect(cluster.violations).toEqual([]);
  });

  test('a crash in the middle leaves the old state, and the copy begins anew', () => {
    const { cluster, copies } = behind(protocol);
    cluster.until('some pages', () => copies() > 4);
    cluster.do({ type: 'crash', node: 'n3', unsynced: 'lost' });
    expect(cluster.peek('n3', { type: 'get', key: 'before' })).toBe(1);
    expect(cluster.peek('n3', { type: 'get', key: 'key0' })).toBeNull();
    cluster.do({ type: 'restart', node: 'n3' });
    cluster.agree();
    expect(cluster.peek('n3', { type: 'get', key: 'key0' })).toBe('some text');
  });

  test('a leader that dies in the middle leaves the old state, and the next one copies its own', () => {
    const { cluster, copies } = behind(protocol);
    cluster.until('some pages', () => copies() > 4);
    cluster.do({ type: 'crash', node: 'n1' });
    cluster.until('another leader', () => cluster.leader === 'n2');
    cluster.submit('n2', { type: 'put', key: 'after', value: 2 });
    cluster.agree();
    cluster.advance(500 * MS);
    for (const [key, value] of Object.entries({ before: 1, after: 2, key5: 'some text' }))
      expect(cluster.peek('n3', { type: 'get', key })).toBe(value);
    expect(cluster.violations).toEqual([]);
  });
});
