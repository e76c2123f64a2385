/**
 * All metrics of a replica. A reading is taken when somebody looks; a duration is noted when it has
 * passed. Names and units are those that Prometheus recommends; each has the prefix `tickraft_`.
 */
import { HELD_REASONS } from '../../autopilot/index.ts';
import { votersOf } from '../../raft/configuration.ts';
import { tolerance } from '../../raft/quorum.ts';
import type { Vitals } from './vitals.ts';

/** One value, or one for each value of the label; undefined where there is none to tell. */
type Value = number | Iterable<readonly [label: string, value: number]> | undefined;

/** A metric that is read off a replica. A counter only rises while the process runs. */
export interface Reading {
  readonly name: string;
  readonly type: 'gauge' | 'counter';
  readonly help: string;
  readonly label?: string;
  readonly read: (vitals: Vitals) => Value;
}

/** A histogram of durations. */
export interface Duration {
  readonly name: DurationName;
  readonly help: string;
  readonly label?: string;
  /** Upper bounds, in seconds. */
  readonly buckets: readonly number[];
}

/** The names of the histograms. */
export type DurationName =
  | 'election_seconds'
  | 'disk_sync_seconds'
  | 'peer_round_trip_seconds'
  | 'snapshot_send_seconds'
  | 'snapshot_receive_seconds';

/** The metrics that are read. */
export const READINGS: readonly Reading[] = [
  gauge(
    'protocol',
    'Always 1; the label is the replication protocol.',
    ({ status }) => [[status.protocol, 1]],
    'protocol',
  ),
  gauge(
    'has_leader',
    'Whether this replica knows a leader.',
    led(({ status }) => +(status.leader !== undefined)),
  ),
  gauge(
    'is_leader',
    'Whether this replica leads.',
    led(({ status }) => +(status.leader === status.id)),
  ),
  gauge(
    'term',
    'The latest term that this replica has seen.',
    led(({ status }) => status.term),
  ),
  counter(
    'leader_changes_total',
    'Leaders seen: each term of each counts.',
    led((vitals) => vitals.leaderChanges),
  ),
  gauge('proposals_pending', 'Requests at this replica that have no answer yet.', (vitals) => vitals.pending),
  counter(
    'proposals_committed_total',
    'The index up to which entries are committed, as known here.',
    led(({ status }) => status.commit),
  ),
  counter(
    'proposals_applied_total',
    'The index up to which entries are applied here.',
    led(({ status }) => status.applied),
  ),
  counter(
    'proposals_failed_total',
    'Commands submitted at this replica that ended with an error.',
    (vitals) => vitals.failed,
  ),
  gauge(
    'log_entries',
    'Entries in the log: compaction keeps their number in bounds.',
    led(({ status, baseIndex }) => status.lastIndex - baseIndex),
  ),
  gauge(
    'base_index',
    'The last entry that compaction has dropped from the log.',
    led(({ baseIndex }) => baseIndex),
  ),
  gauge(
    'recovering',
    'Whether this replica does not count, until it has back what it may have lost.',
    ({ status }) => +(status.recovery === 'recovering'),
  ),
  gauge('draining', 'Whether this replica is drained.', ({ status }) => +status.draining),
  gauge(
    'disk_full',
    'Whether writes wait because the disk is full.',
    ({ status }) => +(status.disk === 'full'),
  ),
  gauge(
    'is_learner',
    'Whether this replica is a learner, which has no vote.',
    ({ status, configuration }) => configuration && +(configuration.members[status.id]?.role === 'learner'),
  ),
  gauge(
    'config_index',
    'The entry of the log that has the members, 0 for those of the start.',
    (vitals) => vitals.configIndex,
  ),
  gauge(
    'config_joint',
    'Whether two configurations hold at once, as while several voters change.',
    ({ configuration }) => configuration && +(configuration.outgoing !== undefined),
  ),
  gauge('members', 'Members by their role.', byRole, 'role'),
  gauge(
    'failure_tolerance',
    'How many more voters may fail before the cluster stops. Leaders only.',
    failureTolerance,
  ),
  gauge(
    'member_healthy',
    'Whether a member was heard from lately and is up to date. Leaders only.',
    healthy,
    'member',
  ),
  gauge(
    'member_match_lag_entries',
    "Entries that a member's log is behind the leader's. Leaders only.",
    lag,
    'member',
  ),
  counter('reads_total', 'Reads that this replica was asked for.', ({ reads }) => reads),
  counter(
    'autopilot_decisions_total',
    'Decisions that the autopilot has begun to carry out while this replica led, by kind.',
    ({ autopilot }) => autopilot?.decisions,
    'decision',
  ),
  gauge(
    'autopilot_held',
    'Whether the autopilot holds something back for this reason. Leaders only.',
    ({ autopilot }) => {
      const held = autopilot?.held;
      return held && HELD_REASONS.map((why) => [why, +held.includes(why)] as const);
    },
    'reason',
  ),
  counter('peer_sent_bytes_total', 'Bytes of messages sent to a peer.', (vitals) => vitals.sentBytes, 'peer'),
  gauge('clients', 'Connections of clients.', (vitals) => vitals.clients),
  gauge(
    'event_loop_utilization',
    'The part of the time since the last look in which the process was busy.',
    eventLoop(),
  ),
];

