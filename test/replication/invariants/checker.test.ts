/**
 * Each invariant is broken on purpose, in the middle of a healthy run, and must be reported at the
 * next step.
 */
import { commandsIn } from '../../../replication/core/batch.ts';
import { describeViolation } from '../../../replication/invariants/violations.ts';
import type { RaftState } from '../../../replication/raft/state.ts';
import type { SessionTag } from '../../../replication/replication.ts';
import type { MemoryStore } from '../../../vm/store.ts';
import { Cluster, MS } from '../../support/simulated.ts';

/** A healthy cluster with some commands behind it, under watch. */
class Watched extends Cluster {
  constructor() {
    super(3);
    const leader = this.elect();
    const session = this.openSession(leader);
    for (let n = 1; n <= 4; n++) this.put(leader, `k${n}`, n, { session, sequence: n, acknowledged: 1 });
    this.agree();
    this.world.advance(20 * MS);
  }

  state(node: string): RaftState {
    return this.world.node(node).machine.state.program;
  }

  /** The invariants broken so far. */
  get broken(): string[] {
    return [...new Set(this.violations.map(({ invariant }) => invariant))];
  }
}

test('a healthy run has no violation', () => {
  const cluster = new Watched();
  const leader = cluster.leader!;
  cluster.world.do({ type: 'restart', node: leader });
  cluster.elect();
  cluster.agree();
  cluster.compareData();
  expect(cluster.broken).toEqual([]);
});

/** The tag of the last command in a replica's log. */
function lastTag(cluster: Watched, node: string): SessionTag {
  const { data } = cluster.state(node).log.entries.at(-1)!;
  return commandsIn(data)[0]!.tag!;
}

/** Stops all replicas, changes the data of each, and starts them again. Returns their leader. */
function changeData(cluster: Watched, change: (data: MemoryStore) => void): string {
  for (const node of cluster.nodes) cluster.world.do({ type: 'crash', node });
  for (const node of cluster.nodes) {
    change(cluster.world.node(node).disk.current.data);
    cluster.world.do({ type: 'restart', node });
  }
  return cluster.elect();
}

interface Crime {
  readonly name: string;
  readonly breaks: string;
  commit(cluster: Watched, leader: string, follower: string): void;
}

const CRIMES: readonly Crime[] = [
  {
    name: 'a second leader in the term',
    breaks: 'election-safety',
    commit(cluster, _leader, follower) {
      cluster.state(follower).election.role = 'leader';
    },
  },
  {
    name: 'a leader that cuts its log',
    breaks: 'leader-append-only',
    commit: (cluster, leader) => void cluster.state(leader).log.entries.pop(),
  },
  {
    name: 'an entry that is another one elsewhere',
    breaks: 'log-matching',
    commit(cluster, _leader, follower) {
      const { entries } = cluster.state(follower).log;
      entries[2] = Object.freeze({ ...entries[2]!, data: { type: 'noop' } } as const);
    },
  },
  {
    name: 'a committed entry that is replaced',
    breaks: 'committed-never-changes',
    commit(cluster, _leader, follower) {
      const { entries } = cluster.state(follower).log;
      entries[entries.length - 1] = Object.freeze({ ...entries.at(-1)!, term: 99 });
    },
  },
  {
    name: 'a new leader without what is committed',
    breaks: 'leader-completeness',
    commit(cluster, _leader, follower) {
      const { hard, log, election } = cluster.state(follower);
      hard.term += 1;
      hard.votedFor = undefined;
      log.entries.length -= 2;
      election.role = 'leader';
    },
  },
  {
    name: 'a term that falls',
    breaks: 'never-falls',
    commit(cluster, _leader, follower) {
      cluster.state(follower).hard.term -= 1;
    },
  },
  {
    name: 'a commit index that falls',
    breaks: 'never-falls',
    commit(cluster, _leader, follower) {
      cluster.state(follower).log.commit -= 1;
    },
  },
  {
    name: 'a vote for another one in the same term',
    breaks: 'one-vote-a-term',
    commit(cluster, leader) {
      cluster.state(leader).hard.votedFor = 'n9';
    },
  },
  {
    name: 'an entry that is skipped',
    breaks: 'state-machine-safety',
    commit(cluster, leader, follower) {
      cluster.put(leader, 'y', 5);
      cluster.agree();
      const { log } = cluster.state(follower);
      log.applied += 1;
      log.commit += 1;
      cluster.begin(leader, { type: 'put', key: 'z', value: 6 });
    },
  },
  {
    name: 'a log that is gone after a restart',
    breaks: 'durability',
    commit(cluster, _leader, follower) {
      const { disk } = cluster.world.node(follower);
      cluster.world.do({ type: 'crash', node: follower });
      disk.current.program.delete('log/0000000000000006');
      cluster.world.do({ type: 'restart', node: follower });
    },
  },
  {
    name: 'a vote that is gone after a restart',
    breaks: 'one-vote-a-term',
    commit(cluster, leader) {
      const { disk } = cluster.world.node(leader);
      cluster.world.do({ type: 'crash', node: leader });
      const hard = disk.current.program.get('raft') as { term: number; recovery: string };
      disk.current.program.put('raft', { ...hard, votedFor: null });
      cluster.world.do({ type: 'restart', node: leader });
    },
  },
  {
    name: 'a command of a session that runs again',
    breaks: 'exactly-once',
    commit(cluster, leader) {
      const tag = lastTag(cluster, leader);
      const key = `s/${tag.session}`;
      const elected = changeData(cluster, (data) => {
        data.put(key, { ...(data.get(key) as object), results: [] });
      });
      cluster.put(elected, 'k4', 4, tag);
    },
  },
  {
    name: 'a session that is over though nobody needed its place',
    breaks: 'session-lives',
    commit(cluster, leader) {
      const tag = lastTag(cluster, leader);
      const elected = changeData(cluster, (data) => data.delete(`s/${tag.session}`));
      cluster.put(elected, 'k5', 5, { ...tag, sequence: tag.sequence + 1 });
    },
  },
];

test.each(CRIMES)('$name is seen: $breaks', ({ breaks, commit }) => {
  const cluster = new Watched();
  const leader = cluster.leader!;
  const follower = cluster.followers[0]!;
  expect(cluster.broken).toEqual([]);
  commit(cluster, leader, follower);
  for (const node of cluster.nodes) cluster.world.observer.stepped!(node);
  try {
    cluster.world.advance(30 * MS);
  } catch {
    // The replica may notice, too, and stop itself. What the checker has seen by then counts.
  }
  expect(cluster.broken).toContain(breaks);
  const [first] = cluster.violations;
  expect(describeViolation(first!)).toMatch(
    /^[a-z-]+ violated by n\d \(term \d+(, index \d+)?\) at [\d.]+ ms: ./,
  );
});

test('data that differs although logs are equal is found at the end', () => {
  const cluster = new Watched();
  cluster.world.node(cluster.followers[0]!).disk.current.data.put('m/k1', 'something else');
  cluster.compareData();
  expect(cluster.broken).toEqual(['state-machine-safety']);
});
