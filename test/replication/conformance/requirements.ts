/**
 * What every protocol is held to, as far as it claims it: each requirement with a run that would
 * show a protocol that does not meet it. `subjects.ts` has the protocols, and what they lack.
 */
import { refusesAttempt } from '../../../replication/core/fate.ts';
import type { ProtocolRequest } from '../../../replication/protocol.ts';
import {
  type KeyValueCluster,
  type KeyValueCommand,
  PROTOCOLS,
  type Settings,
  SimulatedCluster,
} from '../../../replication/sim/index.ts';
import type { Outcome } from '../../../vm/index.ts';

const MS = 1_000;

/** A protocol with settings. */
export interface Tested {
  readonly protocol: string;
  readonly settings: Settings;
}

/** A requirement: its sentence, and the run. */
export interface Requirement {
  readonly says: string;
  readonly run: (subject: Tested) => void;
}

/** A cluster of three that has begun, of the subject. */
export function begin({ protocol, settings }: Tested, more = {}, preset: 'quick' | 'class' = 'quick') {
  const created = PROTOCOLS[protocol]!.create(preset, { ...settings, ...more });
  const rate = preset === 'class' ? 5 : 100;
  const machines = ['n1', 'n2', 'n3'].map((id) => ({ id, ticksPerSecond: rate }));
  const cluster: KeyValueCluster = new SimulatedCluster(created, { machines, seed: 7 });
  settle(cluster);
  return cluster;
}

/** Waits until somebody leads, where somebody does, and all have the same. */
export function settle(cluster: KeyValueCluster): void {
  cluster.until('a leader', () => cluster.protocol.leaderRole === undefined || cluster.leader);
  cluster.until('agreement', () => cluster.leaders().length <= 1 && cluster.haveAgreed());
}

/** The replica that others depend on: the leader, or where there is none just one of them. */
function first(cluster: KeyValueCluster): string {
  return cluster.leader ?? 'n1';
}

const put = (key: string, value: string): ProtocolRequest => ({
  type: 'submit',
  command: { type: 'put', key, value } satisfies KeyValueCommand,
});
const get = (key: string): ProtocolRequest => ({
  type: 'read',
  query: { type: 'get', key },
  consistency: 'linearizable',
});

/** Asks until somebody does it: what is certain not to have happened is asked for again. */
function ask(cluster: KeyValueCluster, node: string, body: ProtocolRequest): unknown {
  for (let tries = 0; tries < 5; tries++) {
    const outcome = cluster.answered(cluster.request(node, body));
    if (outcome.ok) return outcome.value;
    expect(refusesAttempt(outcome.code)).toBe(true);
  }
  throw new Error(`${node} does not serve ${body.type}`);
}

function expectEverywhere(cluster: KeyValueCluster, key: string, value: unknown): void {
  settle(cluster);
  for (const node of cluster.nodes) expect(cluster.peek(node, { type: 'get', key })).toBe(value);
  cluster.compareData();
  expect(cluster.violations).toEqual([]);
}

/** What a replica says within a while; undefined for nothing. */
function asked(cluster: KeyValueCluster, node: string, body: ProtocolRequest): Outcome | undefined {
  const id = cluster.request(node, body);
  cluster.advance(300 * MS);
  return cluster.answer(id);
}