const FAST = steps(0.000_1, 15);
const SLOW = steps(0.01, 15);

/** The metrics that are noted. */
export const DURATIONS: readonly Duration[] = [
  {
    name: 'election_seconds',
    help: 'How long this replica knew no leader, until it knew one.',
    buckets: SLOW,
  },
  { name: 'disk_sync_seconds', help: 'How long it took to sync the log to the disk.', buckets: FAST },
  {
    name: 'peer_round_trip_seconds',
    help: 'How long a peer took to answer a ping.',
    label: 'peer',
    buckets: FAST,
  },
  { name: 'snapshot_send_seconds', help: 'How long followers were sent a snapshot.', buckets: SLOW },
  { name: 'snapshot_receive_seconds', help: 'How long this replica received a snapshot.', buckets: SLOW },
];

function gauge(name: string, help: string, read: Reading['read'], label?: string): Reading {
  return { name, type: 'gauge', help, read, ...(label !== undefined && { label }) };
}

function counter(name: string, help: string, read: Reading['read'], label?: string): Reading {
  return { name, type: 'counter', help, read, ...(label !== undefined && { label }) };
}

/** A reading about leaders and their log: nothing is told where nobody ever leads. */
function led(read: (vitals: Vitals) => number): Reading['read'] {
  return (vitals) => (vitals.status.leaderless ? undefined : read(vitals));
}

/** `count` bounds, each twice the one before. */
function steps(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => Number((first * 2 ** i).toPrecision(6)));
}

function failureTolerance({ status, configuration, followers }: Vitals): number | undefined {
  if (followers === undefined || configuration === undefined) return undefined;
  const healthy = new Set([status.id, ...followers.flatMap(({ id, isHealthy }) => (isHealthy ? [id] : []))]);
  return Math.max(
    0,
    tolerance(votersOf(configuration), (voter) => healthy.has(voter)),
  );
}

function byRole({ configuration }: Vitals): Value {
  if (configuration === undefined) return undefined;
  const roles = Object.values(configuration.members).map(({ role }) => role);
  return (['voter', 'learner'] as const).map(
    (role) => [role, roles.filter((one) => one === role).length] as const,
  );
}

function healthy({ followers }: Vitals): Value {
  return followers?.map(({ id, isHealthy }) => [id, +isHealthy] as const);
}

function lag({ followers }: Vitals): Value {
  return followers?.map((follower) => [follower.id, follower.lag] as const);
}

/** Looks that follow each other closely see the same: too short a time says nothing. */
const LEAST_MS = 1_000;

function eventLoop(): Reading['read'] {
  let last = performance.eventLoopUtilization();
  let value: number | undefined;
  return () => {
    const now = performance.eventLoopUtilization();
    const since = performance.eventLoopUtilization(now, last);
    if (value === undefined || since.active + since.idle >= LEAST_MS) {
      value = since.utilization;
      last = now;
    }
    return value;
  };
}
