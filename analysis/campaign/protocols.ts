/** The protocols that a campaign can try, over the key-value machine. */

import { SessionWindow } from '../../replication/core/session-window.ts';
import type { Protocol } from '../../replication/protocol.ts';
import { createRaft } from '../../replication/raft/raft.ts';
import { raftOfScenario, raftSubject, raftWindow } from '../../replication/scenario/protocols.ts';
import type { SettingValue, Subject, SubjectOptions } from '../../replication/scenario/subject.ts';
import { between, chance, type RandomState, seedRandom } from '../../vm/random.ts';
import { type Clocks, type Plan, pick } from './plan.ts';

/** Settings by name, as scenarios set them. */
export type Settings = Readonly<Record<string, SettingValue>>;

/** A protocol as campaigns use it. */
export interface CampaignProtocol {
  /** As scenarios call it. */
  readonly name: string;
  /** Settings for a run, sometimes so low that limits are reached. Where clocks are restricted, leases are on. */
  draw(random: RandomState, plan: Plan): Settings;
  create(settings: Settings): Protocol<unknown, unknown>;
  /** The client's side of a session just opened. */
  openWindow(session: string, settings: Settings): SessionWindow;
  /** The same protocol as a subject of scenarios. */
  subject(options: SubjectOptions): Subject;
}

/** Raft, made by `create`, with clients that use `Window`: tests hand over those with a bug in them. */
export function campaignRaft(create: typeof createRaft, Window = SessionWindow): CampaignProtocol {
  return {
    name: 'raft',
    draw: drawRaft,
    create: (settings) => raftOfScenario(create, { preset: 'quick', settings }),
    openWindow: (session, settings) => raftWindow(session, settings, Window),
    subject: (options) => raftSubject(create, options, Window),
  };
}

/** If everything waits for ticks, more clients than sessions would expire each other's before any is used. */
const MANY_SESSIONS = 1_000;

type Range = readonly [number, number];

const ELECTION_TICKS: readonly Range[] = [
  [15, 30],
  [6, 7],
  [6, 24],
];
/** With leases, which are shorter, of more than a tick or two. */
const LONG_ELECTION_TICKS: readonly Range[] = [
  [15, 30],
  [15, 18],
  [10, 12],
];

function drawRaft(random: RandomState, { seed, target, clocks, sessionLimits }: Plan): Settings {
  const electionTicks = pick(random, clocks === undefined ? ELECTION_TICKS : LONG_ELECTION_TICKS);
  const leaseTicks = drawLease(random, electionTicks[0], clocks);
  const eager = chance(random, 0.75);
  // From a stream of its own: every other setting is what it would be without.
  const quickFailover = chance(seedRandom(`campaign/${seed}/failover`), 0.5);
  return {
    eager,
    quickFailover,
    electionTicks,
    ...(leaseTicks === undefined ? {} : { leaseTicks }),
    requestTicks: pick(random, [30, 100, 500]),
    // With one entry at a time, a fault can hit a leader between any two.
    maxEntriesPerAppend: target === 'leaders' ? 1 : pick(random, [1, 2, 1_000]),
    maxAppendsInFlight: pick(random, [1, 8]),
    maxWaiting: pick(random, [3, 1_000]),
    maxSessions: eager ? pick(random, [2, MANY_SESSIONS]) : MANY_SESSIONS,
    maxBytesPerAppend: pick(random, [60, 2 ** 20]),
    maxLogEntries: pick(random, [4, 12, 10_000]),
    maxBytesPerPage: pick(random, [30, 2 ** 16]),
    tellCommits: chance(random, 0.3),
    ...sessionLimits,
    ...(eager ? {} : { maxSessions: MANY_SESSIONS }),
  };
}

/**
 * As long as the clocks allow (`replication/raft/lease.ts`). Where clocks are unrestricted leases are sometimes on too,
 * and nobody reads by them: nothing else may be affected.
 */
function drawLease(random: RandomState, shortest: number, clocks: Clocks | undefined): number | undefined {
  if (clocks === undefined) return chance(random, 0.1) ? between(random, 1, shortest - 1) : undefined;
  return Math.floor(((shortest - 1) * clocks.slowest) / clocks.fastest);
}

/** By name. */
export const CAMPAIGN_PROTOCOLS: Readonly<Record<string, CampaignProtocol>> = {
  raft: campaignRaft(createRaft),
};
