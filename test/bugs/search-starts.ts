/** Where searches for planted bugs begin, each about one part of Raft, and what may happen then. */
import type { SearchOptions } from '../../replication/search/search.ts';

/** The end of a scenario, and the options of a search that goes on from there. */
export interface Start extends Pick<SearchOptions, 'asks' | 'budget'> {
  readonly name: string;
  readonly text: string;
  /** The files whose bugs it may show. */
  readonly about: readonly string[];
}

const NONE = { tick: 0, timeout: 0, crash: 0, restart: 0 };
const LEADER = 'cluster raft 3 seed 7\nrun until leader';
const SETTLED = `${LEADER}\nput x 1\nrun until all agree`;

/** Broad ones first: of two that show a bug, the first counts. */
export const STARTS: readonly Start[] = [
  {
    name: 'an election',
    about: ['election.ts', 'hard-state.ts', 'quorum.ts'],
    text: 'cluster raft 3 seed 7',
    budget: { ...NONE, timeout: 3, crash: 1, restart: 1 },
  },
  {
    ...{ name: 'an election of four', about: ['quorum.ts'], text: 'cluster raft 4 seed 7' },
    budget: { ...NONE, timeout: 3, crash: 0 },
  },
  {
    ...{
      name: 'a write',
      about: ['append.ts', 'replicate.ts', 'commit.ts', 'leadership.ts', 'election.ts'],
      text: `${LEADER}\nput x 1 as w`,
      asks: ['get x'],
    },
    budget: { ...NONE, crash: 1, restart: 1, timeout: 1, duplicate: 1 },
  },
  {
    name: 'a write of five',
    about: ['commit.ts', 'replicate.ts'],
    text: 'cluster raft 5 seed 7\nrun until leader\nput x 1 as w',
    budget: { ...NONE, crash: 1 },
  },
  {
    name: 'logs that differ',
    about: ['append.ts', 'election.ts', 'log-storage.ts', 'replicate.ts', 'quorum.ts'],
    text: 'cluster raft 3 seed 7\nlog n1 terms 1 2 2 at term 3\nlog n2 terms 1 at term 3\nlog n3 terms 1 1 at term 3',
    budget: { ...NONE, timeout: 3, restart: 0 },
  },
  {
    name: 'an old leader',
    about: ['append.ts', 'replicate.ts', 'election.ts', 'reads.ts', 'log-storage.ts', 'leadership.ts'],
    text: `${SETTLED}\npartition n1 | others\nput x 2 at n1\nrun until leader among n2 n3\nheal\nput y 1`,
    budget: { ...NONE, tick: 1, crash: 1, restart: 1, duplicate: 1 },
  },
  {
    name: 'a follower that is behind',
    about: ['election.ts', 'recovery.ts', 'quorum.ts', 'replicate.ts', 'commit.ts'],
    text: `${SETTLED}\npartition n3 | others\nput x 2 as w\nrun until answer w is ok\nby hand\nheal`,
    asks: ['get x at n3'],
    budget: { ...NONE, timeout: 2, tick: 1 },
  },
  {
    name: 'a leader that comes back',
    about: [
      'append.ts',
      'replicate.ts',
      'reads.ts',
      'election.ts',
      'leadership.ts',
      'log.ts',
      'log-storage.ts',
    ],
    text: `${SETTLED}\npartition n1 | others\nput x 2 at n1\nrun until leader among n2 n3\nput x 3 as v\nrun until answer v is ok\nby hand\nheal`,
    asks: ['get x at n1'],
    budget: { ...NONE, tick: 2, restart: 1, crash: 1 },
  },
  {
    name: 'entries of an earlier term',
    about: ['commit.ts', 'election.ts', 'log-storage.ts'],
    text: 'cluster raft 3 seed 7\nlog n1 terms 1 2 at term 3\nlog n2 terms 1 at term 3\nlog n3 terms 1 3 at term 3',
    budget: { ...NONE, timeout: 4 },
  },
  {
    ...{
      name: 'reads',
      about: ['reads.ts', 'replicate.ts'],
      text: SETTLED,
      asks: ['put x 2 at n2', 'get x at n1', 'get x at n3'],
    },
    budget: { ...NONE, partition: 1, timeout: 2 },
  },
  {
    name: 'reads of an old leader',
    about: ['reads.ts', 'replicate.ts'],
    text: `${SETTLED}\nget x at n1\nby hand\npartition n1 | others\njump n2 60 ticks\njump n3 60 ticks`,
    asks: ['put x 2 at n2', 'get x at n1'],
    budget: { ...NONE, timeout: 1, tick: 1 },
  },
  {
    name: 'reads by leases',
    about: ['lease.ts', 'raft.ts', 'election.ts'],
    text: `cluster raft 3 seed 7\nset leaseTicks 12\nrun until leader\nput x 1\nrun until all agree\nrun 10 ticks`,
    asks: ['transfer to n2 at n1', 'put x 2 at n2', 'get x lease at n1', 'get x lease at n2'],
    budget: { ...NONE, tick: 1, timeout: 1 },
  },
  {
    name: 'a session',
    about: ['../core/sessions.ts', '../core/session.ts', '../core/session-window.ts', 'forwarding.ts'],
    text: `${LEADER}\nsession s\nrun 20 ticks\nput x 1 in s as a\nrun until all agree`,
    asks: ['put x 2 in s', 'retry a', 'get x'],
    budget: { ...NONE, crash: 1, restart: 1 },
  },
  {
    name: 'sessions that end others',
    about: ['../core/sessions.ts', '../core/client-sessions.ts', 'commit.ts'],
    text: 'cluster raft 3 seed 7\nset maxSessions 1\nrun until leader\nsession s\nrun 20 ticks\nput x 1 in s as a\nput y 1 in s as b\nrun until all agree',
    asks: ['retry a', 'retry b', 'session t'],
    budget: { ...NONE, crash: 1, restart: 1 },
  },
  {
    ...{
      name: 'a removal',
      about: ['membership.ts', 'configuration.ts', 'log.ts', 'commit.ts', 'effective.ts', 'raft.ts'],
      text: SETTLED,
      asks: ['remove n3', 'demote n2'],
    },
    budget: { ...NONE, timeout: 2, crash: 1, restart: 1 },
  },
  {
    name: 'two removals of four',
    about: ['membership.ts', 'log.ts', 'configuration.ts'],
    text: 'cluster raft 4 seed 7\nrun until all agree',
    asks: ['remove n4 at n1', 'remove n1'],
    budget: { ...NONE, timeout: 2 },
  },
  {
    name: 'a joint change',
    about: ['membership.ts', 'configuration.ts', 'quorum.ts', 'log.ts', 'election.ts'],
    text: 'cluster raft 5 seed 7\nrun until all agree',
    asks: ['remove n4 n5', 'demote n3'],
    budget: { ...NONE, timeout: 1, crash: 1, restart: 1 },
  },
  {
    name: 'a learner',
    about: [
      'learners.ts',
      'effective.ts',
      'commit.ts',
      'election.ts',
      'followers.ts',
      'recovery.ts',
      'progress.ts',
    ],
    text: `${SETTLED}\nadd n4 as learner\nrun 20 ticks`,
    asks: ['put x 2 at n1', 'promote n4 at n1'],
    budget: { ...NONE, timeout: 2, crash: 1, restart: 1 },
  },
  {
    name: 'a copy',
    about: ['snapshot/snapshot.ts', 'snapshot/pages.ts', 'log.ts'],
    text: `cluster raft 3 seed 7\nset maxLogEntries 2\nset maxBytesPerPage 30\nrun until leader\ncrash n3\nput x 1\nput y 2\nput z 3\nput x 4\nrun 40 ticks\nrestart n3`,
    asks: ['put y 5 at n1'],
    budget: { ...NONE, crash: 1, restart: 1, duplicate: 1, tick: 1 },
  },
  {
    name: 'a lost disk',
    about: ['recovery.ts'],
    text: `${SETTLED}\nput y 1\nrun until all agree\nwipe n3\nrestart n3`,
    budget: { ...NONE, timeout: 3 },
  },
];