/** All requirements by name. */
export const REQUIREMENTS = {
  serves: {
    says: 'any replica takes a command and a read, and answers with what the state machine says',
    run(subject) {
      const cluster = begin(subject);
      for (const [i, node] of cluster.nodes.entries()) {
        expect(ask(cluster, node, put('x', `${i}`))).toMatchObject({ done: true });
        settle(cluster);
        for (const other of cluster.nodes) expect(ask(cluster, other, get('x'))).toBe(`${i}`);
      }
      expectEverywhere(cluster, 'x', '2');
    },
  },
  answers: {
    says: 'every request is answered; what the protocol cannot do is `Rejected`, with a reason',
    run(subject) {
      const cluster = begin(subject);
      const requests: ProtocolRequest[] = [
        { type: 'transfer' },
        { type: 'drain', drained: true },
        { type: 'change-members', changes: [{ do: 'remove', id: 'n3' }] },
        { type: 'set-policy', changes: { paused: true } },
        { type: 'read', query: { type: 'get', key: 'x' }, consistency: 'lease' },
        { type: 'read', query: { type: 'get', key: 'x' }, consistency: 'stale' },
        { type: 'open-session', nonce: 'nonce' },
        { type: 'submit', command: { type: 'put', key: 'x', value: Number.NaN } },
        { type: 'submit', command: 1n },
        { type: 'submit', command: undefined },
        { type: 'submit-batch', batch: { commands: '[{"type":"delete","key":"x"}]', count: 1 } },
      ];
      for (const body of requests) {
        const outcome = cluster.answered(cluster.request('n2', body));
        if (!outcome.ok) expect([outcome.code, outcome.message.length > 20]).toEqual(['Rejected', true]);
      }
    },
  },
  bounded: {
    says: 'a replica with too many requests refuses more of them as `Overloaded`',
    run(subject) {
      const cluster = begin(subject, { maxWaiting: 3 });
      const ids = Array.from({ length: 20 }, (_, i) => cluster.request('n2', put('x', `${i}`)));
      const codes = ids
        .map((id) => cluster.answered(id))
        .map((outcome) => (outcome.ok ? 'ok' : outcome.code));
      expect(codes.filter((code) => code === 'ok').length).toBeGreaterThan(0);
      expect(codes.filter((code) => code === 'Overloaded').length).toBeGreaterThan(9);
    },
  },
  'one-down': {
    says: 'two of three serve while the third is down, whichever that is',
    run(subject) {
      for (const down of ['n1', 'n2', 'n3']) {
        const cluster = begin(subject);
        cluster.do({ type: 'crash', node: down });
        cluster.advance(1_000 * MS);
        for (const node of cluster.up) ask(cluster, node, put('x', node));
        cluster.do({ type: 'restart', node: down });
        settle(cluster);
        expectEverywhere(cluster, 'x', cluster.peek('n1', { type: 'get', key: 'x' }));
      }
    },
  },
  'two-down': {
    says: 'one of three serves while the others are down',
    run(subject) {
      const cluster = begin(subject);
      cluster.do({ type: 'crash', node: 'n1' });
      cluster.do({ type: 'crash', node: 'n2' });
      cluster.advance(2_000 * MS);
      ask(cluster, 'n3', put('x', 'alone'));
    },
  },
  'power-failure': {
    says: 'what was acknowledged is there after all have lost power at once',
    run(subject) {
      const cluster = begin(subject);
      ask(cluster, 'n2', put('x', 'kept'));
      for (const node of cluster.nodes) cluster.do({ type: 'crash', node, unsynced: 'lost' });
      for (const node of cluster.nodes) cluster.do({ type: 'restart', node });
      settle(cluster);
      expect(ask(cluster, 'n3', get('x'))).toBe('kept');
      expect(cluster.violations).toEqual([]);
    },
  },
  'lost-disk': {
    says: 'a replica that has lost its disk gets everything back',
    run(subject) {
      const cluster = begin(subject);
      ask(cluster, 'n1', put('x', 'kept'));
      settle(cluster);
      cluster.do({ type: 'wipe', node: 'n3' });
      cluster.do({ type: 'restart', node: 'n3' });
      cluster.until('recovery', () => cluster.view('n3').recovery === 'normal' && cluster.haveAgreed());
      expectEverywhere(cluster, 'x', 'kept');
    },
  },
  durable: {
    says: 'what was acknowledged in a partition, by whichever part, is there after it',
    run(subject) {
      const cluster = begin(subject);
      const old = first(cluster);
      const others = cluster.nodes.filter((node) => node !== old);
      cluster.isolate(old);
      const alone = asked(cluster, old, put('alone', 'kept'));
      cluster.advance(1_000 * MS);
      const both = others.map((node) => asked(cluster, node, put(node, 'kept')));
      cluster.do({ type: 'heal' });
      settle(cluster);
      if (alone?.ok) expectEverywhere(cluster, 'alone', 'kept');
      for (const [i, outcome] of both.entries())
        if (outcome?.ok) expectEverywhere(cluster, others[i]!, 'kept');
      expect(both.some((outcome) => outcome?.ok)).toBe(true);
    },
  },
  'one-leader': {
    says: 'a term has one leader, in a partition too',
    run(subject) {
      const cluster = begin(subject);
      const terms = new Map<number, string>();
      const watch = () => {
        for (const node of cluster.leaders(cluster.nodes)) {
          const { term } = cluster.view(node);
          expect(terms.get(term) ?? node).toBe(node);
          terms.set(term, node);
        }
      };
      const split = (...groups: string[][]) => {
        cluster.do({ type: 'heal' });
        settle(cluster);
        cluster.do({ type: 'partition', groups });
        for (let ms = 0; ms < 1_000; ms += 5) {
          cluster.advance(5 * MS);
          watch();
        }
      };
      const old = first(cluster);
      split(
        [old],
        cluster.nodes.filter((node) => node !== old),
      );
      split(...cluster.nodes.map((node) => [node]));
      cluster.do({ type: 'heal' });
      settle(cluster);
      watch();
      expect(terms.size).toBeGreaterThan(1);
    },
  },
  linearizable: {
    says: 'a read sees what was acknowledged before it, even where a leader was deposed unknowingly',
    run(subject) {
      const cluster = begin(subject);
      const old = first(cluster);
      ask(cluster, old, put('x', 'old'));
      settle(cluster);
      cluster.do({ type: 'rate', node: old, ticksPerSecond: 2 });
      cluster.isolate(old);
      cluster.advance(1_500 * MS);
      const other = cluster.nodes.find((node) => node !== old)!;
      const changed = asked(cluster, other, put('x', 'new'));
      expect(changed?.ok).toBe(true);
      const read = asked(cluster, old, get('x'));
      if (read?.ok) expect(read.value).toBe('new');
    },
  },
  once: {
    says: 'a command of a session runs once, though several replicas are asked, and asked again',
    run(subject) {
      const cluster = begin(subject);
      const session = ask(cluster, 'n1', { type: 'open-session', nonce: 'nonce' }) as string;
      const command: KeyValueCommand = { type: 'append', key: 'x', value: 'a' };
      const tag = { session, sequence: 1, acknowledged: 1 };
      const body: ProtocolRequest = { type: 'submit', command, tag };
      const ids = cluster.nodes.map((node) => cluster.request(node, body));
      for (const id of ids) expect(cluster.answered(id)).toMatchObject({ ok: true });
      ask(cluster, 'n3', body);
      expectEverywhere(cluster, 'x', 'a');
      // Where histories part, a retry on the other side must be answered as the first one was.
      const old = first(cluster);
      const others = cluster.nodes.filter((node) => node !== old);
      const cas: KeyValueCommand = { type: 'cas', key: 'y', expected: null, value: 'mine' };
      const again: ProtocolRequest = { type: 'submit', command: cas, tag: { ...tag, sequence: 2 } };
      cluster.isolate(old);
      const told = asked(cluster, old, again);
      cluster.advance(1_000 * MS);
      expect(asked(cluster, others[0]!, put('y', 'taken'))?.ok).toBe(true);
      const retold = asked(cluster, others[1]!, again);
      if (told?.ok) expect(retold).toEqual(told);
      cluster.do({ type: 'heal' });
      expectEverywhere(cluster, 'x', 'a');
    },
  },
  'both-kept': {
    says: 'of two changes at once, through two replicas, neither is lost',
    run(subject) {
      const cluster = begin(subject);
      const append = (value: string): ProtocolRequest => ({
        type: 'submit',
        command: { type: 'append', key: 'x', value } satisfies KeyValueCommand,
      });
      const ids = [cluster.request('n1', append('a')), cluster.request('n2', append('b'))];
      for (const id of ids) expect(cluster.answered(id)).toMatchObject({ ok: true });
      settle(cluster);
      expect(['ab', 'ba']).toContain(cluster.peek('n3', { type: 'get', key: 'x' }));
    },
  },
  converges: {
    says: 'once nothing fails any more all replicas have the same data',
    run(subject) {
      const cluster = begin(subject);
      for (const node of cluster.nodes) {
        cluster.isolate(node);
        for (const at of cluster.nodes) cluster.request(at, put('x', `${node}${at}`));
        cluster.advance(700 * MS);
      }
      cluster.do({ type: 'heal' });
      settle(cluster);
      cluster.compareData();
      expect(cluster.violations).toEqual([]);
    },
  },
  deterministic: {
    says: 'the same seed gives the same run, and a copy of a cluster goes on as the cluster itself',
    run(subject) {
      const history = (copies: boolean) => {
        const cluster = begin(subject);
        let { world } = cluster;
        cluster.request('n2', put('x', 'a'));
        cluster.do({ type: 'crash', node: first(cluster) });
        cluster.advance(777 * MS);
        if (copies) world = world.clone();
        for (const node of cluster.nodes) {
          if (world.node(node).status === 'down') world.do({ type: 'restart', node });
          world.request(node, put('y', node));
          world.advance(200 * MS);
        }
        return cluster.nodes.map((node) => JSON.stringify(world.node(node).machine.state));
      };
      const once = history(false);
      expect(history(false)).toEqual(once);
      expect(history(true)).toEqual(once);
    },
  },
  class: {
    says: 'it serves with clocks of a few ticks a second too',
    run(subject) {
      const cluster = begin(subject, {}, 'class');
      ask(cluster, first(cluster), put('x', 'slow'));
      cluster.advance(10_000 * MS);
      expect(cluster.peek('n3', { type: 'get', key: 'x' })).toBe('slow');
    },
  },
} satisfies Readonly<Record<string, Requirement>>;

export type RequirementName = keyof typeof REQUIREMENTS;
